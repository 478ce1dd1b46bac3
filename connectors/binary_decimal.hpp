// Decimals as Kafka Connect writes them in JSON: base64 of the unscaled value, a big-endian two's complement of any length. Pure functions,
// any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace reckoner {

inline constexpr int kBinaryScaleMax = 1000;        // of PostgreSQL's numeric, about; beyond it the text would grow without bound
inline constexpr std::size_t kBinaryBytesMax = 16;  // 38 digits; a cell holds 18

// The bytes that `text` says in base64 (RFC 4648, padded); nothing when it is not that.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

// The value as a JSON number, "-0.01"; nothing when it has no bytes or more than kBinaryBytesMax, or the scale is not 0..kBinaryScaleMax.
[[nodiscard]] std::optional<std::string> binary_decimal_text(std::string_view bytes, int scale);

}  // namespace reckoner
