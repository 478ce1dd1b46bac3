// tests/data/broken_tests/*.case: broken files of tests and the findings they must give (support/finding_case.hpp). What a case does not have of the
// rule set, its two rules and the shared defaults are the files beside it.
#include <filesystem>
#include <string>
#include <vector>

#include "app/test_file.hpp"
#include "rules/load.hpp"
#include "support/catch.hpp"
#include "support/finding_case.hpp"

namespace reckoner::testing {

namespace {

namespace fs = std::filesystem;

const fs::path kCorpus = RECKONER_SOURCE_DIR "/tests/data/broken_tests";

CaseFiles whole_files() {
  return {{"ruleset.yaml", whole_text(kCorpus / "ruleset.yaml")},
          {"rules/R1.yaml", whole_text(kCorpus / "R1.yaml")},
          {"rules/R2.yaml", whole_text(kCorpus / "R2.yaml")},
          {"tests/defaults.yaml", whole_text(kCorpus / "defaults.yaml")}};
}

// Of the tests of a rule set that is itself in order, one a line.
std::string findings_of_tests(const CaseFiles& files) {
  const CaseFolder folder(files);
  const LoadResult loaded = load_rule_set(folder.path());
  for (const Diagnostic& finding : loaded.diagnostics) FAIL(to_text(finding));
  const TestedRuleSet tested{&*loaded.plan, &loaded.names};
  Findings findings;
  const auto shared = read_test_defaults(folder.path(), tested, findings);
  for (const std::string& name : test_files(folder.path())) static_cast<void>(read_test_file(folder.path(), name, tested, shared.get(), findings));
  std::string text;
  for (const Diagnostic& finding : findings.take_sorted()) text += to_text(finding) + "\n";
  return text;
}

}  // namespace

TEST_CASE("every broken file of tests of the corpus gives exactly its findings") {
  const std::vector<fs::path> paths = finding_cases(kCorpus);
  REQUIRE(paths.size() >= 50);
  for (const fs::path& path : paths) {
    const FindingCase one = read_finding_case(path, whole_files());
    INFO(path.filename().string());
    CHECK_FALSE(one.expected.empty());
    CHECK(findings_of_tests(one.files) == one.expected);
  }
}

TEST_CASE("the files that the corpus of broken tests breaks are without a finding") {
  CaseFiles files = whole_files();
  files["rules/R1.test.yaml"] = "tests:\n  - name: a test\n    steps:\n      - {at: \"10:00\", send: {events: {}}, expect: []}\n";
  CHECK(findings_of_tests(files) == "");
}

}  // namespace reckoner::testing
