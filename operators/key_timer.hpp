// An operator that sets timers. A key has one timer, so each such operator asks for the earliest of its own and those of the operators before
// it, which it is told of.
#pragma once

#include <cstddef>
#include <cstdint>

namespace reckoner {

class KeyTimer {
 public:
  virtual ~KeyTimer() = default;
  // When the key is to be looked at next, for this operator and those before it; kNothingDue = never.
  [[nodiscard]] virtual std::int64_t timer(const std::byte* record) const = 0;
};

}  // namespace reckoner
