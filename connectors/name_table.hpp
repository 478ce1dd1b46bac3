// A fixed set of names -> their positions, for the names of enums and the members of records. Read-only after construction, any thread.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reckoner {

// The first and the last eight bytes of a text (one and the same, or overlapping, when it is short). With the length they are the whole
// text up to 16 bytes, so that comparing short names takes no loop. Reads nothing outside the text.
struct TextKey {
  std::uint64_t head = 0;
  std::uint64_t tail = 0;
  std::size_t length = 0;

  static constexpr std::size_t kWholeUpTo = 16;

  explicit TextKey(std::string_view text) : length(text.size()) {
    const char* const begin = text.data();
    if (length >= 8) {
      head = load<std::uint64_t>(begin);
      tail = load<std::uint64_t>(begin + length - 8);
    } else if (length >= 4) {
      head = load<std::uint32_t>(begin);
      tail = load<std::uint32_t>(begin + length - 4);
    } else if (length > 0) {
      head = load<std::uint8_t>(begin) | std::uint64_t{load<std::uint8_t>(begin + length / 2)} << 8U;
      tail = load<std::uint8_t>(begin + length - 1);
    }
  }
  friend bool operator==(const TextKey&, const TextKey&) = default;

  [[nodiscard]] std::uint64_t hash() const {
    return (head * 0x9e3779b97f4a7c15ULL) ^ (tail * 0xc2b2ae3d27d4eb4fULL) ^ (length * 0x165667b19e3779f9ULL);
  }

 private:
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

  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view text) const {
    const TextKey key(text);
    for (std::uint64_t at = key.hash() >> shift_; slots_[at].used; at = (at + 1) & mask_) {
      const Slot& slot = slots_[at];
      if (slot.key == key && (key.length <= TextKey::kWholeUpTo || names_[slot.position] == text)) return slot.position;
    }
    return std::nullopt;
  }

 private:
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
