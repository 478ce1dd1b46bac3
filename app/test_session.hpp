// All tests of one rule set: loaded, checked, run.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/test_report.hpp"
#include "app/test_update.hpp"
#include "engine/clock.hpp"
#include "engine/error.hpp"

namespace reckoner {

struct TestSelection {
  std::vector<std::string> files;  // of the folder; empty = all
  std::string filter;              // a part of "file: name"; empty = all
  std::string environment{};       // of the rule set that is tested; empty = as it stands
};

struct TestSession {
  TestFolderResult result;
  std::string findings;  // of the rule set or of the files; with them nothing ran
  std::string coverage;  // summary; empty when only some tests ran
  std::vector<std::string> uncovered;
  std::unique_ptr<TestFile> shared;              // defaults
  std::vector<std::unique_ptr<TestFile>> files;  // that the verdicts point into
  std::vector<TextEdit> edits;                   // that would make the steps that failed expect what came
  std::size_t selected_out = 0;
};

[[nodiscard]] Result<TestSession> run_tests(const std::string& folder, const TestSelection& selection, Clock& clock);

}  // namespace reckoner
