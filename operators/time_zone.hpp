// Local time in a zone of the IANA database: offsets from UTC by instant, and a rule for all times behind the last of them (RFC 8536, footer).
// Leap seconds do not exist here, as in POSIX. A part of the rule set, read-only once made, so it may be shared by threads.
#pragma once

#include <cstdint>
#include <expected>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reckoner {

inline constexpr std::size_t kZoneTransitionsMax = 10'000;

// When daylight-saving time begins or ends in a year.
struct YearlyChange {
  enum class Form : std::uint8_t { kMonthWeekDay, kDayWithoutLeap, kDay };  // M3.5.0, J60, 59
  Form form = Form::kMonthWeekDay;
  int month = 1;      // 1..12
  int week = 1;       // 1..5; 5 = the last
  int day = 0;        // of the week, 0 = Sunday; or of the year: 1..365 without 29 February, 0..365 with it
  int time_s = 7200;  // of that day, in the local time before the change; -167 h..167 h
};

// "CET-1CEST,M3.5.0,M10.5.0/3": an offset, or two that take turns every year.
struct ZoneRule {
  std::int32_t offset_s = 0;  // east of Greenwich
  struct Daylight {
    std::int32_t offset_s = 0;
    YearlyChange begin;
    YearlyChange end;
  };
  std::optional<Daylight> daylight;
};
// As POSIX writes it in TZ; the error says what is wrong.
[[nodiscard]] std::expected<ZoneRule, std::string> parse_zone_rule(std::string_view text);

class TimeZone {
 public:
  struct Transition {
    std::int64_t at_s = 0;      // from this instant on, seconds since 1970
    std::int32_t offset_s = 0;  // east of Greenwich
  };
  // A time in which the offset stays: from `begin_s` on, no longer at `end_s`.
  struct Span {
    std::int64_t begin_s = std::numeric_limits<std::int64_t>::min();
    std::int64_t end_s = std::numeric_limits<std::int64_t>::max();
    std::int32_t offset_s = 0;
  };

  // Transitions ascend. `rule_text` holds behind the last of them; "" = its offset stays.
  [[nodiscard]] static std::expected<TimeZone, std::string> make(std::string name, std::int32_t first_offset_s, std::vector<Transition> transitions,
                                                                 std::string rule_text);

  // The form in which a rule set keeps a zone: offset, transitions, rule: "3208 -2422054408:3600 ...;CET-1CEST,M3.5.0,M10.5.0/3". A text without a
  // semicolon is a rule.
  [[nodiscard]] static std::expected<TimeZone, std::string> from_text(std::string name, std::string_view text);
  [[nodiscard]] std::string text() const;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Span span_at(std::int64_t time_s) const;
  // Milliseconds since 1970-01-01T00:00 as clocks there show it; nullopt outside of the years 1 to 9999.
  [[nodiscard]] std::optional<std::int64_t> local_ms(std::int64_t time_ms) const;
  // The first instant, in ms, at which clocks there show this day (counted from 1970-01-01) or a later one. Within the same years.
  [[nodiscard]] std::int64_t start_of_day(std::int64_t day) const;

 private:
  TimeZone() = default;
  [[nodiscard]] Span span_by_rule(std::int64_t time_s, std::int64_t from_s) const;

  std::string name_;
  std::int32_t first_offset_s_ = 0;
  std::vector<Transition> transitions_;
  std::string rule_text_;
  std::optional<ZoneRule> rule_;
};

}  // namespace reckoner
