// Port: what a running job is to decide by from now on, when people changed it. The job takes a change between two epochs; the hash in the decision
// records of those that follow tells a replay which is which.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "engine/error.hpp"

namespace reckoner {

struct RuleSetChange {
  std::uint64_t plan_hash = 0;
  std::function<void()> take;  // makes it so, once, while no shard is at work
};

class RuleSetWatch {
 public:
  virtual ~RuleSetWatch() = default;

  // Called often, by the job's thread, which it does not hold up; a change is given once, when it was found to be in order and is kept for replays.
  [[nodiscard]] virtual Result<std::optional<RuleSetChange>> look(std::int64_t now_ns) = 0;
};

}  // namespace reckoner
