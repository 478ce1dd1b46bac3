#include "engine/time_text.hpp"

#include <chrono>

namespace reckoner {

namespace {

// Reads a text from its front; once something is missing, `ok` stays false.
struct TimeReader {
  std::string_view rest;
  bool ok = true;

  int number(std::size_t digits, int maximum) {
    int value = 0;
    ok = ok && rest.size() >= digits;
    for (std::size_t i = 0; ok && i < digits; ++i) {
      const char c = rest[i];
      ok = c >= '0' && c <= '9';
      value = value * 10 + (c - '0');
    }
    ok = ok && value <= maximum;
    if (ok) rest.remove_prefix(digits);
    return value;
  }

  bool take(std::string_view any_of) {
    if (!ok || rest.empty() || any_of.find(rest.front()) == std::string_view::npos) return false;
    rest.remove_prefix(1);
    return true;
  }

  void expect(std::string_view any_of) { ok = take(any_of); }

  // Milliseconds of ".25"; 0 when there is no fraction.
  int fraction() {
    if (!take(".")) return 0;
    int milliseconds = 0;
    int unit = 100;
    std::size_t digits = 0;
    for (; !rest.empty() && rest.front() >= '0' && rest.front() <= '9'; ++digits, unit /= 10) {
      milliseconds += (rest.front() - '0') * unit;
      rest.remove_prefix(1);
    }
    ok = ok && digits > 0;
    return milliseconds;
  }

  std::chrono::minutes offset() {
    if (take("Zz")) return {};
    const bool behind = !rest.empty() && rest.front() == '-';
    expect("+-");
    const int hours = number(2, 23);
    expect(":");
    const std::chrono::minutes ahead{hours * 60 + number(2, 59)};
    return behind ? -ahead : ahead;
  }
};

}  // namespace

std::optional<std::int64_t> parse_rfc3339(std::string_view text) {
  TimeReader reader{text};
  const std::chrono::year year{reader.number(4, 9999)};
  reader.expect("-");
  const std::chrono::month month{static_cast<unsigned>(reader.number(2, 12))};
  reader.expect("-");
  const std::chrono::day day{static_cast<unsigned>(reader.number(2, 31))};
  reader.expect("Tt");
  const std::chrono::hours hours{reader.number(2, 23)};
  reader.expect(":");
  const std::chrono::minutes minutes{reader.number(2, 59)};
  reader.expect(":");
  const std::chrono::seconds seconds{reader.number(2, 60)};
  const std::chrono::milliseconds fraction{reader.fraction()};
  const std::chrono::minutes offset = reader.offset();
  const std::chrono::year_month_day date{year, month, day};
  if (!reader.ok || !reader.rest.empty() || !date.ok()) return std::nullopt;

  const auto minute = std::chrono::sys_days{date} + hours + minutes - offset;
  const bool last_of_day = minute + std::chrono::minutes{1} == std::chrono::floor<std::chrono::days>(minute) + std::chrono::days{1};
  if (seconds.count() == 60 && !last_of_day) return std::nullopt;
  return (minute + seconds + fraction).time_since_epoch() / std::chrono::milliseconds{1};
}

}  // namespace reckoner
