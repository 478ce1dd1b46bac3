// Exact 64-bit arithmetic on unscaled values: each function returns false instead of wrapping around or dividing by zero.
#pragma once

#include <cstdint>

#include "engine/int128.hpp"

namespace reckoner {

// 10^exponent; exponent is 0..18.
[[nodiscard]] std::int64_t power_of_ten(int exponent);

[[nodiscard]] inline bool add_exact(std::int64_t left, std::int64_t right, std::int64_t& result) {
  return !__builtin_add_overflow(left, right, &result);
}
[[nodiscard]] inline bool subtract_exact(std::int64_t left, std::int64_t right, std::int64_t& result) {
  return !__builtin_sub_overflow(left, right, &result);
}
[[nodiscard]] inline bool multiply_exact(std::int64_t left, std::int64_t right, std::int64_t& result) {
  return !__builtin_mul_overflow(left, right, &result);
}

// left * 10^up / right (or left / 10^-up / right), rounded half away from zero.
[[nodiscard]] bool divide_rounded(Int128 left, std::int64_t right, int up, std::int64_t& result);
// Towards negative infinity.
[[nodiscard]] bool divide_floor(std::int64_t left, std::int64_t right, std::int64_t& result);
// With the sign of the divisor.
[[nodiscard]] bool modulo_floor(std::int64_t left, std::int64_t right, std::int64_t& result);
// From scale `from` to scale `to`; down rounds half away from zero.
[[nodiscard]] bool rescale(std::int64_t value, int from, int to, std::int64_t& result);

}  // namespace reckoner
