// Rule set -> plan: resolves names, checks types and keys, finds equal facts, orders them, works out what each input must decode.
#pragma once

#include <optional>

#include "operators/plan.hpp"
#include "rules/rule_set.hpp"
#include "rules/rule_set_names.hpp"
#include "rules/time_zones.hpp"

namespace reckoner {

inline constexpr std::size_t kFactLevelsMax = 32;  // a fact used in a fact used in a fact ...
inline constexpr std::size_t kSentenceValuesMax = 32;

// Empty when findings were added, now or while the rule set was read. Plan::hash is left to who resolves the rule set; `zones` has the time zones
// that were asked for afterwards; `names` is filled when there is a plan.
[[nodiscard]] std::optional<Plan> compile(const RuleSet& rule_set, TimeZones& zones, Findings& findings, RuleSetNames& names);

}  // namespace reckoner
