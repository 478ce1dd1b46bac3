#include "engine/part_memory.hpp"

#include <algorithm>

#include "engine/page_ahead.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kSmallBlocks = 2;  // the first ones, of small pages: a small job touches little of each of its lists

}  // namespace

void PartMemory::add_blocks(std::size_t count, Pages pages) {
  memory_.push_back(allocate_huge(count * kBlockBytes, "a checkpoint", pages));
  for (std::size_t i = 0; i < count; ++i) blocks_.push_back(memory_.back().get() + i * kBlockBytes);
}

void PartMemory::expect(std::size_t bytes) {
  const std::size_t wanted = bytes / kBlockBytes + 1;
  // Seldom: a mapping waits for pages that are being cleared.
  if (wanted > blocks_.size()) add_blocks(std::max(wanted - blocks_.size(), blocks_.size()), Pages::kHuge);
  if (ready_ < wanted) fault_ahead(blocks_[ready_++]);
}

std::byte* PartMemory::take() {
  if (!free_.empty()) {
    std::byte* const block = free_.back();
    free_.pop_back();
    return block;
  }
  if (taken_ == blocks_.size()) add_blocks(1, taken_ < kSmallBlocks ? Pages::kSmall : Pages::kHuge);
  std::byte* const block = blocks_[taken_++];
  ready_ = std::max(ready_, taken_);
  if (ready_ == taken_ && ready_ < blocks_.size()) fault_ahead(blocks_[ready_++]);
  return block;
}

void PartMemory::give_back(std::byte* block) { free_.push_back(block); }

}  // namespace reckoner
