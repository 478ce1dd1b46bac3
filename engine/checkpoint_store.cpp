#include "engine/checkpoint_store.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "engine/check.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kPageBytes = 4096;
constexpr std::size_t kBytesMin = 64U << 10U;

std::uint32_t narrow_length(std::size_t bytes) {
  RECKONER_CHECK(bytes <= std::numeric_limits<std::uint32_t>::max(), "{} bytes in one part", bytes);
  return static_cast<std::uint32_t>(bytes);
}

// Parts are read in key order, far apart from each other: with small pages nearly every one would miss the TLB. The advice is only that.
void grow(std::vector<char>& bytes, std::size_t needed) {
  std::vector<char> larger;
  larger.reserve(std::max({needed, 2 * bytes.capacity(), kBytesMin}));
  const std::uintptr_t begin = (reinterpret_cast<std::uintptr_t>(larger.data()) + kPageBytes - 1) / kPageBytes * kPageBytes;
  const std::uintptr_t end = (reinterpret_cast<std::uintptr_t>(larger.data()) + larger.capacity()) / kPageBytes * kPageBytes;
  if (begin < end) static_cast<void>(::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE));
  larger.insert(larger.end(), bytes.begin(), bytes.end());
  bytes = std::move(larger);
}

}  // namespace

void CheckpointParts::put(std::span<const char> key, std::span<const char> value) {
  RECKONER_CHECK(!key.empty());
  const Part part{.key_offset = bytes_.size(),
                  .value_offset = bytes_.size() + key.size(),
                  .key_bytes = narrow_length(key.size()),
                  .value_bytes = narrow_length(value.size()),
                  .deleted = false};
  const std::size_t needed = bytes_.size() + key.size() + value.size();
  if (needed > bytes_.capacity()) grow(bytes_, needed);
  bytes_.insert(bytes_.end(), key.begin(), key.end());
  bytes_.insert(bytes_.end(), value.begin(), value.end());
  parts_.push_back(part);
}

void CheckpointParts::remove(std::span<const char> key) {
  put(key, {});
  parts_.back().deleted = true;
}

// The memory stays: giving 300 MB back and faulting it in again costs more than filling it.
void CheckpointParts::clear() {
  bytes_.clear();
  parts_.clear();
}

}  // namespace reckoner
