// What one input's records look like: typed fields with their constraints, and which of them are the event time, the id and the amount.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/value_type.hpp"

namespace reckoner {

inline constexpr std::size_t kFieldsMax = 64;  // fields of one input: presence is one bit each in a 64-bit word
inline constexpr std::uint32_t kRecordBytesMax = 1U << 20U;
inline constexpr int kJsonDepthMax = 64;

enum class TimeFormat : std::uint8_t { kMilliseconds, kSeconds, kMicroseconds, kRfc3339, kNanoseconds, kDays };
enum class UnknownFields : std::uint8_t { kIgnore, kReject };

struct Field {
  std::string name;
  std::string path;  // member name in JSON (dots step into objects), column in CSV; the name unless the rule set says otherwise
  ValueType type;
  TimeFormat time_format = TimeFormat::kMilliseconds;
  bool required = false;                // absent or null is a reject
  std::optional<std::int64_t> minimum;  // inclusive, in the column's own unit
  std::optional<std::int64_t> maximum;  // inclusive
  std::string pattern;                  // RE2, whole value; empty = none
  std::uint32_t length_max = 256;       // bytes of a string
};

struct Schema {
  std::string input;  // name of the input
  std::uint32_t version = 1;
  std::vector<Field> fields;  // position = column
  UnknownFields unknown_fields = UnknownFields::kIgnore;
  std::size_t event_time = 0;         // column, of kind kTime, always required
  std::optional<std::size_t> id;      // column of the declared record id
  std::optional<std::size_t> amount;  // column whose sum the conservation report carries

  [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const;
};

}  // namespace reckoner
