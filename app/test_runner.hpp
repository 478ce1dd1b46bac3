// Runs the tests of a rule set, each as a job of its own in memory and virtual time (app/rehearsal.hpp), and says what is not as expected.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "app/rehearsal.hpp"
#include "app/test_coverage.hpp"
#include "app/test_file.hpp"
#include "app/test_limits.hpp"
#include "app/test_match.hpp"
#include "app/test_probes.hpp"

namespace reckoner {

struct SeenRecord {
  ProbeReading values;
  const TestRecord* record = nullptr;
};

// What came out of a step.
struct StepOutcome {
  const TestStep* step = nullptr;
  std::size_t number = 0;                               // from 1
  std::array<std::vector<std::string>, kOutputs> rows;  // alerts: of the rules that the test looks at
  std::vector<SeenRecord> seen;                         // in order of records, each once a key kind
  LimitCounts limits;
};

struct TestFailure {
  const TestStep* step = nullptr;  // nothing = the test as a whole
  std::size_t number = 0;          // of the step
  std::string what;                // "alerts are not as expected"
  std::vector<std::string> lines;  // expected beside got
};

struct TestVerdict {
  const TestFile* file = nullptr;
  const TestCase* test = nullptr;
  std::vector<TestFailure> failures;  // empty = passed
  std::vector<StepOutcome> steps;     // of the run in the order written
  LimitsReached limits;               // in that run
  std::int64_t elapsed_ns = 0;
  [[nodiscard]] bool passed() const { return failures.empty(); }
};

class TestRunner {
 public:
  // All outlive the runner.
  TestRunner(const TestedRuleSet& tested, const Probes& probes, const RehearsalGround& ground, TestCoverage& coverage)
      : tested_(tested), probes_(probes), ground_(ground), coverage_(coverage) {}

  [[nodiscard]] TestVerdict run(const TestFile& file, const TestCase& test);
  [[nodiscard]] const Probes& probes() const { return probes_; }

  // How the columns of a row of the step are found: in the row itself; for an alert also among the facts and scores that its rule saw and the
  // fields of the record that set it off. Row and outcome live as long as the look-up.
  [[nodiscard]] ColumnLookUp look_up(const StepOutcome& outcome, OutputId output, const std::string& row) const;
  // The value of a fact or score as a test names it, at the last record of the step.
  [[nodiscard]] std::optional<ProbedValue> value_of(const TestCase& test, const StepOutcome& outcome, const std::string& name) const;
  // With its currency.
  [[nodiscard]] ProbedValue fact_value(const SeenRecord& seen, std::size_t position) const;

 private:
  using Sent = std::vector<std::vector<const TestRecord*>>;  // by input, by number of record

  [[nodiscard]] Result<void> act(Rehearsal& rehearsal, const TestStep& step, const std::vector<const TestRecord*>& records, Sent& sent) const;
  [[nodiscard]] StepOutcome collect(Rehearsal& rehearsal, const TestCase& test, const Sent& sent);
  void check(const TestCase& test, const StepOutcome& outcome, TestVerdict& verdict) const;
  void check_rows(const TestCase& test, const StepOutcome& outcome, OutputId output, const ExpectedRows* expected, TestVerdict& verdict) const;
  static void check_limits(const StepOutcome& outcome, const LimitCounts& expected, TestVerdict& verdict);
  void check_values(const TestCase& test, const StepOutcome& outcome, const Expectation& expectation, TestVerdict& verdict) const;
  void run_as_written(const TestCase& test, TestVerdict& verdict);
  void run_shuffled(const TestCase& test, std::uint32_t seed, TestVerdict& verdict);
  void check_together(const TestCase& test, const std::vector<StepOutcome>& outcomes, std::uint32_t seed, TestVerdict& verdict) const;

  const TestedRuleSet tested_;
  const Probes& probes_;
  const RehearsalGround& ground_;
  TestCoverage& coverage_;
};

}  // namespace reckoner
