#include "engine/slab.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "engine/check.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kSlabBytes = kHugePageBytes;

}  // namespace

Slab::Slab(std::size_t cell_bytes)
    : cell_bytes_(cell_bytes), shift_(static_cast<std::uint32_t>(std::bit_width(kSlabBytes / cell_bytes)) - 1), low_((1U << shift_) - 1) {
  RECKONER_CHECK(cell_bytes > 0 && cell_bytes % 64 == 0 && cell_bytes <= kSlabBytes, "cells of {} bytes", cell_bytes);
}

// The first slab is on small pages: a small job has many of them and fills none.
void Slab::grow() {
  const std::size_t bytes = cell_bytes_ << shift_;
  slabs_.push_back(allocate_huge(slabs_.empty() ? std::min(bytes, kHugePageBytes - 1) : kHugePageBytes, "state"));
  RECKONER_CHECK(slabs_.back().get_deleter().bytes >= bytes, "{} bytes of cells", bytes);
}

std::uint32_t Slab::allocate() {
  if (!free_.empty()) {
    const std::uint32_t index = free_.back();
    free_.pop_back();
    std::memset(at(index), 0, cell_bytes_);
    return index;
  }
  RECKONER_CHECK(end_ != ~std::uint32_t{0}, "cells {}", end_);
  if (end_ >> shift_ == slabs_.size()) grow();
  return end_++;
}

void Slab::free(std::uint32_t index) {
  RECKONER_CHECK(index < end_, "cell {} of {}", index, end_);
  free_.push_back(index);
}

void Slab::ensure(std::uint32_t index) {
  while (end_ <= index) {
    if (end_ >> shift_ == slabs_.size()) grow();
    ++end_;
  }
}

std::size_t Slab::bytes() const { return slabs_.size() * kSlabBytes + free_.capacity() * sizeof(std::uint32_t); }

}  // namespace reckoner
