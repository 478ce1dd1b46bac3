#include "engine/row_writer.hpp"

#include <fmt/format.h>

#include <limits>
#include <random>
#include <string>

#include "support/catch.hpp"

namespace reckoner {
namespace {

std::string decimal(std::int64_t unscaled, int scale) {
  ValueType type;
  type.kind = ValueKind::kDecimal;
  type.scale = static_cast<std::uint8_t>(scale);
  ByteBuffer buffer;
  append_value(buffer, type, unscaled);
  const std::string_view quoted = buffer.text();
  return std::string(quoted.substr(1, quoted.size() - 2));
}

std::string escaped(std::string_view text) {
  ByteBuffer buffer;
  append_escaped(buffer, text);
  return std::string(buffer.text());
}

// A byte at a time, as RFC 8259 says.
std::string slow_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

TEST_CASE("a decimal is written with its point and every digit of its scale") {
  CHECK(decimal(12345, 2) == "123.45");
  CHECK(decimal(-12345, 2) == "-123.45");
  CHECK(decimal(5, 2) == "0.05");
  CHECK(decimal(-5, 2) == "-0.05");
  CHECK(decimal(0, 2) == "0.00");
  CHECK(decimal(100, 2) == "1.00");
  CHECK(decimal(7, 0) == "7");
  CHECK(decimal(7, 6) == "0.000007");
  CHECK(decimal(std::numeric_limits<std::int64_t>::min(), 4) == "-922337203685477.5808");
  CHECK(decimal(std::numeric_limits<std::int64_t>::max(), 18) == "9.223372036854775807");
  CHECK(decimal(std::numeric_limits<std::int64_t>::min(), 18) == "-9.223372036854775808");
}

TEST_CASE("text is escaped wherever in a word of eight the bytes lie") {
  std::mt19937 random(3);
  constexpr std::string_view kBytes = "ab \"\\\n\x1f\x20\x7f\x80\xff/";
  for (int i = 0; i < 20'000; ++i) {
    std::string text(random() % 40, 'x');
    for (char& c : text) {
      if (random() % 6 == 0) c = kBytes[random() % kBytes.size()];
    }
    if (escaped(text) != slow_escaped(text)) FAIL_CHECK(slow_escaped(text));
  }
  CHECK(escaped(std::string_view("\0", 1)) == "\\u0000");
}

TEST_CASE("short copies of every length are whole, and touch nothing beside them") {
  std::string from(100, ' ');
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<char>('!' + i % 90);
  for (std::size_t bytes = 0; bytes < from.size(); ++bytes) {
    std::string to(from.size() + 2, '.');
    const char* const end = copy_short(to.data() + 1, from.data(), bytes);
    CHECK(end == to.data() + 1 + bytes);
    CHECK(to == "." + from.substr(0, bytes) + std::string(from.size() + 1 - bytes, '.'));
  }
}

TEST_CASE("a row is one JSON object on one line") {
  ByteBuffer buffer;
  RowWriter row(buffer);
  row.begin();
  row.text("name", "a \"b\"");
  row.integer("count", -3);
  row.null("none");
  row.open("inner", '[');
  row.element("x");
  row.element("y");
  row.close(']');
  row.value("sum", {ValueKind::kDecimal, 2, {}, nullptr}, 150);
  row.verbatim(",\"version\":1");
  row.end();
  CHECK(buffer.text() == "{\"name\":\"a \\\"b\\\"\",\"count\":-3,\"none\":null,\"inner\":[\"x\",\"y\"],\"sum\":\"1.50\",\"version\":1}\n");
}

TEST_CASE("a buffer keeps what it holds when it grows, and its memory when it is cleared") {
  ByteBuffer buffer;
  std::string expected;
  for (int i = 0; i < 10'000; ++i) {
    const std::string piece = std::to_string(i);
    buffer.append(piece);
    expected += piece;
  }
  CHECK(buffer.text() == expected);
  buffer.clear();
  CHECK(buffer.empty());
  buffer.append("again");
  CHECK(buffer.text() == "again");
}

}  // namespace reckoner
