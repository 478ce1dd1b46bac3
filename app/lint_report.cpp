#include "app/lint_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "rules/json_schema.hpp"

namespace reckoner {

namespace {

std::string json_of(const std::string& folder, const Diagnostic& finding) {
  const DiagnosticInfo& info = diagnostic_info(finding.code);
  return fmt::format("  {{\"file\": {}, \"line\": {}, \"column\": {}, \"level\": {}, \"code\": {}, \"text\": {}, \"advice\": {}}}",
                     json_text(folder + "/" + finding.file), finding.line, finding.column, json_text(to_text(info.level)), json_text(info.name),
                     json_text(finding.text), json_text(finding.advice));
}

// A value inside a workflow command: github.com/actions/toolkit, command.ts.
std::string command_value(std::string_view text, bool is_property) {
  std::string result;
  for (const char letter : text) {
    if (letter == '%' || letter == '\n' || letter == '\r' || (is_property && (letter == ':' || letter == ',')))
      result += fmt::format("%{:02X}", static_cast<unsigned char>(letter));
    else
      result += letter;
  }
  return result;
}

std::string github_of(const std::string& folder, const Diagnostic& finding) {
  const DiagnosticInfo& info = diagnostic_info(finding.code);
  const std::string place = finding.line == 0 ? std::string() : fmt::format(",line={},col={}", finding.line, finding.column);
  return fmt::format("::{} file={}{},title={}::{}\n", to_text(info.level), command_value(folder + "/" + finding.file, true), place,
                     command_value(info.name, true), command_value(fmt::format("{}; {}", finding.text, finding.advice), false));
}

}  // namespace

std::size_t count_of(const std::vector<LintedRuleSet>& linted, DiagnosticLevel level) {
  std::size_t count = 0;
  for (const LintedRuleSet& one : linted) {
    count += static_cast<std::size_t>(std::count_if(one.findings.begin(), one.findings.end(),
                                                    [&](const Diagnostic& finding) { return diagnostic_info(finding.code).level == level; }));
  }
  return count;
}

std::string lint_text(const std::vector<LintedRuleSet>& linted, LintFormat format) {
  std::string text;
  for (const LintedRuleSet& one : linted) {
    for (const Diagnostic& finding : one.findings) {
      if (format == LintFormat::kText) text += to_text_with_line(finding, one.folder) + "\n";
      if (format == LintFormat::kJson) text += (text.empty() ? "" : ",\n") + json_of(one.folder, finding);
      if (format == LintFormat::kGithub) text += github_of(one.folder, finding);
    }
  }
  if (format != LintFormat::kJson) return text;
  return text.empty() ? "[]\n" : "[\n" + text + "\n]\n";
}

}  // namespace reckoner
