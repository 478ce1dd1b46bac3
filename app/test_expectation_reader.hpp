// What a step expects, checked against what the rule set can give.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/test_file.hpp"

namespace reckoner {

class TestExpectationReader {
 public:
  // `rules` whose alerts the test looks at; empty = all.
  TestExpectationReader(const ValueReader& values, const TestedRuleSet& tested, const std::vector<std::string>& rules)
      : values_(values), tested_(tested), rules_(rules) {}

  [[nodiscard]] Expectation read(const YamlNode& node, const TestStep& step) const;

 private:
  void read_rows(const YamlNode& node, OutputId output, Expectation& into) const;
  void check_alert(const ExpectedRow& row) const;
  void read_values(const YamlNode& node, const TestStep& step, Expectation& into) const;
  void read_limits(const YamlNode& node, Expectation& into) const;
  void check_fact(const Written& name, const TestStep& step) const;
  [[nodiscard]] std::vector<std::string> rule_ids() const;

  const ValueReader& values_;
  const TestedRuleSet& tested_;
  const std::vector<std::string>& rules_;
};

// Columns that an expected alert of the rule may name: those of the row, its facts and scores, fields of the record.
[[nodiscard]] std::vector<std::string> alert_columns(const Plan& plan, const RuleSetNames& names, std::string_view id);

}  // namespace reckoner
