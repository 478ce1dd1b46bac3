// A case of tests/golden: a rule set, what is read and what must come out, in a text file (tests/golden/README.md says how it is written).
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "job_world.hpp"

namespace reckoner::testing {

struct GoldenCase {
  std::string name;
  std::string rule_set;  // as JobWorld takes it
  std::vector<JobInput> inputs;
  JobSettingTexts settings;                                 // of the job file
  std::map<std::string, std::vector<std::string>> outputs;  // name -> rows, each some columns of a row
  std::map<std::string, std::string> counts;                // input -> "read 3 processed 3"
  std::map<std::string, std::string> decided;               // rule -> "fired 2 no value 1"
};

[[nodiscard]] GoldenCase read_golden_case(const std::filesystem::path& path);
[[nodiscard]] std::vector<GoldenCase> all_golden_cases();

// "" when what came out with one shard is what the case says, else what differs.
[[nodiscard]] std::string difference(const GoldenCase& expected, const OutputTexts& outputs, const JobOutcome& outcome);

// The same of what the rules decided, at any number of shards.
[[nodiscard]] std::string decided_difference(const GoldenCase& expected, const JobOutcome& outcome);

// Whether each column that `expected` names has that value in `found`; a column that is null may also be missing.
[[nodiscard]] bool has_columns(const std::string& found, const std::string& expected);

// Columns of a row: name -> value as written, without the blanks between tokens.
[[nodiscard]] std::map<std::string, std::string> columns_of_row(std::string_view row);

}  // namespace reckoner::testing
