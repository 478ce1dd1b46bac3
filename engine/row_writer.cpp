#include "engine/row_writer.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "engine/check.hpp"
#include "engine/powers_of_ten.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kNumberBytes = 32;  // sign, digits of 64 bits, point
constexpr std::size_t kEscapeBytes = 6;   // "\u00xx"

char* write_integer(char* at, std::int64_t value) {
  const auto [end, error] = std::to_chars(at, at + kNumberBytes, value);
  RECKONER_CHECK(error == std::errc{}, "{}", value);
  return end;
}

char* write_bytes(char* at, std::string_view bytes) { return copy_short(at, bytes.data(), bytes.size()); }

// The whole part, a point, and exactly `scale` digits of the rest.
char* write_decimal(char* at, std::int64_t unscaled, int scale) {
  const std::uint64_t magnitude = unscaled < 0 ? ~static_cast<std::uint64_t>(unscaled) + 1 : static_cast<std::uint64_t>(unscaled);
  if (unscaled < 0) *at++ = '-';
  if (scale == 0) return std::to_chars(at, at + kNumberBytes, magnitude).ptr;
  // Nearly every amount has two decimals: a division by a constant is a multiplication.
  const auto unit = static_cast<std::uint64_t>(kPowersOfTen[static_cast<std::size_t>(scale)]);
  const std::uint64_t whole = scale == 2 ? magnitude / 100 : magnitude / unit;
  std::uint64_t rest = magnitude - whole * unit;
  at = std::to_chars(at, at + kNumberBytes, whole).ptr;
  *at++ = '.';
  for (char* digit = at + scale; digit != at; rest /= 10) *--digit = static_cast<char>('0' + rest % 10);
  return at + scale;
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

char* write_escaped(char* at, std::string_view text) {
  if (is_plain(text)) return write_bytes(at, text);
  for (const char c : text) {
    if (!needs_escape(c)) {
      *at++ = c;
    } else if (c == '"' || c == '\\') {
      *at++ = '\\';
      *at++ = c;
    } else {
      constexpr std::string_view kHex = "0123456789abcdef";
      at = write_bytes(at, "\\u00");
      *at++ = kHex[static_cast<unsigned char>(c) >> 4U];
      *at++ = kHex[static_cast<unsigned char>(c) & 15U];
    }
  }
  return at;
}

}  // namespace

void append_integer(ByteBuffer& buffer, std::int64_t value) { buffer.advance_to(write_integer(buffer.room(kNumberBytes), value)); }

void append_escaped(ByteBuffer& buffer, std::string_view text) { buffer.advance_to(write_escaped(buffer.room(text.size() * kEscapeBytes), text)); }

void append_value(ByteBuffer& buffer, const ValueType& type, std::int64_t value) {
  switch (type.kind) {
    case ValueKind::kBool:
      return buffer.append(value != 0 ? std::string_view("true") : std::string_view("false"));
    case ValueKind::kInteger:
      return append_integer(buffer, value);
    case ValueKind::kDecimal:
    case ValueKind::kMoney: {
      char* at = buffer.room(kNumberBytes + type.scale + 2);
      *at++ = '"';
      at = write_decimal(at, value, type.scale);
      *at++ = '"';
      return buffer.advance_to(at);
    }
    case ValueKind::kEnum:
    case ValueKind::kTime:
    case ValueKind::kDuration:
      buffer.append('"');
      append_escaped(buffer, to_text(type, value));
      return buffer.append('"');
    case ValueKind::kString:
      break;
  }
  RECKONER_UNREACHABLE("a string has no 64-bit value");
}

void RowWriter::begin() {
  buffer_.append('{');
  first_ = true;
}

void RowWriter::end() { buffer_.append("}\n"); }

void RowWriter::name(std::string_view name) {
  char* at = buffer_.room(name.size() + 4);
  if (!first_) *at++ = ',';
  first_ = false;
  if (!name.empty()) {
    *at++ = '"';
    at = write_bytes(at, name);
    at = write_bytes(at, "\":");
  }
  buffer_.advance_to(at);
}

void RowWriter::text(std::string_view field, std::string_view value) {
  name(field);
  char* at = buffer_.room(value.size() * kEscapeBytes + 2);
  *at++ = '"';
  at = write_escaped(at, value);
  *at++ = '"';
  buffer_.advance_to(at);
}

void RowWriter::integer(std::string_view field, std::int64_t value) {
  name(field);
  append_integer(buffer_, value);
}

void RowWriter::value(std::string_view field, const ValueType& type, std::int64_t value) {
  name(field);
  append_value(buffer_, type, value);
}

void RowWriter::null(std::string_view field) { raw(field, "null"); }

void RowWriter::raw(std::string_view field, std::string_view json) {
  name(field);
  buffer_.append(json);
}

void RowWriter::open(std::string_view field, char bracket) {
  name(field);
  buffer_.append(bracket);
  first_ = true;
}

void RowWriter::close(char bracket) {
  buffer_.append(bracket);
  first_ = false;
}

void RowWriter::element(std::string_view value) { text({}, value); }

void RowWriter::verbatim(std::string_view bytes) {
  buffer_.append(bytes);
  first_ = false;
}

}  // namespace reckoner
