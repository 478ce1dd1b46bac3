// Which records were written since the last checkpoint began: a bit for each index, so that they are gathered in order of index.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace reckoner {

class DirtySet {
 public:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  void add(std::uint32_t index) {
    if (index / 64 >= words_.size()) words_.resize(index / 64 + 1 + words_.size() / 2);
    words_[index / 64] |= std::uint64_t{1} << (index % 64);
  }
  // The least index at or after `from`; kNone when there is none.
  [[nodiscard]] std::uint32_t next(std::uint32_t from) const {
    std::size_t word = from / 64;
    if (word >= words_.size()) return kNone;
    std::uint64_t bits = words_[word] >> (from % 64) << (from % 64);
    while (bits == 0) {
      if (++word == words_.size()) return kNone;
      bits = words_[word];
    }
    return static_cast<std::uint32_t>(word * 64) + static_cast<std::uint32_t>(std::countr_zero(bits));
  }
  void clear() { words_.assign(words_.size(), 0); }
  void swap(DirtySet& other) noexcept { words_.swap(other.words_); }

 private:
  std::vector<std::uint64_t> words_;
};

}  // namespace reckoner
