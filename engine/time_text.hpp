// Times as text -> milliseconds since 1970-01-01T00:00Z.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace reckoner {

// RFC 3339 date-time with an offset: 2026-01-01T12:00:00.250+02:00. Years 0000..9999; T and Z in either case. Digits below a millisecond
// are cut off (towards the past). A leap second (23:59:60 UTC) is the same instant as the second after it, as POSIX counts.
[[nodiscard]] std::optional<std::int64_t> parse_rfc3339(std::string_view text);

}  // namespace reckoner
