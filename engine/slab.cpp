#include "engine/slab.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "engine/check.hpp"
#include "engine/page_ahead.hpp"

namespace reckoner {

Slab::Slab(std::size_t cell_bytes) : cell_bytes_(cell_bytes) {
  RECKONER_CHECK(cell_bytes > 0 && cell_bytes % 64 == 0 && cell_bytes <= kCellBytesMax, "cells of {} bytes", cell_bytes);
}

void Slab::grow() { slabs_.push_back(allocate_huge(cell_bytes_ << kShift, "state", slabs_.empty() ? Pages::kSmall : Pages::kHuge)); }

std::uint32_t Slab::allocate() {
  if (!free_.empty()) {
    const std::uint32_t index = free_.back();
    free_.pop_back();
    std::memset(at(index), 0, cell_bytes_);
    return index;
  }
  RECKONER_CHECK(end_ != ~std::uint32_t{0}, "cells {}", end_);
  if (end_ >> kShift == slabs_.size()) grow();
  fault_ahead_of(end_);
  return end_++;
}

// A job that is past the first page of a slab is a large one: it has a page more than it needs, and does not wait for the kernel to clear it.
inline void Slab::fault_ahead_of(std::uint32_t index) {
  const std::size_t begin = std::size_t{index & kLow} * cell_bytes_;
  if (begin % kHugePageBytes >= cell_bytes_) return;  // not the first cell that begins in its page
  const std::size_t slab = index >> kShift;
  const std::size_t page = begin / kHugePageBytes;
  if (slab == 0 && page == 0) return;
  if (page + 1 < (cell_bytes_ << kShift) / kHugePageBytes) return fault_ahead(slabs_[slab].get() + (page + 1) * kHugePageBytes);
  if (slab + 1 == slabs_.size()) grow();
  fault_ahead(slabs_[slab + 1].get());
}

void Slab::free(std::uint32_t index) {
  RECKONER_CHECK(index < end_, "cell {} of {}", index, end_);
  free_.push_back(index);
}

void Slab::ensure(std::uint32_t index) {
  while (end_ <= index) {
    if (end_ >> kShift == slabs_.size()) grow();
    ++end_;
  }
}

std::size_t Slab::bytes() const {
  const std::size_t reserved = slabs_.size() * (cell_bytes_ << kShift);
  const std::size_t used = std::size_t{end_} * cell_bytes_;
  return std::min(reserved, used / kHugePageBytes * kHugePageBytes + 2 * kHugePageBytes) + free_.capacity() * sizeof(std::uint32_t);
}

}  // namespace reckoner
