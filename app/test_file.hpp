// Tests of a rule set as written, beside its rules: records that are sent at given event times, and what must come out. Checked whole against the
// rule set when it is read; every mistake is a finding with its place.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/outputs.hpp"
#include "operators/plan.hpp"
#include "rules/rule_set_names.hpp"
#include "rules/yaml_values.hpp"

namespace reckoner {

inline constexpr std::size_t kStepRecordsMax = 100'000;          // that one step sends
inline constexpr std::int64_t kTestStartMs = 1'767'225'600'000;  // 2026-01-01T00:00Z
inline constexpr std::int64_t kShuffleMaxMs = 7LL * 86'400'000;

struct TestRecord {
  InputId input = 0;
  std::int64_t time_ms = 0;  // of the event; where it is not readable, of the step
  std::string line;          // as the job reads it, without its line end
};

struct ExpectedValue {
  Written name;
  Written value;  // "" unquoted = null
};

struct ExpectedRow {
  Written place;
  std::vector<ExpectedValue> columns;
};

struct ExpectedRows {
  OutputId output = OutputId::kAlerts;
  Written place;  // of the list
  std::vector<ExpectedRow> rows;
};

// How often a rule set's limits are in the way.
struct LimitCounts {
  std::uint64_t max_keys = 0;     // records of new keys that nothing looks at
  std::uint64_t max_per_key = 0;  // decisions that are unknown for want of older records, and records or attempts that patterns let go
  [[nodiscard]] bool operator==(const LimitCounts&) const = default;
};

struct Expectation {
  Written place;  // of the value of `expect`
  bool any_alerts = false;
  std::vector<ExpectedRows> outputs;
  std::vector<ExpectedValue> values;
  std::optional<LimitCounts> limits;
  [[nodiscard]] const ExpectedRows* find(OutputId output) const;
};

enum class StepAction : std::uint8_t { kSend, kIdle, kCrash, kReplay };

struct TestStep {
  Written place;
  StepAction action = StepAction::kSend;
  std::vector<TestRecord> records;
  std::int64_t idle_ms = 0;
  std::optional<Expectation> expectation;
};

struct Shuffle {
  std::int64_t within_ms = 0;
  std::uint32_t seeds = 0;
};

struct TestCase {
  Written name;
  std::int64_t start_ms = kTestStartMs;
  std::vector<std::string> rules;  // whose alerts are looked at, sorted; empty = all
  std::vector<TestStep> steps;
  std::optional<Shuffle> shuffle;
};

// Field values by input and field. Nodes live as long as the file they stand in.
using FieldDefaults = std::map<std::size_t, std::map<std::string, const YamlNode*>>;

// What a file says for all of its tests, or a test on top of it.
struct TestSetting {
  std::int64_t start_ms = kTestStartMs;
  std::vector<std::string> rules;
  FieldDefaults defaults;
};

// Places point into `source` and `root`, so it stays where it is.
struct TestFile {
  SourceText source;
  YamlNode root;
  TestSetting setting;
  std::vector<TestCase> tests;
};

// What a test may name.
struct TestedRuleSet {
  const Plan* plan = nullptr;
  const RuleSetNames* names = nullptr;
};

// What all files of tests of a rule set have in common.
inline constexpr std::string_view kTestDefaultsFile = "tests/defaults.yaml";

// rules/*.test.yaml and tests/*.yaml of the folder, relative to it, sorted; without the defaults.
[[nodiscard]] std::vector<std::string> test_files(const std::string& folder);

// The file of defaults; null when there is none, or when it has findings.
[[nodiscard]] std::unique_ptr<TestFile> read_test_defaults(const std::string& folder, const TestedRuleSet& tested, Findings& findings);

// Null when the file has findings. `shared` is the file of defaults, null when there is none; it outlives the result.
[[nodiscard]] std::unique_ptr<TestFile> read_test_file(const std::string& folder, const std::string& name, const TestedRuleSet& tested,
                                                       const TestFile* shared, Findings& findings);

// "10:00", "10:00:30.250" on the day of `start_ms`, "+5m" after `previous_ms`, or a date and time with its offset from UTC.
[[nodiscard]] std::optional<std::int64_t> parse_moment(std::string_view text, std::int64_t start_ms, std::int64_t previous_ms);

}  // namespace reckoner
