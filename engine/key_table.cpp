#include "engine/key_table.hpp"

#include <cstring>

#include "engine/check.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kSlotsInitial = 1024;
constexpr std::size_t kSmallSlots = kHugePageBytes / sizeof(std::uint64_t);

}  // namespace

KeyTable::KeyTable(std::size_t record_bytes, std::uint64_t keys_max) : keys_max_(keys_max), mask_(kSlotsInitial - 1), records_(record_bytes) {
  RECKONER_CHECK(keys_max < kAbsent, "keys_max {}", keys_max);
  make_slots();
}

void KeyTable::make_slots() {
  slot_memory_ = allocate_huge((mask_ + 1) * sizeof(std::uint64_t), "the table of keys", mask_ < kSmallSlots ? Pages::kSmall : Pages::kHuge);
  slots_ = reinterpret_cast<std::uint64_t*>(slot_memory_.get());
}

void KeyTable::set_key(std::byte* record, std::string_view key) {
  auto& header = *reinterpret_cast<KeyHeader*>(record);
  header.length = static_cast<std::uint32_t>(key.size());
  if (key.size() <= kInlineKeyBytes) {
    std::memcpy(header.text, key.data(), key.size());
    return;
  }
  long_keys_.push_back(std::make_unique<char[]>(key.size()));
  long_key_bytes_ += key.size();
  char* text = long_keys_.back().get();
  std::memcpy(text, key.data(), key.size());
  std::memcpy(header.text, static_cast<const void*>(&text), sizeof text);
}

std::uint32_t KeyTable::find_or_add(std::uint64_t hash, std::string_view key, bool& added) {
  added = false;
  const std::uint32_t found = find(hash, key);
  if (found != kAbsent) return found;
  if (records_.live() >= keys_max_) return kAbsent;
  const std::uint32_t index = records_.allocate();
  set_key(records_.at(index), key);
  if (hashes_.size() <= index) hashes_.resize(index + 1);
  hashes_[index] = hash;
  insert_slot(hash, index);
  added = true;
  return index;
}

void KeyTable::insert_slot(std::uint64_t hash, std::uint32_t index) {
  if (records_.live() * 2 > mask_ + 1) return grow();  // takes up `index` as well
  std::uint64_t at = hash & mask_;
  while (slots_[at] != 0) at = (at + 1) & mask_;
  slots_[at] = tag_of(hash) | (std::uint64_t{index} + 1);
}

void KeyTable::grow() {
  mask_ = mask_ * 2 + 1;
  make_slots();
  for (std::uint32_t index = 0; index < hashes_.size(); ++index) {
    std::uint64_t at = hashes_[index] & mask_;
    while (slots_[at] != 0) at = (at + 1) & mask_;
    slots_[at] = tag_of(hashes_[index]) | (std::uint64_t{index} + 1);
  }
}

void KeyTable::restore(std::uint32_t index, std::uint64_t hash, std::string_view key, std::span<const std::byte> image) {
  RECKONER_CHECK(image.size() == records_.cell_bytes(), "record of {} bytes, stored {}", records_.cell_bytes(), image.size());
  RECKONER_CHECK(index == records_.end(), "records come back in order of index: {} after {}", index, records_.end());
  records_.ensure(index);
  std::memcpy(records_.at(index), image.data(), image.size());
  set_key(records_.at(index), key);
  hashes_.push_back(hash);
  insert_slot(hash, index);
}

std::size_t KeyTable::bytes() const {
  return records_.bytes() + slot_memory_.get_deleter().bytes + hashes_.capacity() * sizeof(hashes_[0]) + long_key_bytes_;
}

}  // namespace reckoner
