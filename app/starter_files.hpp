// The first files of a rule set or of a rule: a start that lints clean and whose tests pass.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "operators/plan.hpp"

namespace reckoner {

using StarterFiles = std::vector<std::pair<std::string, std::string>>;  // path in the rule set's folder -> text

// `name` is a label.
[[nodiscard]] StarterFiles starter_rule_set(std::string_view name);

// For a rule set that has this plan: a rule over its first input, and its test.
[[nodiscard]] StarterFiles starter_rule(std::string_view name, const Plan& plan, bool has_test_defaults);

}  // namespace reckoner
