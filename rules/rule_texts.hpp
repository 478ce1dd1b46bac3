// Rules as people read them: as they are written, and as they are in the end.
#pragma once

#include <string>
#include <vector>

#include "rules/diagnostic.hpp"

namespace reckoner {

struct RuleText {
  std::string id;
  std::string file;  // relative to the rule set's folder
  std::string text;  // YAML, with a line end
};

struct RuleTexts {
  std::vector<RuleText> rules;          // those of ruleset.yaml, then those of files in the order of their names, then an environment's own
  std::vector<Diagnostic> diagnostics;  // errors; with them there are no rules
};

// As they stand in their files, with comments and layout; what they mean is not looked at.
[[nodiscard]] RuleTexts written_rules(const std::string& directory);

// With what the environment changes, if one is named; macros and parameters filled in, and what a rule leaves to defaults stated. A comment says what
// an environment gave and what is a default. Each is a rule file that means the same in a rule set with the same inputs, lists, facts and scores.
[[nodiscard]] RuleTexts resolved_rules(const std::string& directory, const std::string& environment = {});

}  // namespace reckoner
