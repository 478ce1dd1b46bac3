#include "engine/checkpoint_store.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "engine/check.hpp"

namespace reckoner {

namespace {

std::uint32_t narrow_length(std::size_t bytes) {
  RECKONER_CHECK(bytes <= std::numeric_limits<std::uint32_t>::max(), "{} bytes in one part", bytes);
  return static_cast<std::uint32_t>(bytes);
}

}  // namespace

char* CheckpointParts::take(std::size_t bytes) {
  bytes_ += bytes;
  if (bytes > PartMemory::kBlockBytes) {
    large_.push_back(allocate_huge(bytes, "a checkpoint"));
    return reinterpret_cast<char*>(large_.back().get());
  }
  if (block_used_ + bytes > PartMemory::kBlockBytes) {
    blocks_.push_back(memory_->take());
    block_used_ = 0;
  }
  char* const at = reinterpret_cast<char*>(blocks_.back()) + block_used_;
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

std::size_t CheckpointParts::beside_bytes() const {
  std::size_t bytes = lists_.size() * kPartsPerList * sizeof(Part);
  for (const HugeMemory& one : large_) bytes += one.get_deleter().bytes;
  return bytes;
}

void CheckpointParts::clear() {
  large_.clear();
  for (; !blocks_.empty(); blocks_.pop_back()) memory_->give_back(blocks_.back());  // the first on top, to be used first
  block_used_ = PartMemory::kBlockBytes;
  size_ = bytes_ = 0;
}

}  // namespace reckoner
