#include "connectors/utf8.hpp"

#include <cstdint>

namespace reckoner {

namespace {

std::uint8_t byte_at(std::string_view text, std::size_t at) { return at < text.size() ? static_cast<std::uint8_t>(text[at]) : std::uint8_t{0}; }

bool continues(std::uint8_t byte) { return (byte & 0xC0U) == 0x80U; }

// Bytes of the sequence at `at`, 0 when it is ill-formed.
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const std::uint8_t first = byte_at(text, at);
  const std::uint8_t second = byte_at(text, at + 1);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4 || !continues(second)) return 0;
  if (first < 0xE0) return 2;
  if (!continues(byte_at(text, at + 2))) return 0;
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool surrogate = first == 0xED && second > 0x9F;
  const bool beyond = first == 0xF4 && second > 0x8F;
  if (overlong || surrogate || beyond) return 0;
  if (first < 0xF0) return 3;
  return continues(byte_at(text, at + 3)) ? 4 : 0;
}

}  // namespace

std::size_t find_invalid_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = sequence_length(text, at);
    if (length == 0) break;
    at += length;
  }
  return at;
}

}  // namespace reckoner
