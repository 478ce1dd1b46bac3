// From a key's bytes to the index of its record. Open addressing with linear probing; a slot is a 32-bit tag of the hash and 32 bits of index,
// load at most one half, so that a look-up touches one slot line and the record. Records live in a Slab. Single-threaded.
// The batch form hides memory latency behind prefetches in passes (performance notes: docs/architecture.md).
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "engine/record_layout.hpp"
#include "engine/slab.hpp"

namespace reckoner {

class KeyTable {
 public:
  static constexpr std::uint32_t kAbsent = ~std::uint32_t{0};

  KeyTable(std::size_t record_bytes, std::uint64_t keys_max);

  void prefetch_slot(std::uint64_t hash) const { __builtin_prefetch(&slots_[hash & mask_]); }
  // Where the record probably is, so that it can be fetched before find_or_add(); kAbsent = probably not there.
  [[nodiscard]] std::uint32_t guess(std::uint64_t hash) const;
  [[nodiscard]] std::uint32_t find(std::uint64_t hash, std::string_view key) const;
  // kAbsent when the key is new and keys_max is reached.
  [[nodiscard]] std::uint32_t find_or_add(std::uint64_t hash, std::string_view key, bool& added);

  [[nodiscard]] std::byte* record(std::uint32_t index) const { return records_.at(index); }
  [[nodiscard]] std::uint64_t hash(std::uint32_t index) const { return hashes_[index]; }
  [[nodiscard]] std::string_view key(std::uint32_t index) const { return key_of(records_.at(index)); }
  [[nodiscard]] static std::string_view key_of(const std::byte* record);
  [[nodiscard]] std::uint32_t end() const { return records_.end(); }  // indexes are 0..end-1
  [[nodiscard]] std::size_t bytes() const;
  [[nodiscard]] std::size_t record_bytes() const { return records_.cell_bytes(); }

  // Puts back a record under the index it had; `image` is the record's bytes as once stored, whose header's key text is ignored.
  void restore(std::uint32_t index, std::uint64_t hash, std::string_view key, std::span<const std::byte> image);

 private:
  [[nodiscard]] static bool is_same(std::string_view left, std::string_view right);
  [[nodiscard]] static std::uint64_t tag_of(std::uint64_t hash) { return hash & 0xffffffff00000000ULL; }
  void set_key(std::byte* record, std::string_view key);
  void insert_slot(std::uint64_t hash, std::uint32_t index);
  void make_slots();
  void grow();

  std::uint64_t keys_max_;
  std::uint64_t mask_;
  HugeMemory slot_memory_;
  std::uint64_t* slots_ = nullptr;     // mask_ + 1 of them: tag << 32 | index + 1; 0 = free
  std::vector<std::uint64_t> hashes_;  // by index
  Slab records_;
  std::vector<std::unique_ptr<char[]>> long_keys_;
  std::size_t long_key_bytes_ = 0;
};

inline std::string_view KeyTable::key_of(const std::byte* record) {
  const auto& header = *reinterpret_cast<const KeyHeader*>(record);
  if (header.length <= kInlineKeyBytes) return {header.text, header.length};
  const char* text = nullptr;
  std::memcpy(static_cast<void*>(&text), header.text, sizeof text);
  return {text, header.length};
}

// Most keys have 8 to 16 bytes: two words that may overlap are all of it, without a call.
inline bool KeyTable::is_same(std::string_view left, std::string_view right) {
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  if (left.size() != right.size()) return false;
  if (left.size() < kWord || left.size() > 2 * kWord) return left == right;
  const auto word = [](const char* at) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, at, sizeof bytes);
    return bytes;
  };
  const std::size_t last = left.size() - kWord;
  return word(left.data()) == word(right.data()) && word(left.data() + last) == word(right.data() + last);
}

inline std::uint32_t KeyTable::guess(std::uint64_t hash) const {
  const std::uint64_t tag = tag_of(hash);
  for (std::uint64_t at = hash & mask_;; at = (at + 1) & mask_) {
    const std::uint64_t slot = slots_[at];
    if (slot == 0) return kAbsent;
    if (tag_of(slot) == tag) return static_cast<std::uint32_t>(slot) - 1;
  }
}

inline std::uint32_t KeyTable::find(std::uint64_t hash, std::string_view key) const {
  const std::uint64_t tag = tag_of(hash);
  for (std::uint64_t at = hash & mask_;; at = (at + 1) & mask_) {
    const std::uint64_t slot = slots_[at];
    if (slot == 0) return kAbsent;
    if (tag_of(slot) != tag) continue;
    const std::uint32_t index = static_cast<std::uint32_t>(slot) - 1;
    if (is_same(key_of(records_.at(index)), key)) return index;
  }
}

}  // namespace reckoner
