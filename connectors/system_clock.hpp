// This machine's clocks behind the port of engine/clock.hpp. Thread-safe.
#pragma once

#include <cstdint>

#include "engine/clock.hpp"

namespace reckoner {

class SystemClock final : public Clock {
 public:
  [[nodiscard]] std::int64_t wall_ms() override;
  [[nodiscard]] std::int64_t monotonic_ns() override;  // from an unspecified start; stands still while the machine sleeps
  void sleep_ms(std::int64_t milliseconds) override;   // returns at once when not positive
};

}  // namespace reckoner
