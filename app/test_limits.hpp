// What a rule set's limits kept its rules from looking at in a test, so that no verdict rests on it unseen.
#pragma once

#include <string>
#include <vector>

#include "app/test_file.hpp"
#include "engine/shard.hpp"
#include "operators/build.hpp"
#include "operators/plan.hpp"

namespace reckoner {

struct LimitsReached {
  LimitCounts counts;
  std::vector<std::string> lines;  // one for each key, rule, score and fact
};

// Of a job of one shard since it was created, as far as the plan's rules are concerned: the job may have further ones behind them.
[[nodiscard]] LimitsReached limits_reached(const Plan& plan, const Shard& shard, const std::vector<BuiltKeySpace>& spaces);

}  // namespace reckoner
