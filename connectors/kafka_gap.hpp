// Offsets of a topic's partition that were gone before the job read them, and that somebody said it is to go on without. Kept in the job's log, so
// that whoever executes it again passes over the same.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.hpp"

namespace reckoner {

struct AcceptedGap {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t from = 0;  // first and last offset that is gone
  std::int64_t to = 0;
  std::string reason;  // as it was given
  friend bool operator==(const AcceptedGap&, const AcceptedGap&) = default;
};

// TOPIC/PARTITION:FROM-TO
[[nodiscard]] std::string range_text(const AcceptedGap& gap);
// The same form, without a reason. kConfiguration, with the form, when it is another.
[[nodiscard]] Result<AcceptedGap> parse_range(std::string_view text);

// The stored form (docs/formats.md).
[[nodiscard]] std::string encode(const std::vector<AcceptedGap>& gaps);
[[nodiscard]] Result<std::vector<AcceptedGap>> decode_gaps(std::string_view bytes);

}  // namespace reckoner
