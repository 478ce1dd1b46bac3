// Time zones that the rule set brings, and calendars of business days.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "rules/compiler.hpp"
#include "rules/literals.hpp"

namespace reckoner {

namespace {

constexpr std::array<std::string_view, 7> kWeekdays{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
constexpr std::uint32_t kSaturdayAndSunday = 0b110'0000;
constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::size_t kDayLetters = 10;  // 2026-12-25

}  // namespace

void Compiler::compile_time_zones() {
  for (const ZoneDefinition& definition : rule_set_.time_zones) {
    std::expected<TimeZone, std::string> zone = TimeZone::from_text(definition.name.text, definition.text.text);
    if (zone)
      zones_.add(std::move(*zone));
    else
      add_finding(findings_, definition.text, DiagnosticCode::kBadZone, zone.error(), "write for example CET-1CEST,M3.5.0,M10.5.0/3");
  }
}

void Compiler::compile_calendars() {
  for (const CalendarDefinition& definition : rule_set_.calendars) {
    const std::string name = fmt::format("calendar.{}", definition.name.text);
    const std::shared_ptr<const BusinessCalendar> calendar = calendar_of(definition);
    Expression leaf;
    leaf.operation = Operation::kOfTime;
    if (calendar != nullptr) leaf.of_time = std::make_shared<const BusinessDay>(calendar);
    constants_.emplace(name, calendar != nullptr ? usable(std::move(leaf)) : broken());
    calendars_.emplace(definition.name.text, calendar);
  }
}

// Null after a finding.
std::shared_ptr<const BusinessCalendar> Compiler::calendar_of(const CalendarDefinition& definition) {
  const std::optional<std::uint32_t> weekend = weekend_of(definition);
  const std::optional<std::vector<std::int64_t>> holidays = holidays_of(definition);
  if (!definition.zone) return nullptr;
  const std::expected<std::shared_ptr<const TimeZone>, TimeZones::Fault> zone = zones_.find(definition.zone->text);
  if (!zone) add_finding(findings_, *definition.zone, DiagnosticCode::kBadZone, zone.error().text, zone.error().advice);
  if (!zone || !weekend || !holidays) return nullptr;
  return std::make_shared<const BusinessCalendar>(definition.name.text, *zone, *weekend, *holidays);
}

std::optional<std::uint32_t> Compiler::weekend_of(const CalendarDefinition& definition) {
  if (!definition.weekend) return kSaturdayAndSunday;
  std::uint32_t weekend = 0;
  bool valid = true;
  for (const Written& day : *definition.weekend) {
    const auto found = std::find(kWeekdays.begin(), kWeekdays.end(), day.text);
    valid = valid && found != kWeekdays.end();
    if (found == kWeekdays.end())
      add_finding(findings_, day, DiagnosticCode::kNotOneOf, fmt::format("'{}' is no day of the week", day.text),
                  name_advice(day.text, std::vector<std::string>(kWeekdays.begin(), kWeekdays.end())));
    else
      weekend |= 1U << static_cast<std::uint32_t>(found - kWeekdays.begin());
  }
  if (valid && weekend == 0b111'1111) {
    add_finding(findings_, definition.name, DiagnosticCode::kBadCalendar, "a week without a business day", "leave a day out of the weekend");
    valid = false;
  }
  if (!valid) return std::nullopt;
  return weekend;
}

// Days since 1970, ascending.
std::optional<std::vector<std::int64_t>> Compiler::holidays_of(const CalendarDefinition& definition) {
  std::vector<std::int64_t> days;
  if (!definition.holidays) return days;
  const std::optional<Expression> list = list_of(*definition.holidays);
  if (!list) return std::nullopt;
  for (const ListEntry& entry : list->list->entries()) {
    const std::optional<std::int64_t> time = entry.value.size() == kDayLetters ? parse_day_or_moment(entry.value) : std::nullopt;
    if (time) {
      days.push_back(*time / kDayMs);
      continue;
    }
    add_finding(findings_, *definition.holidays, DiagnosticCode::kBadCalendar,
                fmt::format("'{}' in {} is no day", entry.value, definition.holidays->text), "write days as 2026-12-25");
    return std::nullopt;
  }
  std::sort(days.begin(), days.end());
  return days;
}

// What an absence of this fact waits for, put into its pattern; false after a finding.
bool Compiler::set_business_days(const FactDefinition& definition, PatternPlan& pattern) {
  if (definition.business_days == 0 || !definition.calendar) return true;
  const auto found = calendars_.find(definition.calendar->text);
  if (found == calendars_.end()) {
    std::vector<std::string> names;
    names.reserve(calendars_.size());
    for (const auto& [name, calendar] : calendars_) names.push_back(name);
    add_finding(findings_, *definition.calendar, DiagnosticCode::kBadCalendar, fmt::format("no calendar is named '{}'", definition.calendar->text),
                name_advice(definition.calendar->text, names));
    return false;
  }
  pattern.calendar = found->second;
  pattern.business_days = definition.business_days;
  return found->second != nullptr;
}

}  // namespace reckoner
