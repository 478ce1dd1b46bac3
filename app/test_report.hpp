// What tests say to people, and to machines.
#pragma once

#include <string>
#include <vector>

#include "app/test_runner.hpp"

namespace reckoner {

// A failed test: each failure with expected beside got, then the values that its rules saw, step by step. `folder` is put before file names.
[[nodiscard]] std::string failure_text(const std::string& folder, const TestVerdict& verdict, const TestRunner& runner, const TestedRuleSet& tested);

// Which limits of the rule set were in the way of a test, and how often; empty = none, or its steps expect them.
[[nodiscard]] std::string limits_text(const std::string& folder, const TestVerdict& verdict);

struct TestFolderResult {
  std::string folder;
  std::vector<TestVerdict> verdicts;
  std::vector<std::string> failure_texts;  // by verdict; empty = passed
};

// A report in the form of JUnit: a suite a file.
[[nodiscard]] std::string junit_text(const std::vector<TestFolderResult>& results);

}  // namespace reckoner
