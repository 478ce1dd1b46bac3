// Zeroed memory for large arrays that are read at random places: aligned to huge pages and advised to use them, since with small pages
// nearly every look-up would miss the TLB as well as the cache. Without huge pages it works, slower.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace reckoner {

struct HugeUnmap {
  std::size_t bytes = 0;
  void operator()(std::byte* memory) const;
};
using HugeMemory = std::unique_ptr<std::byte[], HugeUnmap>;

inline constexpr std::size_t kHugePageBytes = std::size_t{2} << 20U;

enum class Pages : std::uint8_t { kHuge, kSmall };  // small: so that what is large for a large job costs a small one nothing

// `bytes` is rounded up to whole huge pages, which get_deleter().bytes tells. Aborts, saying what for, when there is no memory.
[[nodiscard]] HugeMemory allocate_huge(std::size_t bytes, const char* what_for, Pages pages = Pages::kHuge);

}  // namespace reckoner
