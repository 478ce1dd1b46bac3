// A whole rule set as one YAML text without comments and layout: what a job keeps beside its log, and what Plan::hash is of. It loads again
// (rules/load.hpp) to the same plan.
#pragma once

#include <span>
#include <string>

#include "rules/yaml_node.hpp"

namespace reckoner {

// `document` is ruleset.yaml's tree, `rules` those of the rule files in the order of their names. Two rule sets that differ in comments,
// indentation or kind of quotes alone give the same text.
[[nodiscard]] std::string resolved_text(const YamlNode& document, std::span<const YamlNode> rules);

}  // namespace reckoner
