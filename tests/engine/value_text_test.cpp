#include "engine/value_text.hpp"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <string>

#include "support/catch.hpp"

namespace reckoner {

namespace {

template <typename Write>
std::string written(Write write) {
  std::array<char, 4 * kNumberBytes> room{};
  return {room.data(), write(room.data())};
}

std::string decimal(std::int64_t unscaled, int scale) {
  return written([&](char* at) { return write_decimal(at, unscaled, scale); });
}

}  // namespace

TEST_CASE("integers of every length are written as they are") {
  for (std::int64_t power = 1; power < std::numeric_limits<std::int64_t>::max() / 10; power *= 10) {
    for (const std::int64_t value : {power - 1, power, power + 1, 7 * power, -power, 1 - power}) {
      CHECK(written([&](char* at) { return write_integer(at, value); }) == fmt::format("{}", value));
    }
  }
  for (const std::int64_t value : {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    CHECK(written([&](char* at) { return write_integer(at, value); }) == fmt::format("{}", value));
  }
}

TEST_CASE("decimals have exactly the digits of their scale behind the point") {
  CHECK(decimal(0, 2) == "0.00");
  CHECK(decimal(5, 2) == "0.05");
  CHECK(decimal(-5, 2) == "-0.05");
  CHECK(decimal(99'99, 2) == "99.99");
  CHECK(decimal(100'00, 2) == "100.00");
  CHECK(decimal(9'999'99, 2) == "9999.99");
  CHECK(decimal(-10'000'01, 2) == "-10000.01");
  CHECK(decimal(123, 0) == "123");
  CHECK(decimal(-7, 3) == "-0.007");
  CHECK(decimal(std::numeric_limits<std::int64_t>::min(), 2) == "-92233720368547758.08");
  CHECK(decimal(std::numeric_limits<std::int64_t>::min(), 18) == "-9.223372036854775808");
}

TEST_CASE("texts are escaped wherever the byte stands, and others are copied") {
  const auto escaped = [](std::string_view text) { return written([&](char* at) { return write_escaped(at, text); }); };
  CHECK(escaped("") == "");
  CHECK(escaped("ACC-00000001") == "ACC-00000001");
  CHECK(escaped("a\"b") == "a\\\"b");
  CHECK(escaped("twelve bytes\n") == "twelve bytes\\u000a");
  CHECK(escaped("\\ and eight more") == "\\\\ and eight more");
}

TEST_CASE("decimals are quoted, integers are not") {
  ValueType money;
  money.kind = ValueKind::kMoney;
  money.scale = 2;
  ValueType integer;
  integer.kind = ValueKind::kInteger;
  CHECK(written([&](char* at) { return write_number(at, money, 1234); }) == "\"12.34\"");
  CHECK(written([&](char* at) { return write_number(at, integer, -12); }) == "-12");
}

}  // namespace reckoner
