// Functions of a moment that need more than arithmetic: parts of local time, business days. Read-only once made; shared by threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "operators/business_calendar.hpp"
#include "operators/time_zone.hpp"

namespace reckoner {

class TimeFunction {
 public:
  virtual ~TimeFunction() = default;
  // Of a time in ms; `choice`: the value of the expression's second argument, 0 without one. nullopt: not known.
  [[nodiscard]] virtual std::optional<std::int64_t> of(std::int64_t time_ms, std::int64_t choice) const = 0;
  // What it computes, for fingerprints: zones and calendars by their names, so that state stays when their data change.
  [[nodiscard]] virtual std::string text() const = 0;
  // The same as an expression, of arguments that are written so: "local_hour(at, 'Europe/Berlin')".
  [[nodiscard]] virtual std::string call(const std::vector<std::string>& arguments) const = 0;
};

enum class LocalPart : std::uint8_t {
  kHour,     // 0..23
  kMinute,   // 0..59
  kWeekday,  // 0 = Monday
  kDay,      // of the month, 1..31
  kMonth,    // 1..12
  kDate,     // 20261231
};
[[nodiscard]] std::string_view to_text(LocalPart part);

class LocalTime : public TimeFunction {
 public:
  // By `choice`; not empty.
  LocalTime(LocalPart part, std::vector<std::shared_ptr<const TimeZone>> zones) : part_(part), zones_(std::move(zones)) {}
  [[nodiscard]] std::optional<std::int64_t> of(std::int64_t time_ms, std::int64_t choice) const override;
  [[nodiscard]] std::string text() const override;
  [[nodiscard]] std::string call(const std::vector<std::string>& arguments) const override;

 private:
  LocalPart part_;
  std::vector<std::shared_ptr<const TimeZone>> zones_;
};

class BusinessDay : public TimeFunction {
 public:
  explicit BusinessDay(std::shared_ptr<const BusinessCalendar> calendar) : calendar_(std::move(calendar)) {}
  [[nodiscard]] std::optional<std::int64_t> of(std::int64_t time_ms, std::int64_t choice) const override;
  [[nodiscard]] std::string text() const override;
  [[nodiscard]] std::string call(const std::vector<std::string>& arguments) const override;
  [[nodiscard]] const std::shared_ptr<const BusinessCalendar>& calendar() const { return calendar_; }

 private:
  std::shared_ptr<const BusinessCalendar> calendar_;
};

}  // namespace reckoner
