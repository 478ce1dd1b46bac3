#include "connectors/exact_decimal.hpp"

#include <limits>
#include <string>

#include "support/catch.hpp"

namespace reckoner {
namespace {

// The scaled integer as text, or the name of the reject.
std::string scaled(std::string_view token, int scale) {
  const std::optional<NumberText> number = read_number(token);
  if (!number) return "no number";
  const ParsedCell parsed = to_scaled_integer(*number, scale);
  return parsed.ok() ? std::to_string(parsed.cell) : std::string(to_text(parsed.code));
}

TEST_CASE("a number token follows JSON's grammar as a whole") {
  for (const char* good : {"0", "-0", "10", "0.5", "-1.25", "1e5", "1E+5", "1.5e-3", "123456789012345678901234567890"})
    CHECK(read_number(good).has_value());
  for (const char* bad : {"",     "-",     "+1",    "01",  "-01",      "1.", ".5", "1.e3",  "1e",  "1e+",
                          "0x10", "1_000", "1,000", "NaN", "Infinity", " 1", "1 ", "1.2.3", "--1", "1e5.5"}) {
    INFO(bad);
    CHECK(!read_number(bad).has_value());
  }
}

TEST_CASE("digits after the point must fit the scale, zeros at the end aside") {
  CHECK(scaled("1.5", 2) == "150");
  CHECK(scaled("1.50", 2) == "150");
  CHECK(scaled("1.500", 2) == "150");
  CHECK(scaled("1.505", 2) == "bad_number");
  CHECK(scaled("-0.01", 2) == "-1");
  CHECK(scaled("7", 0) == "7");
  CHECK(scaled("7.0", 0) == "7");
  CHECK(scaled("7.1", 0) == "bad_number");
  CHECK(scaled("0.000000000000000000000000000000", 0) == "0");
  CHECK(scaled("-0.0", 2) == "0");
}

TEST_CASE("exponents are exact when the value fits") {
  CHECK(scaled("1e3", 0) == "1000");
  CHECK(scaled("1.5e1", 0) == "15");
  CHECK(scaled("150e-1", 0) == "15");
  CHECK(scaled("150e-1", 2) == "1500");
  CHECK(scaled("125e-2", 2) == "125");
  CHECK(scaled("125e-3", 2) == "bad_number");
  CHECK(scaled("1000e-5", 2) == "1");
  CHECK(scaled("0e999999999999999999999", 2) == "0");
  CHECK(scaled("0e-999999999999999999999", 2) == "0");
  CHECK(scaled("1e400", 2) == "out_of_range");
  CHECK(scaled("1e-400", 2) == "bad_number");
  CHECK(scaled("1e99999999999999999999", 9) == "out_of_range");
  CHECK(scaled("1e-99999999999999999999", 9) == "bad_number");
}

TEST_CASE("the whole range of 64 bits is exact and everything beyond is refused") {
  CHECK(scaled("9223372036854775807", 0) == "9223372036854775807");
  CHECK(scaled("-9223372036854775808", 0) == "-9223372036854775808");
  CHECK(scaled("9223372036854775808", 0) == "out_of_range");
  CHECK(scaled("-9223372036854775809", 0) == "out_of_range");
  CHECK(scaled("92233720368547758.07", 2) == "9223372036854775807");
  CHECK(scaled("92233720368547758.08", 2) == "out_of_range");
  CHECK(scaled("18446744073709551616", 0) == "out_of_range");
  CHECK(scaled("99999999999999999999999999999999999999", 0) == "out_of_range");
  CHECK(scaled("9007199254740993", 0) == "9007199254740993");
  CHECK(scaled("0.000000001", 9) == "1");
  CHECK(scaled("9223372036854775807000e-3", 0) == "9223372036854775807");
}

}  // namespace
}  // namespace reckoner
