// Numbers and times as people read them in tables.
#pragma once

#include <cstdint>
#include <string>

#include "engine/value_type.hpp"

namespace reckoner {

// 1234567 is "1,234,567".
[[nodiscard]] inline std::string with_commas(std::uint64_t value) {
  std::string text = std::to_string(value);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

// "2026-01-14 03:12", UTC.
[[nodiscard]] inline std::string minute_text(std::int64_t time_ms) {
  std::string text = time_text(time_ms);
  const std::size_t day_end = text.find('T');
  text.resize(day_end + 6);
  text[day_end] = ' ';
  return text;
}

}  // namespace reckoner
