// Unsigned integers of 256 bits, for sums of squares of 64-bit values: few operations, exact, no overflow for what operators/spread.cpp does.
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <optional>

#include "engine/int128.hpp"

namespace reckoner {

class WideUnsigned {
 public:
  __extension__ using Half = unsigned __int128;

  WideUnsigned() = default;
  explicit WideUnsigned(Half value) : limbs_{static_cast<std::uint64_t>(value), static_cast<std::uint64_t>(value >> 64U), 0, 0} {}

  // Of the absolute value.
  [[nodiscard]] static WideUnsigned square(Int128 value) {
    const Half size = value < 0 ? -static_cast<Half>(value) : static_cast<Half>(value);
    return WideUnsigned(size).times_wide(WideUnsigned(size));
  }

  friend WideUnsigned operator+(WideUnsigned left, const WideUnsigned& right) {
    Half carry = 0;
    for (std::size_t i = 0; i < kLimbs; ++i) {
      carry += Half{left.limbs_[i]} + right.limbs_[i];
      left.limbs_[i] = static_cast<std::uint64_t>(carry);
      carry >>= 64U;
    }
    return left;
  }
  // right is not larger.
  friend WideUnsigned operator-(WideUnsigned left, const WideUnsigned& right) {
    std::uint64_t borrow = 0;
    for (std::size_t i = 0; i < kLimbs; ++i) {
      const std::uint64_t before = left.limbs_[i];
      left.limbs_[i] = before - right.limbs_[i] - borrow;
      borrow = before < right.limbs_[i] || (before == right.limbs_[i] && borrow != 0) ? 1 : 0;
    }
    return left;
  }
  [[nodiscard]] WideUnsigned times(std::uint64_t factor) const { return times_wide(WideUnsigned(factor)); }
  friend std::strong_ordering operator<=>(const WideUnsigned& left, const WideUnsigned& right) {
    for (std::size_t i = kLimbs; i-- > 0;) {
      if (left.limbs_[i] != right.limbs_[i]) return left.limbs_[i] <=> right.limbs_[i];
    }
    return std::strong_ordering::equal;
  }
  friend bool operator==(const WideUnsigned&, const WideUnsigned&) = default;
  [[nodiscard]] bool is_zero() const { return *this == WideUnsigned(); }

  // Towards zero; the divisor is not zero.
  [[nodiscard]] WideUnsigned divided_by(const WideUnsigned& divisor) const {
    WideUnsigned quotient;
    WideUnsigned rest;
    for (std::size_t bit = kLimbs * 64; bit-- > 0;) {
      rest = rest + rest;
      rest.limbs_[0] |= limbs_[bit / 64] >> (bit % 64) & 1U;
      if (rest < divisor) continue;
      rest = rest - divisor;
      quotient.limbs_[bit / 64] |= std::uint64_t{1} << (bit % 64);
    }
    return quotient;
  }
  [[nodiscard]] std::uint64_t low() const { return limbs_[0]; }
  // The largest number whose square is not larger; empty where it has more than 64 bits.
  [[nodiscard]] std::optional<std::uint64_t> root() const {
    if (limbs_[2] != 0 || limbs_[3] != 0) return std::nullopt;
    const Half value = Half{limbs_[1]} << 64U | limbs_[0];
    std::uint64_t found = 0;
    for (std::uint64_t bit = std::uint64_t{1} << 63U; bit != 0; bit >>= 1U) {
      if (Half{found | bit} * (found | bit) <= value) found |= bit;
    }
    return found;
  }

 private:
  static constexpr std::size_t kLimbs = 4;

  [[nodiscard]] WideUnsigned times_wide(const WideUnsigned& other) const {
    WideUnsigned product;
    for (std::size_t i = 0; i < kLimbs; ++i) {
      Half carry = 0;
      for (std::size_t j = 0; i + j < kLimbs; ++j) {
        carry += Half{limbs_[i]} * other.limbs_[j] + product.limbs_[i + j];
        product.limbs_[i + j] = static_cast<std::uint64_t>(carry);
        carry >>= 64U;
      }
    }
    return product;
  }

  std::array<std::uint64_t, kLimbs> limbs_{};  // least first
};

}  // namespace reckoner
