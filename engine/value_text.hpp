// Numbers and texts as they stand in a row, written by pointer: for rows that ask for their room once. Each function returns where it ended.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/value_type.hpp"

namespace reckoner {

inline constexpr std::size_t kNumberBytes = 64;  // the most that a number takes, quotes included
inline constexpr std::size_t kEscapeBytes = 6;   // the most that a byte of text takes: "\u00xx"

char* write_integer(char* at, std::int64_t value);
char* write_decimal(char* at, std::int64_t unscaled, int scale);  // the whole part, a point, exactly `scale` digits
char* write_escaped(char* at, std::string_view text);

// A numeric value as a person reads it: decimals quoted.
char* write_number(char* at, const ValueType& type, std::int64_t value);

}  // namespace reckoner
