#include "app/test_session.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "rules/load.hpp"

namespace reckoner {

namespace {

std::string findings_text(const std::vector<Diagnostic>& findings, const std::string& folder) {
  std::string text;
  for (const Diagnostic& finding : findings) text += to_text_with_line(finding, folder) + "\n";
  return text;
}

}  // namespace

Result<TestSession> run_tests(const std::string& folder, const TestSelection& selection, Clock& clock) {
  TestSession session;
  session.result.folder = folder;
  const LoadResult loaded = load_rule_set(folder, selection.environment);
  if (!loaded.plan) {
    session.findings = findings_text(loaded.diagnostics, folder);
    return session;
  }
  const TestedRuleSet tested{&*loaded.plan, &loaded.names};
  Findings findings;
  session.shared = read_test_defaults(folder, tested, findings);
  for (const std::string& name : test_files(folder)) {
    if (!selection.files.empty() && std::find(selection.files.begin(), selection.files.end(), name) == selection.files.end()) continue;
    if (auto file = read_test_file(folder, name, tested, session.shared.get(), findings)) session.files.push_back(std::move(file));
  }
  if (!findings.empty()) {
    session.findings = findings_text(findings.take_sorted(), folder);
    return session;
  }
  const Probes probes(*loaded.plan);
  const auto ground = RehearsalGround::make(probes.plan());
  if (!ground) return std::unexpected(ground.error());
  TestCoverage coverage(tested, probes);
  TestRunner runner(tested, probes, *ground, coverage);
  for (const auto& file : session.files) {
    for (const TestCase& test : file->tests) {
      if (fmt::format("{}: {}", file->source.name(), test.name.text).find(selection.filter) == std::string::npos) {
        ++session.selected_out;
        continue;
      }
      const std::int64_t began = clock.monotonic_ns();
      TestVerdict verdict = runner.run(*file, test);
      verdict.elapsed_ns = clock.monotonic_ns() - began;
      session.result.failure_texts.push_back(verdict.passed() ? std::string() : failure_text(folder, verdict, runner, tested));
      for (TextEdit& edit : expectation_edits(verdict, runner)) session.edits.push_back(std::move(edit));
      session.result.verdicts.push_back(std::move(verdict));
    }
  }
  if (session.selected_out > 0 || !selection.files.empty()) return session;
  session.coverage = coverage.summary();
  session.uncovered = coverage.missing();
  return session;
}

}  // namespace reckoner
