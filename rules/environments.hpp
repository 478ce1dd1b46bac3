// Environments of a rule set: what is different where it runs as staging, or for a region. Their overrides name fields of things that exist and are
// put into the trees as read, before anything is made of these. So a value of an environment is checked as one of the rule set is, and what is
// wrong with it is told where it stands.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/rule_set_trees.hpp"

namespace reckoner {

inline constexpr std::size_t kEnvironmentsMax = 64;

// As declared, at most kEnvironmentsMax; what is wrong with their names, and with `environments` itself, goes to `findings`.
[[nodiscard]] std::vector<std::string> environment_names(const RuleSetTrees& trees, Findings& findings);

// The trees with what an environment that they declare changes. Nodes that are its own have an origin (rules/yaml_node.hpp). Overrides of what is
// not there go to `errors`, those that change nothing to `doubts`.
[[nodiscard]] RuleSetTrees in_environment(const RuleSetTrees& trees, std::string_view name, Findings& errors, Findings& doubts);

}  // namespace reckoner
