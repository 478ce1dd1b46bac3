// The types of values: what a field holds, what an expression yields. Every value but a string fits 64 bits: a bool is 0 or 1, a decimal
// or money its unscaled integer, an enum the index of its name, a time milliseconds since 1970-01-01T00:00Z, a duration milliseconds.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace reckoner {

enum class ValueKind : std::uint8_t { kBool, kInteger, kDecimal, kMoney, kString, kEnum, kTime, kDuration };

// Scales above this have too few digits left before the point in 64 bits.
inline constexpr int kScaleMax = 9;

struct ValueType {
  ValueKind kind = ValueKind::kBool;
  std::uint8_t scale = 0;                                 // kDecimal, kMoney: digits after the point, 0..kScaleMax
  std::array<char, 3> currency{};                         // kMoney: ISO 4217 letters
  std::shared_ptr<const std::vector<std::string>> names;  // kEnum: its names, position = code

  [[nodiscard]] bool is_numeric() const { return kind == ValueKind::kInteger || kind == ValueKind::kDecimal || kind == ValueKind::kMoney; }
  [[nodiscard]] std::string_view currency_text() const { return {currency.data(), currency.size()}; }
};

[[nodiscard]] bool operator==(const ValueType& left, const ValueType& right);

// As an analyst would write it: "decimal(2)", "money USD", "enum(pos, ecom)".
[[nodiscard]] std::string to_text(const ValueType& type);

// A value as an analyst would write it: "12.50", "12.50 USD", "pos", "2026-01-01T00:00:00.000Z", "5m". Strings are not handled here.
[[nodiscard]] std::string to_text(const ValueType& type, std::int64_t value);
// Those of milliseconds: "2026-01-01T00:00:00.000Z", UTC, and "1h30m".
[[nodiscard]] std::string time_text(std::int64_t time_ms);
[[nodiscard]] std::string duration_text(std::int64_t duration_ms);

}  // namespace reckoner
