// Numbers as text -> exact 64-bit integers; no value passes through a float. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/record_block.hpp"

namespace reckoner {

// A number in JSON's grammar (RFC 8259 section 6), taken apart. Views into the token.
struct NumberText {
  bool negative = false;
  std::string_view integer;   // no leading zero but "0" itself
  std::string_view fraction;  // empty when there is no point
  std::int64_t exponent = 0;  // held within +-kExponentMax, beyond which no value but zero fits
  std::uint64_t digits = 0;   // integer and fraction as one number, modulo 2^64
};

inline constexpr std::int64_t kExponentMax = 4'000'000;  // more than the digits of the longest record

// Nothing when `token` as a whole is not a number.
[[nodiscard]] std::optional<NumberText> read_number(std::string_view token);

// A cell, or why there is none (code other than kNone).
struct ParsedCell {
  std::int64_t cell = 0;
  RejectCode code = RejectCode::kNone;
  [[nodiscard]] bool ok() const { return code == RejectCode::kNone; }
};

// The number times 10^scale: kBadNumber when that is not an integer (1.505 at scale 2; 1.500 is fine), kOutOfRange when it exceeds 64 bits.
[[nodiscard]] ParsedCell to_scaled_integer(const NumberText& number, int scale);

}  // namespace reckoner
