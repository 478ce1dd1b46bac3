#include "engine/value_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "engine/byte_buffer.hpp"
#include "engine/check.hpp"
#include "engine/powers_of_ten.hpp"

namespace reckoner {

namespace {

constexpr auto kPairs = [] {  // "00" to "99"
  std::array<char, 200> pairs{};
  for (std::size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

char* write_pair(char* at, std::uint64_t below_100) {
  std::memcpy(at, kPairs.data() + 2 * below_100, 2);
  return at + 2;
}

char* write_up_to_pair(char* at, std::uint64_t below_100) {
  if (below_100 >= 10) return write_pair(at, below_100);
  *at = static_cast<char>('0' + below_100);
  return at + 1;
}

// Most counts and amounts have few digits.
char* write_unsigned(char* at, std::uint64_t value) {
  if (value < 100) return write_up_to_pair(at, value);
  if (value < 10'000) return write_pair(write_up_to_pair(at, value / 100), value % 100);
  const auto [end, error] = std::to_chars(at, at + kNumberBytes, value);
  RECKONER_CHECK(error == std::errc{}, "{}", value);
  return end;
}

char* write_sign(char* at, std::int64_t value, std::uint64_t& magnitude) {
  magnitude = value < 0 ? ~static_cast<std::uint64_t>(value) + 1 : static_cast<std::uint64_t>(value);
  if (value < 0) *at++ = '-';
  return at;
}

constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
constexpr std::uint64_t kHighs = 0x8080808080808080ULL;

// Whether one of eight bytes must be escaped; may say yes where a byte above 0x7f follows such a one, never no where one must.
// The zero-byte test of eight bytes at once: "Bit Twiddling Hacks", S. E. Anderson.
bool any_needs_escape(const char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  const auto has_zero = [](std::uint64_t bytes) { return (bytes - kOnes) & ~bytes & kHighs; };
  const std::uint64_t control = (word - kOnes * 0x20) & ~word & kHighs;
  return (control | has_zero(word ^ kOnes * '"') | has_zero(word ^ kOnes * '\\')) != 0;
}

bool needs_escape(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

bool is_plain(std::string_view text) {
  constexpr std::size_t kAtOnce = sizeof(std::uint64_t);
  if (text.size() < kAtOnce) return std::none_of(text.begin(), text.end(), needs_escape);
  const char* const last = text.data() + text.size() - kAtOnce;  // overlaps the one before, where the length is no multiple
  for (const char* at = text.data(); at < last; at += kAtOnce) {
    if (any_needs_escape(at)) return false;
  }
  return !any_needs_escape(last);
}

}  // namespace

char* write_integer(char* at, std::int64_t value) {
  std::uint64_t magnitude = 0;
  at = write_sign(at, value, magnitude);
  return write_unsigned(at, magnitude);
}

char* write_decimal(char* at, std::int64_t unscaled, int scale) {
  std::uint64_t magnitude = 0;
  at = write_sign(at, unscaled, magnitude);
  if (scale == 0) return write_unsigned(at, magnitude);
  if (scale == 2) {  // nearly every amount; a division by a constant is a multiplication
    at = write_unsigned(at, magnitude / 100);
    *at++ = '.';
    return write_pair(at, magnitude % 100);
  }
  const auto unit = static_cast<std::uint64_t>(kPowersOfTen[static_cast<std::size_t>(scale)]);
  std::uint64_t rest = magnitude % unit;
  at = write_unsigned(at, magnitude / unit);
  *at++ = '.';
  for (char* digit = at + scale; digit != at; rest /= 10) *--digit = static_cast<char>('0' + rest % 10);
  return at + scale;
}

char* write_escaped(char* at, std::string_view text) {
  if (is_plain(text)) return copy_short(at, text.data(), text.size());
  for (const char c : text) {
    if (!needs_escape(c)) {
      *at++ = c;
    } else if (c == '"' || c == '\\') {
      *at++ = '\\';
      *at++ = c;
    } else {
      constexpr std::string_view kHex = "0123456789abcdef";
      at = copy_short(at, "\\u00", 4);
      *at++ = kHex[static_cast<unsigned char>(c) >> 4U];
      *at++ = kHex[static_cast<unsigned char>(c) & 15U];
    }
  }
  return at;
}

char* write_number(char* at, const ValueType& type, std::int64_t value) {
  if (type.kind == ValueKind::kInteger) return write_integer(at, value);
  RECKONER_CHECK(type.is_numeric(), "a value of kind {} is no number", static_cast<int>(type.kind));
  *at++ = '"';
  at = write_decimal(at, value, type.scale);
  *at++ = '"';
  return at;
}

}  // namespace reckoner
