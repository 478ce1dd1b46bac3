#include "engine/checkpoint_store.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "engine/check.hpp"
#include "engine/page_ahead.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kBlockBytes = kHugePageBytes;  // parts are read in key order, often far apart from each other

std::uint32_t narrow_length(std::size_t bytes) {
  RECKONER_CHECK(bytes <= std::numeric_limits<std::uint32_t>::max(), "{} bytes in one part", bytes);
  return static_cast<std::uint32_t>(bytes);
}

}  // namespace

void CheckpointParts::add_blocks(std::size_t count, Pages pages) {
  memory_.push_back(allocate_huge(count * kBlockBytes, "a checkpoint", pages));
  for (std::size_t i = 0; i < count; ++i) blocks_.push_back(memory_.back().get() + i * kBlockBytes);
}

void CheckpointParts::expect(std::size_t bytes) {
  const std::size_t wanted = bytes / kBlockBytes + 1;
  if (wanted <= blocks_.size()) return;
  add_blocks(std::max(wanted - blocks_.size(), blocks_.size()), Pages::kHuge);  // seldom: a mapping waits for pages that are being cleared
  if (blocks_touched_ > 0) return;
  fault_ahead(blocks_[0]);
  blocks_touched_ = 1;
}

// The block after the one that is being filled, when it was never touched.
void CheckpointParts::fault_ahead_of_block() {
  if (block_ + 1 < blocks_touched_ || block_ + 1 >= blocks_.size()) return;
  fault_ahead(blocks_[block_ + 1]);
  blocks_touched_ = block_ + 2;
}

char* CheckpointParts::take(std::size_t bytes) {
  bytes_ += bytes;
  if (bytes > kBlockBytes) {
    large_.push_back(allocate_huge(bytes, "a checkpoint"));
    return reinterpret_cast<char*>(large_.back().get());
  }
  if (!blocks_.empty() && block_used_ + bytes > kBlockBytes) {
    ++block_;
    block_used_ = 0;
  }
  if (block_ == blocks_.size()) add_blocks(1, blocks_.empty() ? Pages::kSmall : Pages::kHuge);
  blocks_touched_ = std::max(blocks_touched_, block_ + 1);
  if (block_used_ == 0) fault_ahead_of_block();
  char* const at = reinterpret_cast<char*>(blocks_[block_]) + block_used_;
  block_used_ += bytes;
  return at;
}

char* CheckpointParts::put_empty(std::span<const char> key, std::size_t value_bytes) {
  RECKONER_CHECK(!key.empty());
  char* const at = take(key.size() + value_bytes);
  std::memcpy(at, key.data(), key.size());
  if (size_ == lists_.size() * kPartsPerList) lists_.push_back(std::make_unique<Part[]>(kPartsPerList));
  lists_[size_ / kPartsPerList][size_ % kPartsPerList] = {at, narrow_length(key.size()), narrow_length(value_bytes), false};
  ++size_;
  return at + key.size();
}

void CheckpointParts::put(std::span<const char> key, std::span<const char> value) {
  char* const at = put_empty(key, value.size());
  if (!value.empty()) std::memcpy(at, value.data(), value.size());
}

void CheckpointParts::remove(std::span<const char> key) {
  static_cast<void>(put_empty(key, 0));
  lists_[(size_ - 1) / kPartsPerList][(size_ - 1) % kPartsPerList].deleted = true;
}

std::size_t CheckpointParts::reserved_bytes() const {
  std::size_t reserved = lists_.size() * kPartsPerList * sizeof(Part) + blocks_touched_ * kBlockBytes;
  for (const HugeMemory& one : large_) reserved += one.get_deleter().bytes;
  return reserved;
}

// The memory stays: giving 300 MB back and faulting it in again costs more than filling it.
void CheckpointParts::clear() {
  large_.clear();
  block_ = block_used_ = 0;
  size_ = bytes_ = 0;
}

}  // namespace reckoner
