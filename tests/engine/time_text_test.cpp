#include "engine/time_text.hpp"

#include "support/catch.hpp"

namespace reckoner {
namespace {

TEST_CASE("RFC 3339 times with any offset are instants in milliseconds") {
  CHECK(parse_rfc3339("1970-01-01T00:00:00Z") == 0);
  CHECK(parse_rfc3339("2026-01-01T00:00:00Z") == 1'767'225'600'000);
  CHECK(parse_rfc3339("2026-01-01t02:00:00.25+02:00") == 1'767'225'600'250);
  CHECK(parse_rfc3339("2025-12-31T18:30:00-05:30") == 1'767'225'600'000);
  CHECK(parse_rfc3339("2026-01-01T00:00:00-00:00") == 1'767'225'600'000);
  CHECK(parse_rfc3339("2000-02-29T00:00:00z") == 951'782'400'000);
  CHECK(parse_rfc3339("9999-12-31T23:59:59.999Z") == 253'402'300'799'999);
}

TEST_CASE("digits below a millisecond are cut off towards the past, also before 1970") {
  CHECK(parse_rfc3339("2026-01-01T00:00:00.1239999999Z") == 1'767'225'600'123);
  CHECK(parse_rfc3339("1969-12-31T23:59:59.9999Z") == -1);
}

TEST_CASE("a leap second is the second after it, and only where there can be one") {
  CHECK(parse_rfc3339("2016-12-31T23:59:60Z") == parse_rfc3339("2017-01-01T00:00:00Z"));
  CHECK(parse_rfc3339("2017-01-01T00:59:60.5+01:00") == *parse_rfc3339("2017-01-01T00:00:00Z") + 500);
  CHECK(!parse_rfc3339("2016-12-31T12:00:60Z"));
  CHECK(!parse_rfc3339("2016-12-31T23:59:61Z"));
}

TEST_CASE("what is no RFC 3339 time is refused") {
  for (const char* bad : {"",
                          "2026-01-01",
                          "2026-01-01T00:00:00",
                          "2026-01-01 00:00:00Z",
                          "2026-1-1T00:00:00Z",
                          "2026-13-01T00:00:00Z",
                          "2026-02-29T00:00:00Z",
                          "2026-00-10T00:00:00Z",
                          "2026-01-00T00:00:00Z",
                          "2026-01-01T24:00:00Z",
                          "2026-01-01T00:60:00Z",
                          "2026-01-01T00:00:00.Z",
                          "2026-01-01T00:00:00+0200",
                          "2026-01-01T00:00:00+24:00",
                          "2026-01-01T00:00:00+02:60",
                          "2026-01-01T00:00:00Zx",
                          "12026-01-01T00:00:00Z",
                          "-026-01-01T00:00:00Z",
                          "2026-01-01T00:00:00+2:00",
                          "2026/01/01T00:00:00Z",
                          "2026-01-01T00:00:0",
                          "2026-01-01T00:00:00ZZ"}) {
    INFO(bad);
    CHECK(!parse_rfc3339(bad));
  }
}

}  // namespace
}  // namespace reckoner
