// The text of one file at any offset, whether the file is plain or compressed. Offsets are of the uncompressed text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "engine/error.hpp"
#include "engine/files.hpp"

namespace reckoner {

// Not thread-safe.
class TextReader {
 public:
  virtual ~TextReader() = default;
  struct Filled {
    std::size_t bytes = 0;
    std::optional<Error> problem;  // why there are fewer bytes than asked for, unless the text ends there
  };
  // Fills `into`, with fewer bytes only at the end of the text and in front of what cannot be read.
  [[nodiscard]] virtual Filled read_at(std::uint64_t offset, std::span<char> into) = 0;
};

// How much of a file there is: its size when it was taken, or whatever it has grown to.
inline constexpr std::uint64_t kGrowing = ~std::uint64_t{0};

// `raw_bytes`: of the file, or kGrowing for a plain one. A compressed file is read forwards: an offset before the last one asked for starts
// again from its beginning, and any offset costs the expansion of everything before it.
[[nodiscard]] Result<std::unique_ptr<TextReader>> open_text(Files& files, const std::string& path, std::uint64_t raw_bytes);

}  // namespace reckoner
