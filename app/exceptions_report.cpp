#include "app/exceptions_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "app/row_text.hpp"

namespace reckoner {

namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kWeekMs = 7 * kDayMs;
constexpr std::int64_t kThursdayToMonday = 3 * kDayMs;  // 1970-01-01 was a Thursday

std::int64_t week_of(std::int64_t time_ms) {
  const std::int64_t since_monday = time_ms + kThursdayToMonday;
  const std::int64_t weeks = since_monday >= 0 ? since_monday / kWeekMs : -((-since_monday + kWeekMs - 1) / kWeekMs);
  return weeks * kWeekMs - kThursdayToMonday;
}

std::string day_text(std::int64_t time_ms) {
  constexpr std::size_t kDayLetters = 10;
  return time_text(time_ms).substr(0, kDayLetters);
}

}  // namespace

ExceptionsReport::ExceptionsReport(const Plan& plan) : plan_(plan), newest_ms_(std::numeric_limits<std::int64_t>::min()) {
  for (const KeyPlan& key : plan.keys) {
    for (const RulePlan& rule : key.rules) key_of_rule_.emplace(rule.id, &key);
  }
}

void ExceptionsReport::add(std::string_view alert_row) {
  const std::string written = text_in_row(alert_row, "event_time").value_or("");
  std::int64_t time_ms = 0;
  std::from_chars(written.data(), written.data() + written.size(), time_ms);
  newest_ms_ = std::max(newest_ms_, time_ms);
  const std::optional<std::string> exception = text_in_row(alert_row, "hidden_by");
  if (!exception) return;
  const std::string rule = text_in_row(alert_row, "rule").value_or("");
  Hidden& hidden = hidden_[*exception][{week_of(time_ms), rule}];
  ++hidden.hits;
  const auto found = key_of_rule_.find(rule);
  std::string key;
  for (const std::string& name : found == key_of_rule_.end() ? std::vector<std::string>{} : found->second->by)
    key += text_in_row(alert_row, name).value_or("") + '\0';
  hidden.keys.insert(std::move(key));
}

std::string ExceptionsReport::standing(const ExceptionPlan& exception) const {
  return fmt::format("from {} until {}{}", day_text(exception.from_ms), day_text(exception.until_ms),
                     newest_ms_ >= exception.until_ms ? ", over" : "");
}

std::string ExceptionsReport::text() const {
  std::string text;
  std::set<std::string> known;
  const auto add_weeks = [&](const std::string& id) {
    const auto found = hidden_.find(id);
    if (found == hidden_.end()) {
      text += "  hid nothing\n";
      return;
    }
    for (const auto& [week, hidden] : found->second)
      text += fmt::format("  week of {}  {:<20} {:>8} hits of {} keys\n", day_text(week.first), week.second, hidden.hits, hidden.keys.size());
  };
  for (const ExceptionPlan& exception : plan_.exceptions) {
    known.insert(exception.id);
    text += fmt::format("{}: {} ({}), {}\n", exception.id, exception.reason, exception.owner, standing(exception));
    add_weeks(exception.id);
  }
  for (const auto& [id, weeks] : hidden_) {
    if (known.contains(id)) continue;
    text += fmt::format("{}: no longer in the rule set\n", id);
    add_weeks(id);
  }
  return text.empty() ? "the rule set has no exceptions\n" : text;
}

}  // namespace reckoner
