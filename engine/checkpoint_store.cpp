#include "engine/checkpoint_store.hpp"

#include <cstring>
#include <limits>

#include "engine/check.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kBlockBytes = 2 * kHugePageBytes;  // parts are read in key order, often far apart from each other

std::uint32_t narrow_length(std::size_t bytes) {
  RECKONER_CHECK(bytes <= std::numeric_limits<std::uint32_t>::max(), "{} bytes in one part", bytes);
  return static_cast<std::uint32_t>(bytes);
}

}  // namespace

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
  if (block_ == blocks_.size()) blocks_.push_back(allocate_huge(kBlockBytes, "a checkpoint", blocks_.empty() ? Pages::kSmall : Pages::kHuge));
  char* const at = reinterpret_cast<char*>(blocks_[block_].get()) + block_used_;
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
  std::size_t reserved = lists_.size() * kPartsPerList * sizeof(Part);
  for (const auto* memory : {&blocks_, &large_}) {
    for (const HugeMemory& one : *memory) reserved += one.get_deleter().bytes;
  }
  return reserved;
}

// The memory stays: giving 300 MB back and faulting it in again costs more than filling it.
void CheckpointParts::clear() {
  large_.clear();
  block_ = block_used_ = 0;
  size_ = bytes_ = 0;
}

}  // namespace reckoner
