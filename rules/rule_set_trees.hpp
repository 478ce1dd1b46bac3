// The files of a rule set as trees, before anything is made of them.
#pragma once

#include <optional>
#include <vector>

#include "rules/source_text.hpp"
#include "rules/yaml_node.hpp"

namespace reckoner {

// A document and the file that it was read from, which outlives it.
struct SourceTree {
  const SourceText* source = nullptr;
  YamlNode root;
};

struct RuleSetTrees {
  std::optional<SourceTree> document;  // ruleset.yaml; empty when it cannot be read
  std::vector<SourceTree> rules;       // rules/*.yaml that can be read, in the order of their names
};

}  // namespace reckoner
