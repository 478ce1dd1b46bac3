// A short unsigned number, "123" or "123.45", read 16 bytes at a time without a loop over its digits. After D. Lemire and W. Mula, "Number
// parsing at a gigabyte per second" (2021), section 8, with a shuffle that takes the point out first.
#pragma once

#include <immintrin.h>

#include <array>
#include <bit>
#include <cstdint>

namespace reckoner {

namespace digits_detail {

using Shuffle = std::array<std::uint8_t, 16>;
inline constexpr std::uint8_t kZero = 0x80;  // pshufb writes a zero for it

// [n] closes the gap that the point leaves after n digits; [16] leaves everything where it is.
inline constexpr auto kDropPoint = [] {
  std::array<Shuffle, 17> table{};
  for (std::size_t point = 0; point < table.size(); ++point) {
    for (std::size_t i = 0; i < 16; ++i) {
      const std::size_t from = i < point ? i : i + 1;
      table[point][i] = from < 16 ? static_cast<std::uint8_t>(from) : kZero;
    }
  }
  return table;
}();

// The 16 bytes from [n] move the first n bytes to the right end and write zeros before them.
inline constexpr auto kAlignRight = [] {
  std::array<std::uint8_t, 32> table{};
  for (std::size_t i = 0; i < 32; ++i) table[i] = i < 16 ? kZero : static_cast<std::uint8_t>(i - 16);
  return table;
}();

inline __m128i load_16(const void* at) { return _mm_loadu_si128(static_cast<const __m128i*>(at)); }

// 16 digit values, most significant first -> their number.
inline std::uint64_t number_of(__m128i digits) {
  const __m128i pairs = _mm_maddubs_epi16(digits, _mm_set1_epi16(10 | 1 << 8));
  const __m128i fours = _mm_madd_epi16(pairs, _mm_set1_epi32(100 | 1 << 16));
  const __m128i packed = _mm_packus_epi32(fours, fours);
  const auto eights = static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_madd_epi16(packed, _mm_set1_epi32(10'000 | 1 << 16))));
  return (eights & 0xffffffffU) * 100'000'000U + (eights >> 32U);
}

}  // namespace digits_detail

// The digits at the front of 16 readable bytes.
class LeadingDigits {
 public:
  static constexpr unsigned kBytes = 16;

  explicit LeadingDigits(const char* at)
      : values_(_mm_sub_epi8(digits_detail::load_16(at), _mm_set1_epi8('0'))),
        others_(~static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(values_, _mm_set1_epi8(9)), values_)))) {}

  // Bit i set = byte i is no digit; bits 16 and above are set.
  [[nodiscard]] std::uint32_t others() const { return others_; }
  [[nodiscard]] unsigned count() const { return static_cast<unsigned>(std::countr_zero(others_)); }
  // Digits after the byte that follows the first `integer` digits (integer < 16); at most 15 - integer are seen.
  [[nodiscard]] unsigned fraction(unsigned integer) const { return static_cast<unsigned>(std::countr_zero(others_ >> (integer + 1))); }

  [[nodiscard]] std::uint64_t whole(unsigned count) const { return aligned(values_, count); }
  [[nodiscard]] std::uint64_t with_fraction(unsigned integer, unsigned fraction) const {
    return aligned(_mm_shuffle_epi8(values_, digits_detail::load_16(digits_detail::kDropPoint[integer].data())), integer + fraction);
  }

 private:
  static std::uint64_t aligned(__m128i values, unsigned count) {
    return digits_detail::number_of(_mm_shuffle_epi8(values, digits_detail::load_16(digits_detail::kAlignRight.data() + count)));
  }

  __m128i values_;
  std::uint32_t others_;
};

}  // namespace reckoner
