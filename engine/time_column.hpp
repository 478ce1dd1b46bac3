// Which column of an output's rows holds their event time.
#pragma once

#include <string_view>

#include "engine/outputs.hpp"

namespace reckoner {

// In milliseconds, by which readers put the rows of several shards in order; "" = the output's rows have no time.
[[nodiscard]] constexpr std::string_view time_column(OutputId output) {
  switch (output) {
    case OutputId::kTotals:
      return "window_end";
    case OutputId::kDeadLetters:
      return "";
    case OutputId::kScores:
    case OutputId::kAlerts:
    case OutputId::kLate:
    case OutputId::kDuplicates:
      return "event_time";
  }
  return "";
}

}  // namespace reckoner
