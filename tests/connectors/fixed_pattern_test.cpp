#include "connectors/fixed_pattern.hpp"

#include <re2/re2.h>

#include <array>
#include <random>
#include <string>

#include "support/catch.hpp"

namespace reckoner {
namespace {

TEST_CASE("a fixed pattern matches what RE2 matches") {
  constexpr std::array kPatterns = {"[A-Z]{3}", "ACC-[0-9]{4}", "a", "[abc_]x{2}", "[0-9a-f]{8}", "A[0-9]{2}-[A-Z]", ""};
  std::mt19937 random(7);
  for (const char* text : kPatterns) {
    INFO(text);
    const auto fixed = FixedPattern::make(text);
    REQUIRE(fixed.has_value());
    const re2::RE2 pattern(text);
    constexpr std::string_view kBytes = "ABCZabcfx0189_-[\n\xc3";
    for (int i = 0; i < 4000; ++i) {
      std::string value = i % 2 == 0 ? "ACC-0189" : "";
      value.resize(random() % 9, '0');
      for (char& c : value) {
        if (i % 2 == 1 || random() % 8 == 0) c = kBytes[random() % kBytes.size()];
      }
      if (fixed->matches(value) != re2::RE2::FullMatch(value, pattern)) FAIL_CHECK("'" << value << "'");
    }
  }
  CHECK(FixedPattern::make("[A-Z]{3}")->matches("USD"));
  CHECK(FixedPattern::make("ACC-[0-9]{4}")->matches("ACC-0189"));
}

TEST_CASE("a pattern with anything that may vary is left to RE2") {
  for (const char* text : {"[A-Z]+", "a|b",   "^abc$", "[^a]", "\\d{3}", "a.c", "(ab){2}",   "[A-Z]{2,3}", "a{0}",  "a{2}?",      "a{2}{3}",
                           "[a-]",   "[z-a]", "[]",    "[a",   "a{",     "a{3", "[A-Z]{65}", "a?",         "(?i)a", "[[:alpha:]]"}) {
    INFO(text);
    CHECK_FALSE(FixedPattern::make(text).has_value());
  }
}

}  // namespace
}  // namespace reckoner
