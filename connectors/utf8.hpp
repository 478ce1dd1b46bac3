// Where a text stops being UTF-8, for messages. Whether it is UTF-8 is simdjson's to say, many times faster.
#pragma once

#include <cstddef>
#include <string_view>

namespace reckoner {

// Offset of the first byte that begins no well-formed sequence (Unicode 15, table 3-7); the size of `text` when all do.
[[nodiscard]] std::size_t find_invalid_utf8(std::string_view text);

}  // namespace reckoner
