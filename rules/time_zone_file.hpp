// A compiled zone of the IANA database, as in /usr/share/zoneinfo: TZif of version 2 and later (RFC 8536).
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "operators/time_zone.hpp"

namespace reckoner {

inline constexpr std::size_t kZoneFileBytesMax = 1U << 20U;

// The error says what is wrong with the bytes. Files with leap seconds ("right/") are refused: times here are POSIX times.
[[nodiscard]] std::expected<TimeZone, std::string> read_zone_file(std::string name, std::string_view bytes);

}  // namespace reckoner
