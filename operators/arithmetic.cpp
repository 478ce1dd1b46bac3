#include "operators/arithmetic.hpp"

#include <limits>

#include "engine/check.hpp"
#include "engine/powers_of_ten.hpp"

namespace reckoner {

namespace {

bool narrow(Int128 value, std::int64_t& result) {
  if (value > std::numeric_limits<std::int64_t>::max() || value < std::numeric_limits<std::int64_t>::min()) return false;
  result = static_cast<std::int64_t>(value);
  return true;
}

bool divide_half_away(Int128 left, Int128 right, std::int64_t& result) {
  Int128 quotient = left / right;
  const Int128 rest = left % right;
  const Int128 doubled = (rest < 0 ? -rest : rest) * 2;
  if (doubled >= (right < 0 ? -right : right)) quotient += (left < 0) == (right < 0) ? 1 : -1;
  return narrow(quotient, result);
}

}  // namespace

std::int64_t power_of_ten(int exponent) {
  RECKONER_CHECK(exponent >= 0 && exponent <= kPowerOfTenMax, "10^{}", exponent);
  return kPowersOfTen[static_cast<std::size_t>(exponent)];
}

bool divide_rounded(Int128 left, std::int64_t right, int up, std::int64_t& result) {
  if (right == 0) return false;
  Int128 divisor = right;
  if (up >= 0) {
    if (__builtin_mul_overflow(left, static_cast<Int128>(power_of_ten(up)), &left)) return false;
  } else if (__builtin_mul_overflow(divisor, static_cast<Int128>(power_of_ten(-up)), &divisor)) {
    return false;
  }
  return divide_half_away(left, divisor, result);
}

bool divide_floor(std::int64_t left, std::int64_t right, std::int64_t& result) {
  if (right == 0 || (right == -1 && left == std::numeric_limits<std::int64_t>::min())) return false;
  result = left / right;
  if (left % right != 0 && (left < 0) != (right < 0)) --result;
  return true;
}

bool modulo_floor(std::int64_t left, std::int64_t right, std::int64_t& result) {
  if (right == 0) return false;
  if (right == -1) return result = 0, true;
  result = left % right;
  if (result != 0 && (result < 0) != (right < 0)) result += right;
  return true;
}

bool rescale(std::int64_t value, int from, int to, std::int64_t& result) {
  if (to >= from) return multiply_exact(value, power_of_ten(to - from), result);
  return divide_rounded(value, 1, to - from, result);
}

}  // namespace reckoner
