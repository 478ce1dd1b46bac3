// Port: wall and monotonic time. Nothing that a clock says may reach an output but through a decision record.
#pragma once

#include <cstdint>

namespace reckoner {

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual std::int64_t wall_ms() = 0;       // milliseconds since 1970
  [[nodiscard]] virtual std::int64_t monotonic_ns() = 0;  // for durations
  virtual void sleep_ms(std::int64_t milliseconds) = 0;
};

}  // namespace reckoner
