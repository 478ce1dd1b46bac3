#include "engine/value_type.hpp"

#include <fmt/format.h>

#include "engine/check.hpp"

namespace reckoner {

namespace {

constexpr std::int64_t kMillisecondsPerDay = 86'400'000;

std::uint64_t magnitude(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  return value < 0 ? 0 - bits : bits;
}

std::string_view sign(std::int64_t value) { return value < 0 ? "-" : ""; }

std::string decimal_text(std::int64_t value, int scale) {
  RECKONER_CHECK(scale >= 0 && scale <= kScaleMax, "scale {}", scale);
  if (scale == 0) return fmt::format("{}", value);
  std::uint64_t unit = 1;
  for (int digit = 0; digit < scale; ++digit) unit *= 10;
  const std::uint64_t digits = magnitude(value);
  return fmt::format("{}{}.{:0{}}", sign(value), digits / unit, digits % unit, scale);
}

struct Date {
  std::int64_t year = 0;
  unsigned month = 0;
  unsigned day = 0;
};

// Days since 1970-01-01 -> proleptic Gregorian date; Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
Date date_of(std::int64_t days) {
  const std::int64_t shifted = days + 719'468;  // days since 0000-03-01
  const std::int64_t era = (shifted >= 0 ? shifted : shifted - 146'096) / 146'097;
  const auto day_of_era = static_cast<unsigned>(shifted - era * 146'097);
  const unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned month_from_march = (5 * day_of_year + 2) / 153;
  const unsigned month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  const std::int64_t year = static_cast<std::int64_t>(year_of_era) + era * 400 + (month <= 2 ? 1 : 0);
  return {year, month, day_of_year - (153 * month_from_march + 2) / 5 + 1};
}

std::string enum_name(const ValueType& type, std::int64_t value) {
  RECKONER_CHECK(type.names != nullptr, "an enum without names");
  RECKONER_CHECK(value >= 0 && static_cast<std::uint64_t>(value) < type.names->size(), "enum code {} of {} names", value, type.names->size());
  return (*type.names)[static_cast<std::size_t>(value)];
}

bool same_names(const ValueType& left, const ValueType& right) {
  if (left.names == right.names) return true;
  return left.names != nullptr && right.names != nullptr && *left.names == *right.names;
}

}  // namespace

std::string time_text(std::int64_t time_ms) {
  std::int64_t days = time_ms / kMillisecondsPerDay;
  std::int64_t rest = time_ms % kMillisecondsPerDay;
  if (rest < 0) {
    rest += kMillisecondsPerDay;
    --days;
  }
  const Date date = date_of(days);
  return fmt::format("{}{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", sign(date.year), magnitude(date.year), date.month, date.day, rest / 3'600'000,
                     rest / 60'000 % 60, rest / 1000 % 60, rest % 1000);
}

std::string duration_text(std::int64_t duration_ms) {
  struct Unit {
    std::string_view name;
    std::uint64_t milliseconds;
  };
  static constexpr std::array<Unit, 5> kUnits{{{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
  std::uint64_t rest = magnitude(duration_ms);
  if (rest == 0) return "0s";
  std::string text(sign(duration_ms));
  for (const Unit& unit : kUnits) {
    if (rest >= unit.milliseconds) text += fmt::format("{}{}", rest / unit.milliseconds, unit.name);
    rest %= unit.milliseconds;
  }
  return text;
}

bool operator==(const ValueType& left, const ValueType& right) {
  if (left.kind != right.kind) return false;
  switch (left.kind) {
    case ValueKind::kDecimal:
      return left.scale == right.scale;
    case ValueKind::kMoney:
      return left.scale == right.scale && left.currency == right.currency;
    case ValueKind::kEnum:
      return same_names(left, right);
    case ValueKind::kBool:
    case ValueKind::kInteger:
    case ValueKind::kString:
    case ValueKind::kTime:
    case ValueKind::kDuration:
      return true;
  }
  RECKONER_UNREACHABLE("a ValueKind outside its enumerators");
}

std::string to_text(const ValueType& type) {
  switch (type.kind) {
    case ValueKind::kBool:
      return "bool";
    case ValueKind::kInteger:
      return "integer";
    case ValueKind::kDecimal:
      return fmt::format("decimal({})", type.scale);
    case ValueKind::kMoney:
      return fmt::format("money {}", type.currency_text());
    case ValueKind::kString:
      return "string";
    case ValueKind::kEnum:
      return type.names == nullptr ? "enum()" : fmt::format("enum({})", fmt::join(*type.names, ", "));
    case ValueKind::kTime:
      return "time";
    case ValueKind::kDuration:
      return "duration";
  }
  RECKONER_UNREACHABLE("a ValueKind outside its enumerators");
}

std::string to_text(const ValueType& type, std::int64_t value) {
  switch (type.kind) {
    case ValueKind::kBool:
      return value == 0 ? "false" : "true";
    case ValueKind::kInteger:
      return fmt::format("{}", value);
    case ValueKind::kDecimal:
      return decimal_text(value, type.scale);
    case ValueKind::kMoney:
      return fmt::format("{} {}", decimal_text(value, type.scale), type.currency_text());
    case ValueKind::kEnum:
      return enum_name(type, value);
    case ValueKind::kTime:
      return time_text(value);
    case ValueKind::kDuration:
      return duration_text(value);
    case ValueKind::kString:
      RECKONER_UNREACHABLE("a string has no value without its block");
  }
  RECKONER_UNREACHABLE("a ValueKind outside its enumerators");
}

}  // namespace reckoner
