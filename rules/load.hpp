// A folder with a rule set -> plan or findings. The way in for everything else.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "operators/plan.hpp"
#include "rules/diagnostic.hpp"
#include "rules/rule_set_names.hpp"

namespace reckoner {

// Of a rule set in resolved form. One that would be larger is refused, so that whatever was loaded once can be loaded again.
inline constexpr std::size_t kResolvedBytesMax = 64U << 20U;

struct LoadResult {
  std::optional<Plan> plan;               // only without errors
  std::vector<Diagnostic> diagnostics;    // sorted; errors alone unless asked for warnings too
  RuleSetNames names;                     // of the plan
  std::string resolved;                   // to be kept beside the log under Plan::hash; empty when a file cannot be read
  std::vector<std::string> environments;  // that ruleset.yaml declares
};

// Reads DIRECTORY/ruleset.yaml and DIRECTORY/rules/*.yaml. Files of findings are named relative to the directory. With the name of an environment
// the plan, and what is kept of it, are the rule set's with what that environment changes, and a finding of the environment alone says so. What
// environments name is looked at in all of them.
[[nodiscard]] LoadResult load_rule_set(const std::string& directory, const std::string& environment = {});

// The same with warnings among the diagnostics (rules/doubts.hpp), beside a plan when there are no errors. Without the name of an environment, the
// rule set is checked as it stands and in each of its environments; the plan is that of the rule set as it stands.
[[nodiscard]] LoadResult lint_rule_set(const std::string& directory, const std::string& environment = {});

// The same from the text that an earlier load resolved to, or from a rule set with its rules in one file; the limits of a single file do not
// hold for it. `name` is for findings.
[[nodiscard]] LoadResult load_resolved(std::string_view text, std::string name = "resolved.yaml");

}  // namespace reckoner
