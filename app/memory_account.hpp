// Where a job's memory is: what each part reserved, in bytes, beside what the process has resident.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "app/job_wiring.hpp"

namespace reckoner {

struct MemoryItem {
  std::string_view what;
  std::uint64_t bytes = 0;
};

// What grows with the data: key records with their table, rings of sliding windows, open windows of totals, ids of dedupe, copies for
// checkpoints. Not in it: blocks of input and rows on their way out, which bounds keep small; what libraries keep (RocksDB while it writes a copy).
[[nodiscard]] std::vector<MemoryItem> memory_account(const WiredJob& wired);

// Of this process now, from /proc; nullopt where there is none.
[[nodiscard]] std::optional<std::uint64_t> resident_bytes();

}  // namespace reckoner
