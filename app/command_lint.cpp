#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <set>

#include "app/command_line.hpp"
#include "app/commands.hpp"
#include "app/environment_option.hpp"
#include "app/exit_code.hpp"
#include "app/job_options.hpp"
#include "app/job_wiring.hpp"
#include "app/lint_report.hpp"
#include "app/lint_summary.hpp"
#include "app/rule_set_path.hpp"
#include "app/test_file.hpp"
#include "rules/load.hpp"

namespace reckoner {

namespace {

struct LintOptions {
  std::vector<std::string> paths;
  std::vector<std::string> overrides;  // of job files
  std::string format = "text";
  std::string environment;  // of rule sets; a job says its own
};

LintFormat format_of(const std::string& word) {
  if (word == "json") return LintFormat::kJson;
  return word == "github" ? LintFormat::kGithub : LintFormat::kText;
}

// What is not there is looked for as one: who misses it says what may be named.
bool is_rule_set(const std::string& path) {
  const std::filesystem::path as_path(path);
  std::error_code ignored;
  const std::string inside = as_path.parent_path().filename().string();
  return !std::filesystem::exists(as_path, ignored) || std::filesystem::is_directory(as_path, ignored) || as_path.filename() == kRuleSetFile ||
         inside == "rules" || inside == "tests";
}

// A rule set and its tests, with all that lint finds.
LintedRuleSet lint_folder(const std::string& folder, const std::string& environment, bool print) {
  LoadResult loaded = lint_rule_set(folder, environment);
  LintedRuleSet linted{folder, std::move(loaded.diagnostics)};
  if (!loaded.plan) return linted;
  const TestedRuleSet tested{&*loaded.plan, &loaded.names};
  Findings of_tests;
  const std::unique_ptr<TestFile> shared = read_test_defaults(folder, tested, of_tests);
  for (const std::string& name : test_files(folder)) static_cast<void>(read_test_file(folder, name, tested, shared.get(), of_tests));
  for (Diagnostic& finding : of_tests.take_sorted()) linted.findings.push_back(std::move(finding));
  if (print && linted.findings.empty()) fmt::print("{}", lint_summary(loaded, *loaded.plan));
  return linted;
}

// The rule set of a job whose own settings are in order.
Result<LintedRuleSet> lint_job(const std::string& path, const LintOptions& options, bool print) {
  const auto file = load_job_file({path, options.overrides});
  if (!file) return std::unexpected(file.error());
  LintedRuleSet linted = lint_folder(file->text("ruleset"), {}, print);
  if (count_of({linted}, DiagnosticLevel::kError) > 0) return linted;
  const auto plan = load_plan(*file);
  if (!plan) return std::unexpected(plan.error());
  if (const auto checked = check_inputs(*file, **plan); !checked) return std::unexpected(checked.error());
  return linted;
}

int lint(const LintOptions& options) {
  const LintFormat format = format_of(options.format);
  const bool print = format == LintFormat::kText;
  std::vector<LintedRuleSet> linted;
  std::set<std::string> seen;
  for (const std::string& path : options.paths) {
    if (is_rule_set(path)) {
      const auto place = find_rule_set(path, "name the folder of a rule set, a file in its rules/ or tests/, or a job file");
      if (!place) return report_error(place.error());
      if (seen.insert(place->folder).second) linted.push_back(lint_folder(place->folder, options.environment, print));
      continue;
    }
    auto job = lint_job(path, options, print);
    if (!job) return report_error(job.error());
    linted.push_back(std::move(*job));
  }
  fmt::print("{}", lint_text(linted, format));
  const std::size_t errors = count_of(linted, DiagnosticLevel::kError);
  const std::size_t warnings = count_of(linted, DiagnosticLevel::kWarning);
  if (print && errors + warnings > 0) fmt::print("{} errors, {} warnings; reckoner explain-code CODE says more about one\n", errors, warnings);
  if (print && errors > 0) fmt::print("more may be doubtful: that is looked for when there are no errors\n");
  if (errors > 0) return static_cast<int>(ExitCode::kConfiguration);
  return warnings > 0 ? static_cast<int>(ExitCode::kFindings) : 0;
}

}  // namespace

void add_lint_command(Command& program) {
  auto options = std::make_shared<LintOptions>();
  Command command = program.add_command("lint", "Everything that is wrong or doubtful in rule sets, their tests, and jobs; nothing is started");
  command.option("PATH", options->paths, "Folder of a rule set, a file in it, or a job file").required();
  command.option("--format", options->format, "text, json or github").one_of({"text", "json", "github"}).with_default_shown();
  add_environment_option(command, options->environment);
  add_set_option(command, options->overrides);
  command.when_asked_for([options] { return lint(*options); });
}

}  // namespace reckoner
