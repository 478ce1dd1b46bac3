// A rule in plain words: when it fires, what its facts are, what they cost, and with whom they are shared.
#pragma once

#include <string>
#include <string_view>

#include "operators/plan.hpp"
#include "rules/rule_set_names.hpp"

namespace reckoner {

// Of the rule with this id, which is in the plan.
[[nodiscard]] std::string explain_rule(const Plan& plan, const RuleSetNames& names, std::string_view id);

}  // namespace reckoner
