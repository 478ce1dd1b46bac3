// Zeroed memory for large arrays that are read at random places: aligned to huge pages and advised to use them, since with small pages
// nearly every look-up would miss the TLB as well as the cache. Without huge pages it works, slower.
#pragma once

#include <cstddef>
#include <memory>

namespace reckoner {

struct HugeUnmap {
  std::size_t bytes = 0;
  void operator()(std::byte* memory) const;
};
using HugeMemory = std::unique_ptr<std::byte[], HugeUnmap>;

inline constexpr std::size_t kHugePageBytes = std::size_t{2} << 20U;

// `bytes` is rounded up to whole huge pages, which get_deleter().bytes tells; less than one is left on small pages, so that a small job stays
// small. Aborts, saying what for, when there is no memory.
[[nodiscard]] HugeMemory allocate_huge(std::size_t bytes, const char* what_for);

}  // namespace reckoner
