#include "operators/time_function.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>

#include "engine/check.hpp"
#include "operators/arithmetic.hpp"
#include "operators/canonical_text.hpp"

namespace reckoner {

namespace {

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kMinuteMs = 60'000;

}  // namespace

std::string_view to_text(LocalPart part) {
  static constexpr std::array<std::string_view, 6> kTexts{"hour", "minute", "weekday", "day", "month", "date"};
  return kTexts[static_cast<std::size_t>(part)];
}

std::optional<std::int64_t> LocalTime::of(std::int64_t time_ms, std::int64_t choice) const {
  RECKONER_CHECK(choice >= 0 && static_cast<std::size_t>(choice) < zones_.size(), "zone {} of {}", choice, zones_.size());
  const std::optional<std::int64_t> local = zones_[static_cast<std::size_t>(choice)]->local_ms(time_ms);
  if (!local) return std::nullopt;
  const std::chrono::sys_time<std::chrono::milliseconds> moment{std::chrono::milliseconds(*local)};
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  const std::int64_t of_day = (moment - day).count();
  if (part_ == LocalPart::kHour) return of_day / kHourMs;
  if (part_ == LocalPart::kMinute) return of_day % kHourMs / kMinuteMs;
  if (part_ == LocalPart::kWeekday) return std::chrono::weekday(day).iso_encoding() - 1;
  const std::chrono::year_month_day date(day);
  if (part_ == LocalPart::kDay) return static_cast<unsigned>(date.day());
  if (part_ == LocalPart::kMonth) return static_cast<unsigned>(date.month());
  return static_cast<int>(date.year()) * 10'000 +
         static_cast<std::int64_t>(static_cast<unsigned>(date.month()) * 100 + static_cast<unsigned>(date.day()));
}

std::string LocalTime::text() const {
  std::string text(to_text(part_));
  for (const auto& zone : zones_) text += " " + counted_text(zone->name());
  return text;
}

std::string LocalTime::call(const std::vector<std::string>& arguments) const {
  const std::string zone = arguments.size() > 1 ? arguments[1] : fmt::format("'{}'", zones_.front()->name());
  return fmt::format("local_{}({}, {})", to_text(part_), arguments.front(), zone);
}

std::optional<std::int64_t> BusinessDay::of(std::int64_t time_ms, std::int64_t /*choice*/) const {
  const std::optional<bool> is_one = calendar_->is_business_day_at(time_ms);
  if (!is_one) return std::nullopt;
  return *is_one ? 1 : 0;
}

std::string BusinessDay::text() const { return "business day " + counted_text(calendar_->name()); }

std::string BusinessDay::call(const std::vector<std::string>& arguments) const {
  return fmt::format("business_day({}, calendar.{})", arguments.front(), calendar_->name());
}

}  // namespace reckoner
