#include "connectors/binary_decimal.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "engine/int128.hpp"

namespace reckoner {

namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int8_t, 256> kSextets = [] {
  std::array<std::int8_t, 256> sextets{};
  sextets.fill(-1);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) sextets[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::int8_t>(i);
  return sextets;
}();

// Of the value without its sign, digit by digit, since the least value has no opposite.
std::string digits_of(Int128 value) {
  std::string digits;
  do {
    const auto digit = static_cast<int>(value % 10);
    digits.push_back(static_cast<char>('0' + (digit < 0 ? -digit : digit)));
    value /= 10;
  } while (value != 0);
  std::reverse(digits.begin(), digits.end());
  return digits;
}

}  // namespace

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && text.ends_with('=')) {
    text.remove_suffix(1);
    ++padding;
  }
  std::string bytes;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const std::int8_t sextet = kSextets[static_cast<unsigned char>(c)];
    if (sextet < 0) return std::nullopt;
    bits = bits << 6U | static_cast<std::uint32_t>(sextet);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes.push_back(static_cast<char>(bits >> count & 0xffU));
  }
  const bool whole = (bits & ((1U << count) - 1)) == 0;  // what does not fill a byte is zero
  return whole ? std::optional(std::move(bytes)) : std::nullopt;
}

std::optional<std::string> binary_decimal_text(std::string_view bytes, int scale) {
  if (bytes.empty() || bytes.size() > kBinaryBytesMax || scale < 0 || scale > kBinaryScaleMax) return std::nullopt;
  const bool negative = (static_cast<unsigned char>(bytes.front()) & 0x80U) != 0;
  Int128 value = negative ? -1 : 0;
  for (const char byte : bytes) value = value << 8U | static_cast<unsigned char>(byte);
  std::string text = digits_of(value);
  const auto decimals = static_cast<std::size_t>(scale);
  if (text.size() <= decimals) text.insert(0, decimals + 1 - text.size(), '0');
  if (decimals > 0) text.insert(text.size() - decimals, 1, '.');
  return negative ? "-" + text : text;
}

}  // namespace reckoner
