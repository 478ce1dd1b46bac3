// Fixed-size cells in large slabs on huge pages, addressed by a 32-bit index. Indexes are given out from 0 upward and again after they are
// freed, last freed first, so that the same calls give the same indexes. A cell never moves. Single-threaded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/huge_memory.hpp"

namespace reckoner {

class Slab {
 public:
  static constexpr std::size_t kCellBytesMax = 64U << 10U;

  explicit Slab(std::size_t cell_bytes);  // a multiple of 64

  [[nodiscard]] std::uint32_t allocate();  // zeroed
  void free(std::uint32_t index);
  void ensure(std::uint32_t index);  // restore: makes cells 0..index exist as allocated, zeroed
  [[nodiscard]] std::byte* at(std::uint32_t index) const { return slabs_[index >> kShift].get() + std::size_t{index & kLow} * cell_bytes_; }
  [[nodiscard]] std::size_t cell_bytes() const { return cell_bytes_; }
  [[nodiscard]] std::uint32_t end() const { return end_; }  // one past the highest index ever given out
  [[nodiscard]] std::size_t live() const { return end_ - free_.size(); }
  [[nodiscard]] std::size_t bytes() const;  // that were touched: up to the last cell, and a page more than it needs

 private:
  // Cells of a slab: as many of 64 bytes fill a huge page, so that no part of one is wasted.
  static constexpr std::uint32_t kShift = 15;
  static constexpr std::uint32_t kLow = (1U << kShift) - 1;
  void grow();
  void fault_ahead_of(std::uint32_t index);

  std::size_t cell_bytes_;
  std::uint32_t end_ = 0;
  std::vector<HugeMemory> slabs_;
  std::vector<std::uint32_t> free_;
};

}  // namespace reckoner
