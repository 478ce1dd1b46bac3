// What a path on the command line means where a rule set is asked for.
#pragma once

#include <string>
#include <string_view>

#include "engine/error.hpp"

namespace reckoner {

inline constexpr std::string_view kRuleSetFile = "ruleset.yaml";

struct RuleSetPath {
  std::string folder;  // of the rule set
  std::string file;    // in it: "rules/R1.yaml", "ruleset.yaml"; empty = the folder was named
};

// A folder with a ruleset.yaml, that file, or a file in its rules/ or tests/.
// `advice` says what may be named, where this names none.
inline constexpr std::string_view kRuleSetPathAdvice = "name the folder of a rule set, or a file in its rules/ or tests/";
[[nodiscard]] Result<RuleSetPath> find_rule_set(const std::string& text, std::string_view advice = kRuleSetPathAdvice);

// The file of tests beside a rule's file; a file of tests is its own.
[[nodiscard]] std::string test_file_of(const std::string& file);

}  // namespace reckoner
