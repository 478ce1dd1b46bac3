#include "rules/literals.hpp"

#include "support/catch.hpp"

namespace reckoner {

TEST_CASE("numbers are read exactly and only in plain form") {
  CHECK(parse_number("12.50")->unscaled == 1250);
  CHECK(parse_number("12.50")->scale == 2);
  CHECK(parse_number("-3")->unscaled == -3);
  CHECK(parse_number("0")->unscaled == 0);
  CHECK(parse_number("0.05")->unscaled == 5);
  CHECK(parse_number("9223372036854775807")->unscaled == 9223372036854775807);
  for (const char* text :
       {"017",          "00", "0x1", "0b1", "1_000", "1,000", "1:30", "1e3", ".5", "5.", "+5", "", "-", "--5", "1.2.3", "9223372036854775808",
        "0.0123456789", "5 ", " 5",  "nan", "-.5",   "-017"}) {
    INFO(text);
    CHECK_FALSE(parse_number(text));
  }
}

TEST_CASE("a number takes another scale only when that is exact") {
  CHECK(rescale_exactly({150, 2}, 1) == 15);
  CHECK(rescale_exactly({150, 2}, 4) == 15000);
  CHECK_FALSE(rescale_exactly({155, 2}, 1));
  CHECK_FALSE(rescale_exactly({9223372036854775807, 0}, 1));
  CHECK(trimmed({1500, 3}).unscaled == 15);
  CHECK(trimmed({1500, 3}).scale == 1);
  CHECK(trimmed({0, 5}).scale == 0);
}

TEST_CASE("durations have units in descending order") {
  CHECK(parse_duration("500ms") == 500);
  CHECK(parse_duration("90s") == 90'000);
  CHECK(parse_duration("5m") == 300'000);
  CHECK(parse_duration("7d") == 604'800'000);
  CHECK(parse_duration("1h30m") == 5'400'000);
  CHECK(parse_duration("0s") == 0);
  for (const char* text : {"", "5", "5min", "m", "05m", "-5m", "5m1h", "5m5m", "1.5h", "1:30", "5 m", "4000d", "99999999999999999999s"}) {
    INFO(text);
    CHECK_FALSE(parse_duration(text));
  }
}

TEST_CASE("sizes have binary units") {
  CHECK(parse_size("256MiB") == 256ULL << 20U);
  CHECK(parse_size("1B") == 1);
  for (const char* text : {"", "256", "256M", "256MB", "MiB", "99999999999999TiB", "1.5GiB"}) {
    INFO(text);
    CHECK_FALSE(parse_size(text));
  }
}

TEST_CASE("plain text that YAML readers take for something else is a surprise") {
  for (const char* text :
       {"no", "NO", "Yes", "on", "off", "y", "true", "False", "~", "null", "NULL", ".nan", "017", "0x1", "1_000", "1:30", "1e3", "12", "1.5", "+1"}) {
    INFO(text);
    CHECK_FALSE(plain_text_surprise(text).empty());
  }
  for (const char* text : {"none", "US", "card_payment", "R1", "7-eleven", "1 day", "yesterday", "v1.2"}) {
    INFO(text);
    CHECK(plain_text_surprise(text).empty());
  }
}

TEST_CASE("names are letters, digits and underscores") {
  CHECK(is_name("a"));
  CHECK(is_name("account_5m"));
  CHECK_FALSE(is_name("5m"));
  CHECK_FALSE(is_name("_a"));
  CHECK_FALSE(is_name("a-b"));
  CHECK_FALSE(is_name(""));
  CHECK_FALSE(is_name(std::string(65, 'a')));
  CHECK(is_reserved_word("and"));
  CHECK_FALSE(is_reserved_word("max"));
}

}  // namespace reckoner
