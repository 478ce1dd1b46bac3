// A whole rule set as one YAML text without comments and layout: what a job keeps beside its log, and what Plan::hash is of. It loads again
// (rules/load.hpp) to the same plan.
#pragma once

#include <span>
#include <string>

#include "rules/rule_set_trees.hpp"

namespace reckoner {

// `document` is ruleset.yaml's tree, `rules` those of the rule files in the order of their names. Two rule sets that differ in comments,
// indentation or kind of quotes alone give the same text. Environments are no part of it: what one of them changed is in the trees.
[[nodiscard]] std::string resolved_text(YamlNode document, std::span<const SourceTree> rules);

}  // namespace reckoner
