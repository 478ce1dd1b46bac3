#include "engine/value_type.hpp"

#include <limits>

#include "support/catch.hpp"

namespace reckoner {
namespace {

constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();

ValueType of(ValueKind kind, std::uint8_t scale = 0) { return {kind, scale, {}, nullptr}; }
ValueType money(std::uint8_t scale, std::array<char, 3> currency) { return {ValueKind::kMoney, scale, currency, nullptr}; }
ValueType enumeration(std::vector<std::string> names) {
  return {ValueKind::kEnum, 0, {}, std::make_shared<const std::vector<std::string>>(std::move(names))};
}

TEST_CASE("types are equal when their kind and what their kind uses are equal") {
  CHECK(of(ValueKind::kDecimal, 2) == of(ValueKind::kDecimal, 2));
  CHECK(!(of(ValueKind::kDecimal, 2) == of(ValueKind::kDecimal, 3)));
  CHECK(!(of(ValueKind::kInteger) == of(ValueKind::kDuration)));
  CHECK(of(ValueKind::kInteger, 1) == of(ValueKind::kInteger, 2));
  CHECK(!(money(2, {'U', 'S', 'D'}) == money(2, {'E', 'U', 'R'})));
  CHECK(enumeration({"a", "b"}) == enumeration({"a", "b"}));
  CHECK(!(enumeration({"a", "b"}) == enumeration({"b", "a"})));
  CHECK(!(enumeration({"a"}) == of(ValueKind::kEnum)));
}

TEST_CASE("a type reads as an analyst would write it") {
  CHECK(to_text(of(ValueKind::kBool)) == "bool");
  CHECK(to_text(of(ValueKind::kDecimal, 2)) == "decimal(2)");
  CHECK(to_text(money(2, {'U', 'S', 'D'})) == "money USD");
  CHECK(to_text(enumeration({"pos", "ecom"})) == "enum(pos, ecom)");
  CHECK(to_text(of(ValueKind::kTime)) == "time");
}

TEST_CASE("a decimal shows all digits of its scale, also below one and at the end of 64 bits") {
  CHECK(to_text(of(ValueKind::kDecimal, 2), 1250) == "12.50");
  CHECK(to_text(of(ValueKind::kDecimal, 2), -5) == "-0.05");
  CHECK(to_text(of(ValueKind::kDecimal, 0), 7) == "7");
  CHECK(to_text(of(ValueKind::kDecimal, 9), kLeast) == "-9223372036.854775808");
  CHECK(to_text(money(2, {'U', 'S', 'D'}), 1250) == "12.50 USD");
}

TEST_CASE("a time is ISO 8601 in UTC with milliseconds, also before 1970 and in leap years") {
  CHECK(to_text(of(ValueKind::kTime), 1'767'225'600'000) == "2026-01-01T00:00:00.000Z");
  CHECK(to_text(of(ValueKind::kTime), -1) == "1969-12-31T23:59:59.999Z");
  CHECK(to_text(of(ValueKind::kTime), 951'782'400'123) == "2000-02-29T00:00:00.123Z");
  CHECK(to_text(of(ValueKind::kTime), -2'203'891'200'000) == "1900-03-01T00:00:00.000Z");
  CHECK(to_text(of(ValueKind::kTime), -62'167'219'200'000) == "0000-01-01T00:00:00.000Z");
  CHECK(to_text(of(ValueKind::kTime), -62'167'219'200'001) == "-0001-12-31T23:59:59.999Z");
  CHECK(to_text(of(ValueKind::kTime), 253'402'300'799'999) == "9999-12-31T23:59:59.999Z");
}

TEST_CASE("a duration is made of its largest units") {
  CHECK(to_text(of(ValueKind::kDuration), 300'000) == "5m");
  CHECK(to_text(of(ValueKind::kDuration), 90'061'001) == "1d1h1m1s1ms");
  CHECK(to_text(of(ValueKind::kDuration), 0) == "0s");
  CHECK(to_text(of(ValueKind::kDuration), -1500) == "-1s500ms");
}

TEST_CASE("an enum shows its name and a bool its word") {
  CHECK(to_text(enumeration({"pos", "ecom"}), 1) == "ecom");
  CHECK(to_text(of(ValueKind::kBool), 1) == "true");
  CHECK(to_text(of(ValueKind::kBool), 0) == "false");
  CHECK(to_text(of(ValueKind::kInteger), kLeast) == "-9223372036854775808");
}

}  // namespace
}  // namespace reckoner
