// tests/data/broken_rules/*.case: a broken rule set and the findings it must give (support/finding_case.hpp); ruleset.yaml is base.yaml unless given.
// Cases named doubt_* are about warnings: their ruleset.yaml is doubt_base.yaml, and a file of tests names rules R1 to R3.
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "rule_set_text.hpp"
#include "rules/load.hpp"
#include "support/finding_case.hpp"

namespace reckoner {

namespace {

namespace fs = std::filesystem;
using testing::CaseFolder;
using testing::FindingCase;
using testing::whole_text;

constexpr const char* kCorpus = RECKONER_SOURCE_DIR "/tests/data/broken_rules";

bool is_about_doubts(const fs::path& path) { return path.filename().string().starts_with("doubt_"); }

FindingCase read_case(const fs::path& path) {
  const bool doubts = is_about_doubts(path);
  testing::CaseFiles files{{"ruleset.yaml", whole_text(path.parent_path() / (doubts ? "doubt_base.yaml" : "base.yaml"))}};
  if (doubts) files["tests/all.yaml"] = "R1 R2 R3";
  return testing::read_finding_case(path, std::move(files));
}

std::string without(std::string text, const std::string& part) {
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at)) text.erase(at, part.size());
  return text;
}

}  // namespace

TEST_CASE("every broken rule set of the corpus gives exactly its findings") {
  const std::vector<fs::path> paths = testing::finding_cases(kCorpus);
  REQUIRE(paths.size() >= 250);
  for (const fs::path& path : paths) {
    const FindingCase one = read_case(path);
    const CaseFolder folder(one.files);
    const LoadResult result = lint_rule_set(folder.path());
    INFO(path.filename().string());
    CHECK_FALSE(one.expected.empty());
    CHECK(without(testing::all_findings(result), folder.path() + "/") == one.expected);
    CHECK(result.plan.has_value() == is_about_doubts(path));
  }
}

TEST_CASE("the rule set that the corpus breaks is itself without a finding") {
  const LoadResult result = load_resolved(whole_text(fs::path(kCorpus) / "base.yaml"));
  INFO(testing::all_findings(result));
  CHECK(result.plan.has_value());
}

TEST_CASE("the corpus covers the diagnostic codes") {
  std::set<std::string> seen;
  for (const fs::path& path : testing::finding_cases(kCorpus)) {
    std::istringstream lines(read_case(path).expected);
    for (std::string line; std::getline(lines, line);) seen.insert(line.substr(line.rfind('[') + 1, line.rfind(']') - line.rfind('[') - 1));
  }
  for (const DiagnosticInfo& info : diagnostic_table()) {
    if (info.code == DiagnosticCode::kBadTime) continue;             // of files of tests alone
    if (info.code == DiagnosticCode::kUnknownEnvironment) continue;  // of who asks for one
    INFO(info.name);
    CHECK(seen.contains(std::string(info.name)));
  }
}

}  // namespace reckoner
