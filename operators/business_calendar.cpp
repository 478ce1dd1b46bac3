#include "operators/business_calendar.hpp"

#include <algorithm>

#include "engine/check.hpp"
#include "operators/arithmetic.hpp"

namespace reckoner {

namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kFirstDay = -719'000;  // well inside of the zone's years, and a deadline still fits
constexpr std::int64_t kLastDay = 2'900'000;

}  // namespace

BusinessCalendar::BusinessCalendar(std::string name, std::shared_ptr<const TimeZone> zone, std::uint32_t weekend, std::vector<std::int64_t> holidays)
    : name_(std::move(name)), zone_(std::move(zone)), weekend_(weekend), holidays_(std::move(holidays)) {
  RECKONER_CHECK((weekend_ & 127U) != 127U, "calendar {} without a day", name_);
}

bool BusinessCalendar::is_business_day(std::int64_t day) const {
  std::int64_t of_week = 0;
  RECKONER_CHECK(modulo_floor(day + 3, 7, of_week), "a week of no days");  // 1970-01-01 was a Thursday
  return (weekend_ >> of_week & 1U) == 0 && !std::binary_search(holidays_.begin(), holidays_.end(), day);
}

std::optional<bool> BusinessCalendar::is_business_day_at(std::int64_t time_ms) const {
  const std::optional<std::int64_t> local = zone_->local_ms(time_ms);
  std::int64_t day = 0;
  if (!local || !divide_floor(*local, kDayMs, day)) return std::nullopt;
  return is_business_day(day);
}

std::optional<std::int64_t> BusinessCalendar::deadline(std::int64_t time_ms, std::uint32_t days) const {
  const std::optional<std::int64_t> local = zone_->local_ms(time_ms);
  std::int64_t day = 0;
  if (!local || !divide_floor(*local, kDayMs, day) || day < kFirstDay || day > kLastDay) return std::nullopt;
  const std::int64_t latest = day + kBusinessDeadlineDaysMax;
  while (days > 0 && day < latest) {
    ++day;
    // A day that a zone left out, when it moved across the date line, is none.
    if (is_business_day(day) && zone_->start_of_day(day) < zone_->start_of_day(day + 1)) --days;
  }
  return zone_->start_of_day(day + 1) - 1;
}

}  // namespace reckoner
