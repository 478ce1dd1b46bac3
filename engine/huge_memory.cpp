#include "engine/huge_memory.hpp"

#include <sys/mman.h>

#include <cstdint>

#include "engine/check.hpp"
#include "engine/page_ahead.hpp"

namespace reckoner {

void HugeUnmap::operator()(std::byte* memory) const {
  stop_faulting_ahead(memory, bytes);
  munmap(memory, bytes);
}

HugeMemory allocate_huge(std::size_t bytes, const char* what_for, Pages pages) {
  bytes = (bytes + kHugePageBytes - 1) / kHugePageBytes * kHugePageBytes;
  const std::size_t mapped = bytes + kHugePageBytes;
  void* memory = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  RECKONER_CHECK(memory != MAP_FAILED, "out of memory: {} bytes for {}; give the job more memory or lower its limits", bytes, what_for);
  // mmap() aligns to small pages: what lies before and after the aligned part is given back.
  auto* const begin = static_cast<std::byte*>(memory);
  const std::size_t before = (kHugePageBytes - reinterpret_cast<std::uintptr_t>(begin) % kHugePageBytes) % kHugePageBytes;
  if (before > 0) munmap(begin, before);
  if (const std::size_t after = mapped - before - bytes; after > 0) munmap(begin + before + bytes, after);
  if (pages == Pages::kHuge) madvise(begin + before, bytes, MADV_HUGEPAGE);  // advice only
  return {begin + before, HugeUnmap{bytes}};
}

}  // namespace reckoner
