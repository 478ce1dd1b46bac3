// Rule set -> plan: resolves names, checks types and keys, finds equal facts, orders them, works out what each input must decode.
#pragma once

#include <optional>
#include <string_view>

#include "operators/plan.hpp"
#include "rules/rule_set.hpp"
#include "rules/rule_set_names.hpp"

namespace reckoner {

inline constexpr std::size_t kFactLevelsMax = 32;  // a fact used in a fact used in a fact ...
inline constexpr std::size_t kSentenceValuesMax = 32;

// Empty when findings were added, now or while the rule set was read. `resolved` is the rule set's resolved text, which Plan::hash is of;
// `names` is filled when there is a plan.
[[nodiscard]] std::optional<Plan> compile(const RuleSet& rule_set, std::string_view resolved, Findings& findings, RuleSetNames& names);

}  // namespace reckoner
