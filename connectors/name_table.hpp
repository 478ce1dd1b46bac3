// A fixed set of names -> their positions, for the names of enums and the members of records. Read-only after construction, any thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reckoner {

// The first sixteen bytes of a text in two words, zeros behind it. With the length they are the whole text up to 16 bytes, so that comparing
// short names takes no loop.
struct TextKey {
  std::uint64_t head = 0;
  std::uint64_t tail = 0;
  std::size_t length = 0;

  static constexpr std::size_t kWholeUpTo = 16;

  // Reads nothing outside the text.
  explicit TextKey(std::string_view text) : length(text.size()) {
    const char* const begin = text.data();
    if (length >= kWord) {
      head = load<std::uint64_t>(begin);
      if (length >= kWholeUpTo) {
        tail = load<std::uint64_t>(begin + kWord);
      } else if (length > kWord) {
        tail = load<std::uint64_t>(begin + length - kWord) >> (8U * (kWholeUpTo - length));
      }
    } else {
      for (std::size_t i = length; i-- > 0;) head = head << 8U | load<std::uint8_t>(begin + i);
    }
  }
  // The same for a text with at least 16 readable bytes from its begin, without a branch.
  static TextKey of_padded(std::string_view text) {
    TextKey key;
    key.length = text.size();
    const std::size_t head_bytes = std::min(key.length, kWord);
    key.head = load<std::uint64_t>(text.data()) & kFirstBytes[head_bytes];
    key.tail = load<std::uint64_t>(text.data() + kWord) & kFirstBytes[std::min(key.length - head_bytes, kWord)];
    return key;
  }
  friend bool operator==(const TextKey&, const TextKey&) = default;

  [[nodiscard]] std::uint64_t hash() const {
    return (head * 0x9e3779b97f4a7c15ULL) ^ (tail * 0xc2b2ae3d27d4eb4fULL) ^ (length * 0x165667b19e3779f9ULL);
  }

 private:
  static constexpr std::size_t kWord = sizeof(std::uint64_t);
  static constexpr std::array<std::uint64_t, kWord + 1> kFirstBytes = [] {  // [n]: the first n bytes of a word
    std::array<std::uint64_t, kWord + 1> masks{};
    for (std::size_t n = 0; n < kWord; ++n) masks[n] = (std::uint64_t{1} << (8 * n)) - 1;
    masks[kWord] = ~std::uint64_t{0};
    return masks;
  }();

  TextKey() = default;

  // Whole registers: a part of a word stored and then read as a whole would stall.
  template <typename Word>
  static Word load(const char* at) {
    Word word;
    std::memcpy(&word, at, sizeof word);
    return word;
  }
};

class NameTable {
 public:
  NameTable() : NameTable(std::vector<std::string>{}) {}
  explicit NameTable(std::vector<std::string> names);  // of equal names the first counts

  [[nodiscard]] std::size_t size() const { return names_.size(); }
  [[nodiscard]] const std::string& name(std::size_t position) const { return names_[position]; }

  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view text) const { return find(TextKey(text), text); }
  // `text` has at least 16 readable bytes from its begin.
  [[nodiscard]] std::optional<std::uint32_t> find_padded(std::string_view text) const { return find(TextKey::of_padded(text), text); }

 private:
  [[nodiscard]] std::optional<std::uint32_t> find(const TextKey& key, std::string_view text) const {
    for (std::uint64_t at = key.hash() >> shift_; slots_[at].used; at = (at + 1) & mask_) {
      const Slot& slot = slots_[at];
      if (slot.key == key && (key.length <= TextKey::kWholeUpTo || names_[slot.position] == text)) return slot.position;
    }
    return std::nullopt;
  }

  struct Slot {
    TextKey key{std::string_view{}};
    std::uint32_t position = 0;
    bool used = false;
  };

  std::vector<std::string> names_;
  std::vector<Slot> slots_;  // open addressing, at most half full
  std::uint64_t mask_ = 0;
  unsigned shift_ = 0;
};

}  // namespace reckoner
