// Findings for people, for machines and for GitHub's annotations.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/diagnostic.hpp"

namespace reckoner {

struct LintedRuleSet {
  std::string folder;  // put before the files of findings
  std::vector<Diagnostic> findings;
};

enum class LintFormat : std::uint8_t { kText, kJson, kGithub };

[[nodiscard]] std::string lint_text(const std::vector<LintedRuleSet>& linted, LintFormat format);

[[nodiscard]] std::size_t count_of(const std::vector<LintedRuleSet>& linted, DiagnosticLevel level);

}  // namespace reckoner
