// A set of the rows of one batch: one bit a row.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace reckoner {

inline constexpr std::size_t kBatchRows = 256;  // the most rows in a batch; columns of a batch have room for this many

struct Mask {
  static constexpr std::size_t kWords = kBatchRows / 64;
  std::array<std::uint64_t, kWords> words{};

  [[nodiscard]] bool test(std::size_t row) const { return (words[row / 64] >> (row % 64) & 1U) != 0; }
  void set(std::size_t row) { words[row / 64] |= std::uint64_t{1} << (row % 64); }
  void reset(std::size_t row) { words[row / 64] &= ~(std::uint64_t{1} << (row % 64)); }
  [[nodiscard]] bool none() const { return (words[0] | words[1] | words[2] | words[3]) == 0; }
  [[nodiscard]] std::size_t count() const;
  [[nodiscard]] static Mask first(std::size_t rows);  // rows 0..rows-1

  friend Mask operator&(Mask left, const Mask& right) {
    for (std::size_t i = 0; i < kWords; ++i) left.words[i] &= right.words[i];
    return left;
  }
  friend Mask operator|(Mask left, const Mask& right) {
    for (std::size_t i = 0; i < kWords; ++i) left.words[i] |= right.words[i];
    return left;
  }
  // The rows of left that are not in right.
  friend Mask operator-(Mask left, const Mask& right) {
    for (std::size_t i = 0; i < kWords; ++i) left.words[i] &= ~right.words[i];
    return left;
  }
  friend bool operator==(const Mask&, const Mask&) = default;

  // visit(row) for every row, ascending.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (std::size_t i = 0; i < kWords; ++i) {
      for (std::uint64_t rest = words[i]; rest != 0; rest &= rest - 1) visit(i * 64 + static_cast<std::size_t>(std::countr_zero(rest)));
    }
  }
};

inline std::size_t Mask::count() const {
  std::size_t sum = 0;
  for (const std::uint64_t word : words) sum += static_cast<std::size_t>(std::popcount(word));
  return sum;
}

inline Mask Mask::first(std::size_t rows) {
  Mask mask;
  for (std::size_t i = 0; i < kWords; ++i) {
    const std::size_t left = rows > i * 64 ? rows - i * 64 : 0;
    mask.words[i] = left >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << left) - 1;
  }
  return mask;
}

}  // namespace reckoner
