// Business days by the clocks of a zone: every day but days of the weekend and holidays. A part of the rule set, read-only once made, so it may
// be shared by threads. Days are counted from 1970-01-01; the time is event time in ms.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "operators/time_zone.hpp"

namespace reckoner {

inline constexpr std::uint32_t kBusinessDaysMax = 366;              // of a deadline
inline constexpr std::int64_t kBusinessDeadlineMinMs = 3'600'000;   // any deadline is at least so long after its record
inline constexpr std::int64_t kBusinessDeadlineDaysMax = 10 * 366;  // a deadline that would be later is there

class BusinessCalendar {
 public:
  // `weekend`: bit d = day d of the week, 0 = Monday; not all seven. `holidays` ascend.
  BusinessCalendar(std::string name, std::shared_ptr<const TimeZone> zone, std::uint32_t weekend, std::vector<std::int64_t> holidays);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool is_business_day(std::int64_t day) const;
  // Of the moment's day there; nullopt outside of the zone's years.
  [[nodiscard]] std::optional<bool> is_business_day_at(std::int64_t time_ms) const;
  // The last millisecond of the days-th business day behind the moment's day there; nullopt outside of the zone's years.
  [[nodiscard]] std::optional<std::int64_t> deadline(std::int64_t time_ms, std::uint32_t days) const;

 private:
  std::string name_;
  std::shared_ptr<const TimeZone> zone_;
  std::uint32_t weekend_;
  std::vector<std::int64_t> holidays_;
};

}  // namespace reckoner
