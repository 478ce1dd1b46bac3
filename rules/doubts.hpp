// Warnings: what a rule set may say, and hardly can mean. A condition that nothing makes true, or everything; a rule that another one covers; a
// parameter or fact that nobody uses; a rule without a test.
#pragma once

#include <string>
#include <vector>

#include "operators/plan.hpp"
#include "rules/rule_set.hpp"
#include "rules/rule_set_names.hpp"

namespace reckoner {

inline constexpr std::size_t kComparedRulesMax = 400;  // of one key and input: beyond, rules are not compared with each other

// `rule_set` compiled to `plan` without findings.
void find_doubts(const RuleSet& rule_set, const Plan& plan, const RuleSetNames& names, Findings& findings);

// Rules that neither a file of tests beside theirs nor one of `test_texts`, the texts of tests/*.yaml, is about. `files_with_tests` are files of
// rules that have one beside them.
void find_untested(const RuleSet& rule_set, const std::vector<std::string>& files_with_tests, const std::vector<std::string>& test_texts,
                   Findings& findings);

}  // namespace reckoner
