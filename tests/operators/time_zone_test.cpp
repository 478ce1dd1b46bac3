// Times checked against zdump -v of tzdata 2025b.
#include "operators/time_zone.hpp"

#include <chrono>
#include <string>

#include "operators/business_calendar.hpp"
#include "operators/time_function.hpp"
#include "support/catch.hpp"

namespace reckoner {

namespace {

constexpr std::string_view kBerlin = "CET-1CEST,M3.5.0,M10.5.0/3";

std::int64_t utc(int year, unsigned month, unsigned day, int hour = 0, int minute = 0, int second = 0) {
  const std::chrono::sys_days days = std::chrono::year(year) / static_cast<int>(month) / static_cast<int>(day);
  return (days.time_since_epoch().count() * 86'400LL + hour * 3600 + minute * 60 + second) * 1000;
}

std::shared_ptr<const TimeZone> zone(std::string_view text) {
  std::expected<TimeZone, std::string> made = TimeZone::from_text("Test/Zone", text);
  REQUIRE(made.has_value());
  return std::make_shared<const TimeZone>(std::move(*made));
}

std::int64_t part(const std::shared_ptr<const TimeZone>& zone, LocalPart what, std::int64_t time) {
  return LocalTime(what, {zone}).of(time, 0).value();
}

}  // namespace

TEST_CASE("clocks of Berlin jump over an hour in March and show one twice in October") {
  const auto berlin = zone(kBerlin);
  CHECK(part(berlin, LocalPart::kHour, utc(2026, 3, 29, 0, 59, 59)) == 1);
  CHECK(part(berlin, LocalPart::kHour, utc(2026, 3, 29, 1)) == 3);
  CHECK(part(berlin, LocalPart::kHour, utc(2026, 10, 25, 0, 30)) == 2);
  CHECK(part(berlin, LocalPart::kHour, utc(2026, 10, 25, 1, 30)) == 2);
  CHECK(part(berlin, LocalPart::kHour, utc(2026, 10, 25, 2)) == 3);
  CHECK(part(berlin, LocalPart::kMinute, utc(2026, 10, 25, 1, 30)) == 30);
}

TEST_CASE("days of the week, days, months and dates are local") {
  const auto auckland = zone("NZST-12NZDT,M9.5.0,M4.1.0/3");
  const std::int64_t time = utc(2026, 12, 31, 11, 30);  // 00:30 of Friday, 1 January
  CHECK(part(auckland, LocalPart::kDate, time) == 20270101);
  CHECK(part(auckland, LocalPart::kWeekday, time) == 4);
  CHECK(part(auckland, LocalPart::kDay, time) == 1);
  CHECK(part(auckland, LocalPart::kMonth, time) == 1);
  const auto kolkata = zone("IST-5:30");
  CHECK(part(kolkata, LocalPart::kMinute, utc(2026, 1, 1)) == 30);
  const auto before_1970 = zone("<-03>3");
  CHECK(part(before_1970, LocalPart::kDate, utc(1960, 1, 1, 2, 59, 59)) == 19591231);
}

TEST_CASE("the transitions of a zone hold before its rule") {
  const auto moved = zone("3600 1000000:7200 2000000:7200 3000000:-3600;<-02>2");
  CHECK(moved->span_at(999'999).offset_s == 3600);
  CHECK(moved->span_at(1'000'000).offset_s == 7200);
  CHECK(moved->span_at(2'500'000).offset_s == 7200);
  CHECK(moved->span_at(3'000'000).offset_s == -7200);
  CHECK(moved->text() == "3600 1000000:7200 3000000:-3600;<-02>2");  // one changed nothing
}

TEST_CASE("rules of both hemispheres, of days of the year and of negative hours are understood") {
  CHECK(part(zone("IST-2IDT,M3.4.4/26,M10.5.0"), LocalPart::kHour, utc(2026, 3, 27)) == 3);  // Friday 02:00, 26 h into Thursday
  CHECK(part(zone("<-02>2<-01>,M3.5.0/-1,M10.5.0/0"), LocalPart::kHour, utc(2026, 3, 29, 1)) == 0);
  CHECK(part(zone("AAA0BBB,J60/0,J300/0"), LocalPart::kHour, utc(2024, 3, 1)) == 1);
  CHECK(part(zone("AAA0BBB,J60/0,J300/0"), LocalPart::kHour, utc(2024, 2, 29, 23)) == 23);
  CHECK(part(zone("AAA0BBB,59/0,300/0"), LocalPart::kHour, utc(2024, 2, 29)) == 1);
  for (const std::string_view wrong : {"", "CE-1", "CET", "CET-25", "CET-1CEST", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.5.0", "CET-1 ", "<+03-3",
                                       "CET-1CEST,M3.5.0,M10.5.0/3,", "CET-1CEST,J0,J1", "CET--1"}) {
    INFO(wrong);
    CHECK(!parse_zone_rule(wrong).has_value());
  }
}

TEST_CASE("a day begins at its first moment, behind the gap where midnight is left out") {
  const auto berlin = zone(kBerlin);
  const std::int64_t day = utc(2026, 3, 29) / 86'400'000;
  CHECK(berlin->start_of_day(day) == utc(2026, 3, 28, 23));
  CHECK(berlin->start_of_day(day + 1) == utc(2026, 3, 29, 22));
  const auto cairo = zone("EET-2EEST,M4.5.5/0,M10.5.4/24");  // clocks go from 00:00 to 01:00
  const std::int64_t spring = utc(2026, 4, 24) / 86'400'000;
  CHECK(cairo->start_of_day(spring) == utc(2026, 4, 23, 22));
  CHECK(part(cairo, LocalPart::kHour, cairo->start_of_day(spring)) == 1);
}

TEST_CASE("times outside of the years 1 to 9999 have no local time") {
  const auto berlin = zone(kBerlin);
  CHECK(!berlin->local_ms(std::numeric_limits<std::int64_t>::max()).has_value());
  CHECK(!berlin->local_ms(std::numeric_limits<std::int64_t>::min()).has_value());
  CHECK(berlin->local_ms(utc(9998, 1, 1)).has_value());
}

TEST_CASE("a deadline in business days is the end of the last one by local clocks") {
  const std::int64_t holiday = utc(2026, 4, 3) / 86'400'000;  // Good Friday
  const std::int64_t monday = utc(2026, 4, 6) / 86'400'000;
  const BusinessCalendar calendar("target2", zone(kBerlin), 0b110'0000, {holiday, monday});
  CHECK(calendar.deadline(utc(2026, 4, 1, 10), 1) == utc(2026, 4, 2, 22) - 1);      // Wednesday -> Thursday
  CHECK(calendar.deadline(utc(2026, 4, 2, 10), 1) == utc(2026, 4, 7, 22) - 1);      // over Easter
  CHECK(calendar.deadline(utc(2026, 4, 2, 22, 30), 1) == utc(2026, 4, 7, 22) - 1);  // Good Friday there already
  CHECK(calendar.deadline(utc(2026, 3, 27, 12), 2) == utc(2026, 3, 31, 22) - 1);    // over the change of clocks
  CHECK(calendar.is_business_day_at(utc(2026, 4, 3, 12)) == false);
  CHECK(calendar.is_business_day_at(utc(2026, 4, 7, 21, 59)) == true);
  CHECK(calendar.is_business_day_at(utc(2026, 4, 10, 22)) == false);  // Saturday there
}

TEST_CASE("a day that a zone left out is no business day") {
  // Apia moved across the date line at the end of 29 December 2011: the 30th, a Friday, did not exist.
  const auto apia = zone("-36000 1325239200:50400;<+14>-14");
  const BusinessCalendar calendar("apia", apia, 0b110'0000, {});
  const std::int64_t thursday = utc(2011, 12, 29, 20);
  CHECK(part(apia, LocalPart::kDate, thursday) == 20111229);
  CHECK(part(apia, LocalPart::kDate, 1'325'239'200'000) == 20111231);
  const std::int64_t deadline = calendar.deadline(thursday, 1).value();
  CHECK(part(apia, LocalPart::kDate, deadline) == 20120102);
}

}  // namespace reckoner
