#include "rules/literals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>

#include "engine/time_text.hpp"
#include "engine/value_type.hpp"

namespace reckoner {

namespace {

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }
bool is_letter(char letter) { return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z'); }

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter; });
  return result;
}

std::unexpected<std::string> wrong(std::string text) { return std::unexpected(std::move(text)); }

// What kind of number another language would see in a text that is none of ours; empty when it is not like a number at all.
std::string foreign_number(std::string_view text) {
  std::string_view digits = text;
  if (!digits.empty() && (digits[0] == '-' || digits[0] == '+')) digits.remove_prefix(1);
  if (digits.empty() || !(is_digit(digits[0]) || (digits[0] == '.' && digits.size() > 1 && is_digit(digits[1])))) return {};
  const std::string small = lower(digits);
  const auto only = [&](std::string_view allowed) { return small.find_first_not_of(allowed) == std::string::npos; };
  if (small.starts_with("0x") || small.starts_with("0o") || small.starts_with("0b")) return "is a number in another base to some readers";
  if (small.find('_') != std::string::npos && only("0123456789_.")) return "has a separator in a number";
  if (small.find(',') != std::string::npos && only("0123456789,.")) return "has a separator in a number";
  if (small.find(':') != std::string::npos && only("0123456789:.")) return "is a number of base 60 to some readers";
  if (small.size() > 1 && small[0] == '0' && is_digit(small[1]) && only("0123456789.")) return "has a leading zero, an octal number to some readers";
  if (small.find('e') != std::string::npos && only("0123456789.e+-")) return "has an exponent";
  if ((small[0] == '.' || small.back() == '.') && only("0123456789.") && std::count(small.begin(), small.end(), '.') == 1)
    return "lacks a digit beside the point";
  if (text[0] == '+' && only("0123456789.")) return "has a plus sign";
  return {};
}

// Functions are no such words: a name is one only before a parenthesis. Nor are "param" and "score", which come with a point.
constexpr std::array<std::string_view, 9> kReservedWords{"and", "or", "not", "in", "is", "true", "false", "null", "unknown"};

}  // namespace

Parsed<ExactNumber> parse_number(std::string_view text) {
  if (const std::string foreign = foreign_number(text); !foreign.empty()) return wrong(fmt::format("'{}' {}", text, foreign));
  std::string_view rest = text;
  const bool negative = !rest.empty() && rest[0] == '-';
  if (negative) rest.remove_prefix(1);
  std::uint64_t digits = 0;
  int scale = 0;
  bool point = false;
  bool any = false;
  for (const char letter : rest) {
    if (letter == '.' && !point && any) {
      point = true;
      continue;
    }
    if (!is_digit(letter)) return wrong(fmt::format("'{}' is not a number", text));
    any = true;
    if (point && ++scale > kScaleMax) return wrong(fmt::format("'{}' has more than {} digits after the point", text, kScaleMax));
    if (__builtin_mul_overflow(digits, std::uint64_t{10}, &digits) ||
        __builtin_add_overflow(digits, static_cast<std::uint64_t>(letter - '0'), &digits) ||
        digits > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return wrong(fmt::format("'{}' does not fit in 64 bits", text));
    }
  }
  if (!any || (point && scale == 0)) return wrong(fmt::format("'{}' is not a number", text));
  const auto value = static_cast<std::int64_t>(digits);
  return ExactNumber{negative ? -value : value, static_cast<std::uint8_t>(scale)};
}

std::optional<std::int64_t> rescale_exactly(ExactNumber number, int scale) {
  std::int64_t value = number.unscaled;
  for (int at = number.scale; at < scale; ++at) {
    if (__builtin_mul_overflow(value, std::int64_t{10}, &value)) return std::nullopt;
  }
  for (int at = number.scale; at > scale; --at) {
    if (value % 10 != 0) return std::nullopt;
    value /= 10;
  }
  return value;
}

ExactNumber trimmed(ExactNumber number) {
  while (number.scale > 0 && number.unscaled % 10 == 0) {
    number.unscaled /= 10;
    --number.scale;
  }
  return number;
}

Parsed<std::int64_t> parse_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    std::int64_t milliseconds;
  };
  static constexpr std::array<Unit, 5> kUnits{{{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
  if (const std::string foreign = foreign_number(text); !foreign.empty()) return wrong(fmt::format("'{}' {}", text, foreign));
  std::int64_t total = 0;
  std::size_t next_unit = 0;
  std::string_view rest = text;
  if (rest.empty()) return wrong("an empty duration");
  while (!rest.empty()) {
    const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    const std::size_t letters = std::min(rest.find_first_of("0123456789", digits), rest.size()) - digits;
    const std::string_view name = rest.substr(digits, letters);
    const auto* unit = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& one) { return one.name == name; });
    if (digits == 0 || unit == kUnits.end()) return wrong(fmt::format("'{}' is not a duration", text));
    const auto position = static_cast<std::size_t>(unit - kUnits.begin());
    if (position < next_unit) return wrong(fmt::format("'{}' is not a duration: its units do not descend", text));
    next_unit = position + 1;
    const Parsed<ExactNumber> number = parse_number(rest.substr(0, digits));
    if (!number) return wrong(fmt::format("'{}' is not a duration", text));
    std::int64_t part = 0;
    if (__builtin_mul_overflow(number->unscaled, unit->milliseconds, &part) || __builtin_add_overflow(total, part, &total) ||
        total > kDurationMaxMs) {
      return wrong(fmt::format("'{}' is longer than ten years", text));
    }
    rest.remove_prefix(digits + letters);
  }
  return total;
}

Parsed<std::uint64_t> parse_size(std::string_view text) {
  struct Unit {
    std::string_view name;
    std::uint64_t bytes;
  };
  static constexpr std::array<Unit, 5> kUnits{{{"B", 1}, {"KiB", 1ULL << 10U}, {"MiB", 1ULL << 20U}, {"GiB", 1ULL << 30U}, {"TiB", 1ULL << 40U}}};
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto* unit = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& one) { return one.name == text.substr(digits); });
  const Parsed<ExactNumber> number = parse_number(text.substr(0, digits));
  std::uint64_t bytes = 0;
  if (!number || unit == kUnits.end() || __builtin_mul_overflow(static_cast<std::uint64_t>(number->unscaled), unit->bytes, &bytes)) {
    return wrong(fmt::format("'{}' is not a size", text));
  }
  return bytes;
}

std::string plain_text_surprise(std::string_view text) {
  const std::string small = lower(text);
  for (const std::string_view word : {"y", "n", "yes", "no", "on", "off", "true", "false"}) {
    if (small == word) return fmt::format("'{}' is a boolean to many YAML readers", text);
  }
  for (const std::string_view word : {"~", "null", ".inf", "-.inf", "+.inf", ".nan"}) {
    if (small == word) return fmt::format("'{}' is not a text to YAML readers", text);
  }
  if (const std::string foreign = foreign_number(text); !foreign.empty()) return fmt::format("'{}' {}", text, foreign);
  if (parse_number(text)) return fmt::format("'{}' is a number to YAML readers", text);
  return {};
}

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > 64 || !is_letter(text[0])) return false;
  return std::all_of(text.begin(), text.end(), [](char letter) { return is_letter(letter) || is_digit(letter) || letter == '_'; });
}

std::optional<std::int64_t> parse_day_or_moment(std::string_view text) {
  constexpr std::size_t kDayLetters = 10;
  return parse_rfc3339(text.size() == kDayLetters ? std::string(text) + "T00:00:00Z" : std::string(text));
}

bool is_reserved_word(std::string_view text) { return std::find(kReservedWords.begin(), kReservedWords.end(), text) != kReservedWords.end(); }

}  // namespace reckoner
