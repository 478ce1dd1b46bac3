// Numbers, durations and sizes as analysts write them, read exactly. Shared by YAML values and expressions, so that both refuse the same.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace reckoner {

inline constexpr std::int64_t kDurationMaxMs = 3653LL * 86'400'000;  // ten years

// value = unscaled / 10^scale
struct ExactNumber {
  std::int64_t unscaled = 0;
  std::uint8_t scale = 0;
};

template <typename T>
using Parsed = std::expected<T, std::string>;  // or what is wrong with the text

// "12", "-3", "12.50". No leading zeros, exponents, separators, hexadecimal or lone points; at most kScaleMax digits after the point.
[[nodiscard]] Parsed<ExactNumber> parse_number(std::string_view text);

// The number with another scale, when that is exact and fits.
[[nodiscard]] std::optional<std::int64_t> rescale_exactly(ExactNumber number, int scale);

// Without zeros at the end of its fraction.
[[nodiscard]] ExactNumber trimmed(ExactNumber number);

// "90s", "1h30m": whole numbers with units d, h, m, s, ms in descending order; at most kDurationMaxMs.
[[nodiscard]] Parsed<std::int64_t> parse_duration(std::string_view text);

// "256MiB", "64KiB", "2GiB" in bytes.
[[nodiscard]] Parsed<std::uint64_t> parse_size(std::string_view text);

// "2026-12-31", which is its begin in UTC, or RFC 3339: milliseconds since 1970.
[[nodiscard]] std::optional<std::int64_t> parse_day_or_moment(std::string_view text);

// Why a plain YAML scalar is not the text it looks like: "no" is a boolean to many readers, "017" a number. Empty when it is harmless.
[[nodiscard]] std::string plain_text_surprise(std::string_view text);

// A letter, then letters, digits and _; at most 64 bytes.
[[nodiscard]] bool is_name(std::string_view text);

// A word of the expression language.
[[nodiscard]] bool is_reserved_word(std::string_view text);

}  // namespace reckoner
