// Compares committed output bytes with the hashes that the decision records carry.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/error.hpp"
#include "engine/files.hpp"

namespace reckoner {

// kCorruption, naming the file, when bytes [begin, end) are not there or do not have the hash (XXH3-64). An empty range is always good.
[[nodiscard]] Result<void> check_output_range(Files& files, const std::string& path, std::uint64_t begin, std::uint64_t end, std::uint64_t expected);

struct OutputCheck {
  std::uint64_t epochs = 0;
  std::uint64_t bytes_checked = 0;
  std::uint64_t bytes_unchecked = 0;  // of epochs whose records were forgotten
};

// Every output byte of every record still in the log. `names` in the order of output numbers. Safe while another process appends.
[[nodiscard]] Result<OutputCheck> check_outputs(Files& files, const std::string& log_directory, const std::string& outputs_directory,
                                                const std::vector<std::string>& names);

}  // namespace reckoner
