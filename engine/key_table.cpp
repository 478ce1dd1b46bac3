#include "engine/key_table.hpp"

#include <cstring>

#include "engine/check.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kSlotsInitial = 1024;

std::uint64_t tag_of(std::uint64_t hash) { return hash & 0xffffffff00000000ULL; }

}  // namespace

KeyTable::KeyTable(std::size_t record_bytes, std::uint64_t keys_max)
    : keys_max_(keys_max), mask_(kSlotsInitial - 1), slots_(kSlotsInitial), records_(record_bytes) {
  RECKONER_CHECK(keys_max < kAbsent, "keys_max {}", keys_max);
}

std::string_view KeyTable::key_of(const std::byte* record) {
  const auto& header = *reinterpret_cast<const KeyHeader*>(record);
  if (header.length <= kInlineKeyBytes) return {header.text, header.length};
  const char* text = nullptr;
  std::memcpy(&text, header.text, sizeof text);
  return {text, header.length};
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
  std::memcpy(header.text, &text, sizeof text);
}

std::uint32_t KeyTable::guess(std::uint64_t hash) const {
  const std::uint64_t tag = tag_of(hash);
  for (std::uint64_t at = hash & mask_;; at = (at + 1) & mask_) {
    const std::uint64_t slot = slots_[at];
    if (slot == 0) return kAbsent;
    if (tag_of(slot) == tag) return static_cast<std::uint32_t>(slot) - 1;
  }
}

std::uint32_t KeyTable::find(std::uint64_t hash, std::string_view key) const {
  const std::uint64_t tag = tag_of(hash);
  for (std::uint64_t at = hash & mask_;; at = (at + 1) & mask_) {
    const std::uint64_t slot = slots_[at];
    if (slot == 0) return kAbsent;
    if (tag_of(slot) != tag) continue;
    const std::uint32_t index = static_cast<std::uint32_t>(slot) - 1;
    if (key_of(records_.at(index)) == key) return index;
  }
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
  if (records_.live() * 2 > slots_.size()) return grow();  // takes up `index` as well
  std::uint64_t at = hash & mask_;
  while (slots_[at] != 0) at = (at + 1) & mask_;
  slots_[at] = tag_of(hash) | (std::uint64_t{index} + 1);
}

void KeyTable::grow() {
  slots_.assign(slots_.size() * 2, 0);
  mask_ = slots_.size() - 1;
  for (std::uint32_t index = 0; index < hashes_.size(); ++index) {
    std::uint64_t at = hashes_[index] & mask_;
    while (slots_[at] != 0) at = (at + 1) & mask_;
    slots_[at] = tag_of(hashes_[index]) | (std::uint64_t{index} + 1);
  }
}

void KeyTable::restore(std::uint32_t index, std::uint64_t hash, std::string_view key, std::span<const char> image) {
  RECKONER_CHECK(image.size() == records_.cell_bytes(), "record of {} bytes, stored {}", records_.cell_bytes(), image.size());
  RECKONER_CHECK(index == records_.end(), "records come back in order of index: {} after {}", index, records_.end());
  records_.ensure(index);
  std::memcpy(records_.at(index), image.data(), image.size());
  set_key(records_.at(index), key);
  hashes_.push_back(hash);
  insert_slot(hash, index);
}

std::size_t KeyTable::bytes() const {
  return records_.bytes() + slots_.capacity() * sizeof(slots_[0]) + hashes_.capacity() * sizeof(hashes_[0]) + long_key_bytes_;
}

}  // namespace reckoner
