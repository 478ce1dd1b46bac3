#include "operators/time_zone.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "engine/check.hpp"
#include "operators/arithmetic.hpp"

namespace reckoner {

namespace {

constexpr std::int64_t kDayS = 86'400;
constexpr std::int64_t kFirstS = -62'135'596'800;  // 0001-01-01
constexpr std::int64_t kLastS = 253'402'300'799;   // 9999-12-31T23:59:59
constexpr std::int32_t kOffsetMaxS = 25 * 3600;

std::int64_t day_number(std::chrono::sys_days date) { return date.time_since_epoch().count(); }

int year_of(std::int64_t time_s) {
  const auto day = std::chrono::floor<std::chrono::days>(std::chrono::seconds(time_s));
  return static_cast<int>(std::chrono::year_month_day(std::chrono::sys_days(day)).year());
}

// The instant of a change in a year, for clocks that are `offset_s` ahead until then.
std::int64_t instant_of(const YearlyChange& change, int year, std::int32_t offset_s) {
  const std::chrono::year y(year);
  std::int64_t day = 0;
  if (change.form == YearlyChange::Form::kMonthWeekDay) {
    const auto m = std::chrono::month(static_cast<unsigned>(change.month));
    const auto w = std::chrono::weekday(static_cast<unsigned>(change.day));
    day = change.week == 5 ? day_number(y / m / w[std::chrono::last]) : day_number(y / m / w[static_cast<unsigned>(change.week)]);
  } else {
    const bool skips = change.form == YearlyChange::Form::kDayWithoutLeap && y.is_leap() && change.day >= 60;
    const int of_year = change.form == YearlyChange::Form::kDay ? change.day : change.day - 1;
    day = day_number(y / std::chrono::January / 1) + of_year + (skips ? 1 : 0);
  }
  return day * kDayS + change.time_s - offset_s;
}

// Reads a rule from its front; once something is missing, `ok` stays false.
struct RuleReader {
  std::string_view rest;
  bool ok = true;

  bool take(char letter) {
    if (rest.empty() || rest.front() != letter) return false;
    rest.remove_prefix(1);
    return true;
  }

  int number(int low, int high) {
    int value = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    ok = ok && error == std::errc() && value >= low && value <= high && !rest.starts_with('-');
    if (ok) rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    return value;
  }

  // "CET", "<+0330>"
  void name() {
    const auto is_letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
    const bool quoted = take('<');
    std::size_t length = 0;
    while (length < rest.size() && (quoted ? rest[length] != '>' : is_letter(rest[length]))) ++length;
    ok = ok && length >= 3 && (!quoted || length < rest.size());
    if (ok) rest.remove_prefix(length + (quoted ? 1 : 0));
  }

  // "[+-]hh[:mm[:ss]]" in seconds
  int seconds_of(int hours_max) {
    const bool negative = take('-');
    if (!negative) take('+');
    int seconds = number(0, hours_max) * 3600;
    if (ok && take(':')) seconds += number(0, 59) * 60;
    if (ok && take(':')) seconds += number(0, 59);
    return negative ? -seconds : seconds;
  }

  YearlyChange change() {
    constexpr int kHoursMax = 167;
    YearlyChange change;
    if (take('M')) {
      change.month = number(1, 12);
      ok = ok && take('.');
      change.week = number(1, 5);
      ok = ok && take('.');
      change.day = number(0, 6);
    } else {
      change.form = take('J') ? YearlyChange::Form::kDayWithoutLeap : YearlyChange::Form::kDay;
      change.day = change.form == YearlyChange::Form::kDay ? number(0, 365) : number(1, 365);
    }
    if (ok && take('/')) change.time_s = seconds_of(kHoursMax);
    return change;
  }
};

}  // namespace

std::expected<ZoneRule, std::string> parse_zone_rule(std::string_view text) {
  constexpr int kOffsetHoursMax = 24;
  RuleReader reader{text};
  ZoneRule rule;
  reader.name();
  rule.offset_s = -reader.seconds_of(kOffsetHoursMax);  // POSIX counts westwards
  if (reader.ok && !reader.rest.empty()) {
    ZoneRule::Daylight daylight;
    reader.name();
    daylight.offset_s = reader.ok && !reader.rest.starts_with(',') ? -reader.seconds_of(kOffsetHoursMax) : rule.offset_s + 3600;
    reader.ok = reader.ok && reader.take(',');
    daylight.begin = reader.change();
    reader.ok = reader.ok && reader.take(',');
    daylight.end = reader.change();
    rule.daylight = daylight;
  }
  if (!reader.ok || !reader.rest.empty())
    return std::unexpected(fmt::format("'{}' is no rule of a zone as POSIX writes it, at byte {}", text, text.size() - reader.rest.size()));
  return rule;
}

std::expected<TimeZone, std::string> TimeZone::make(std::string name, std::int32_t first_offset_s, std::vector<Transition> transitions,
                                                    std::string rule_text) {
  TimeZone zone;
  zone.name_ = std::move(name);
  zone.first_offset_s_ = first_offset_s;
  const auto is_odd = [](std::int32_t offset_s) { return offset_s < -kOffsetMaxS || offset_s > kOffsetMaxS; };
  if (is_odd(first_offset_s)) return std::unexpected("an offset of more than a day");
  std::int32_t last = first_offset_s;
  for (std::size_t i = 0; i < transitions.size(); ++i) {
    if (i > 0 && transitions[i].at_s <= transitions[i - 1].at_s) return std::unexpected("transitions that do not ascend");
    if (is_odd(transitions[i].offset_s)) return std::unexpected("an offset of more than a day");
    if (transitions[i].offset_s != last) zone.transitions_.push_back(transitions[i]);  // others change a name alone
    last = transitions[i].offset_s;
  }
  if (zone.transitions_.size() > kZoneTransitionsMax) return std::unexpected(fmt::format("more than {} transitions", kZoneTransitionsMax));
  if (!rule_text.empty()) {
    std::expected<ZoneRule, std::string> rule = parse_zone_rule(rule_text);
    if (!rule) return std::unexpected(std::move(rule.error()));
    zone.rule_ = *rule;
  }
  zone.rule_text_ = std::move(rule_text);
  return zone;
}

std::expected<TimeZone, std::string> TimeZone::from_text(std::string name, std::string_view text) {
  const std::size_t semicolon = text.find(';');
  if (semicolon == std::string_view::npos) {
    std::expected<ZoneRule, std::string> rule = parse_zone_rule(text);
    if (!rule) return std::unexpected(std::move(rule.error()));
    return make(std::move(name), rule->offset_s, {}, std::string(text));
  }
  std::string_view rest = text.substr(0, semicolon);
  std::int32_t first = 0;
  std::vector<Transition> transitions;
  bool ok = true;
  const auto take = [&](auto& value) {
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    ok = ok && error == std::errc();
    rest.remove_prefix(ok ? static_cast<std::size_t>(end - rest.data()) : rest.size());
  };
  const auto expect = [&](char letter) {
    ok = ok && rest.starts_with(letter);
    rest.remove_prefix(ok ? 1 : rest.size());
  };
  take(first);
  while (ok && !rest.empty()) {
    Transition transition;
    expect(' ');
    take(transition.at_s);
    expect(':');
    take(transition.offset_s);
    transitions.push_back(transition);
  }
  if (!ok) return std::unexpected("a zone is OFFSET AT:OFFSET AT:OFFSET ...;RULE, in seconds, or a rule alone");
  return make(std::move(name), first, std::move(transitions), std::string(text.substr(semicolon + 1)));
}

std::string TimeZone::text() const {
  std::string text = fmt::format("{}", first_offset_s_);
  for (const Transition& transition : transitions_) text += fmt::format(" {}:{}", transition.at_s, transition.offset_s);
  return text + ";" + rule_text_;
}

// The yearly changes around the time; `from_s`: where the rule begins.
TimeZone::Span TimeZone::span_by_rule(std::int64_t time_s, std::int64_t from_s) const {
  RECKONER_CHECK(rule_.has_value(), "zone {} without a rule", name_);
  Span span{from_s, std::numeric_limits<std::int64_t>::max(), rule_->offset_s};
  if (!rule_->daylight) return span;
  const ZoneRule::Daylight& daylight = *rule_->daylight;
  std::array<Transition, 6> changes;
  std::size_t count = 0;
  for (int year = year_of(time_s) - 1; count < changes.size(); ++year) {
    changes[count++] = {instant_of(daylight.begin, year, rule_->offset_s), daylight.offset_s};
    changes[count++] = {instant_of(daylight.end, year, daylight.offset_s), rule_->offset_s};
  }
  std::stable_sort(changes.begin(), changes.end(), [](const Transition& left, const Transition& right) { return left.at_s < right.at_s; });
  const auto* after =
      std::upper_bound(changes.begin(), changes.end(), time_s, [](std::int64_t time, const Transition& one) { return time < one.at_s; });
  RECKONER_CHECK(after != changes.begin() && after != changes.end(), "the changes of zone {} around {}", name_, time_s);
  return {std::max(from_s, (after - 1)->at_s), after->at_s, (after - 1)->offset_s};
}

TimeZone::Span TimeZone::span_at(std::int64_t time_s) const {
  const auto after =
      std::upper_bound(transitions_.begin(), transitions_.end(), time_s, [](std::int64_t time, const Transition& one) { return time < one.at_s; });
  const bool is_first = after == transitions_.begin();
  if (after == transitions_.end() && rule_ && time_s >= kFirstS && time_s <= kLastS)
    return span_by_rule(time_s, is_first ? std::numeric_limits<std::int64_t>::min() : (after - 1)->at_s);
  Span span;
  span.offset_s = is_first ? first_offset_s_ : (after - 1)->offset_s;
  if (!is_first) span.begin_s = (after - 1)->at_s;
  if (after != transitions_.end()) span.end_s = after->at_s;
  return span;
}

std::optional<std::int64_t> TimeZone::local_ms(std::int64_t time_ms) const {
  std::int64_t time_s = 0;
  if (!divide_floor(time_ms, 1000, time_s) || time_s < kFirstS + kDayS || time_s > kLastS - kDayS) return std::nullopt;
  return time_ms + std::int64_t{span_at(time_s).offset_s} * 1000;
}

std::int64_t TimeZone::start_of_day(std::int64_t day) const {
  const std::int64_t midnight = day * kDayS;
  RECKONER_CHECK(midnight > kFirstS + 3 * kDayS && midnight < kLastS - 3 * kDayS, "day {}", day);
  // Clocks are at most a day off, so that the first span in which they can show the day is near.
  std::int64_t at = midnight - 2 * kDayS;
  while (true) {
    const Span span = span_at(at);
    const std::int64_t first = std::max(at, midnight - span.offset_s);
    if (first < span.end_s) return first * 1000;
    at = span.end_s;
  }
}

}  // namespace reckoner
