#include "connectors/exact_decimal.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "engine/check.hpp"
#include "engine/powers_of_ten.hpp"
#include "engine/value_type.hpp"

namespace reckoner {

namespace {

constexpr ParsedCell kInexact{0, RejectCode::kBadNumber};
constexpr ParsedCell kOverflow{0, RejectCode::kOutOfRange};

// Any number of so many digits fits 63 bits.
constexpr std::size_t kDigitsMax = 18;

// Takes the digits at the front of `rest` and appends them to `value`, modulo 2^64.
std::string_view take_digits(std::string_view& rest, std::uint64_t& value) {
  std::size_t count = 0;
  for (; count < rest.size(); ++count) {
    const auto digit = static_cast<unsigned char>(rest[count] - '0');
    if (digit > 9) break;
    value = value * 10 + digit;
  }
  const std::string_view digits = rest.substr(0, count);
  rest.remove_prefix(count);
  return digits;
}

bool take(std::string_view& rest, std::string_view any_of) {
  if (rest.empty() || any_of.find(rest.front()) == std::string_view::npos) return false;
  rest.remove_prefix(1);
  return true;
}

// Reads the part after "e"; false when it is not an exponent.
bool take_exponent(std::string_view& rest, std::int64_t& exponent) {
  const bool negative = !rest.empty() && rest.front() == '-';
  take(rest, "+-");
  std::uint64_t unused = 0;
  const std::string_view digits = take_digits(rest, unused);
  for (const char digit : digits) exponent = std::min(exponent * 10 + (digit - '0'), kExponentMax);
  if (negative) exponent = -exponent;
  return !digits.empty();
}

// Digits of integer and fraction as one run, without its last `dropped`; those dropped must be zeros. False when one of them is not.
bool drop_digits(std::string_view& integer, std::string_view& fraction, std::size_t dropped) {
  const std::size_t from_fraction = std::min(dropped, fraction.size());
  const std::size_t from_integer = std::min(dropped - from_fraction, integer.size());
  const auto zeros = [](std::string_view& digits, std::size_t count) {
    const std::string_view tail = digits.substr(digits.size() - count);
    digits.remove_suffix(count);
    return tail.find_first_not_of('0') == std::string_view::npos;
  };
  return zeros(fraction, from_fraction) && zeros(integer, from_integer);
}

bool append_digits(std::string_view digits, std::uint64_t& value) {
  for (const char digit : digits) {
    if (__builtin_mul_overflow(value, std::uint64_t{10}, &value)) return false;
    if (__builtin_add_overflow(value, static_cast<std::uint64_t>(digit - '0'), &value)) return false;
  }
  return true;
}

ParsedCell with_sign(std::uint64_t magnitude, bool negative) {
  constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (magnitude > kLargest + (negative ? 1 : 0)) return kOverflow;
  return {static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude), RejectCode::kNone};
}

}  // namespace

std::optional<NumberText> read_number(std::string_view token) {
  NumberText number;
  number.negative = take(token, "-");
  number.integer = take_digits(token, number.digits);
  if (number.integer.empty() || (number.integer.size() > 1 && number.integer.front() == '0')) return std::nullopt;
  if (take(token, ".")) {
    number.fraction = take_digits(token, number.digits);
    if (number.fraction.empty()) return std::nullopt;
  }
  if (take(token, "eE") && !take_exponent(token, number.exponent)) return std::nullopt;
  if (!token.empty()) return std::nullopt;
  return number;
}

ParsedCell to_scaled_integer(const NumberText& number, int scale) {
  RECKONER_CHECK(scale >= 0 && scale <= kScaleMax, "scale {}", scale);
  std::string_view integer = number.integer;
  std::string_view fraction = number.fraction;
  const auto places = static_cast<std::size_t>(scale);
  if (number.exponent == 0 && fraction.size() <= places && integer.size() + places <= kDigitsMax) {
    const auto value = static_cast<std::int64_t>(number.digits) * kPowersOfTen[places - fraction.size()];
    return {number.negative ? -value : value, RejectCode::kNone};
  }
  std::int64_t shift = number.exponent + scale - static_cast<std::int64_t>(fraction.size());
  if (shift < 0) {
    if (!drop_digits(integer, fraction, static_cast<std::size_t>(-shift))) return kInexact;
    shift = 0;
  }
  std::uint64_t magnitude = 0;
  if (!append_digits(integer, magnitude) || !append_digits(fraction, magnitude)) return kOverflow;
  for (; shift > 0 && magnitude != 0; --shift) {
    if (__builtin_mul_overflow(magnitude, std::uint64_t{10}, &magnitude)) return kOverflow;
  }
  return with_sign(magnitude, number.negative);
}

}  // namespace reckoner
