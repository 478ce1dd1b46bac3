#include "app/memory_account.hpp"

#include <unistd.h>

#include <fstream>

namespace reckoner {

std::vector<MemoryItem> memory_account(const WiredJob& wired) {
  MemoryItem records{"key records", 0};
  MemoryItem rings{"sliding windows", 0};
  MemoryItem windows{"open totals", 0};
  MemoryItem ids{"ids for dedupe", 0};
  MemoryItem checkpoints{"checkpoint copies", 0};
  for (const auto& shard : wired.job->shards()) {
    for (const auto& space : shard->spaces()) records.bytes += space->bytes();
    if (shard->record_screen() != nullptr) ids.bytes += shard->record_screen()->bytes();
    checkpoints.bytes += shard->checkpoint_bytes();
  }
  for (const auto& spaces : wired.spaces) {
    for (const BuiltKeySpace& space : spaces) {
      for (const SlidingOperator* window : space.windows) rings.bytes += window->bytes();
      for (const TumblingOperator* total : space.totals) windows.bytes += total->bytes();
    }
  }
  return {records, rings, windows, ids, checkpoints};
}

std::optional<std::uint64_t> resident_bytes() {
  std::ifstream pages("/proc/self/statm");
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  if (!(pages >> all >> resident)) return std::nullopt;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace reckoner
