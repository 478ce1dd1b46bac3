#include "app/test_expectation_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "rules/map_forms.hpp"

namespace reckoner {

namespace {

constexpr std::array<std::string_view, 9> kAlertColumns{"alert_id", "rule", "event_time", "trigger", "severity", "code", "title", "say", "version"};
constexpr std::array<std::string_view, 3> kHoldColumns{"repeats", "hits", "notify"};

std::optional<OutputId> output_of(std::string_view key) {
  for (std::size_t output = 0; output < kOutputs; ++output) {
    if (to_text(static_cast<OutputId>(output)) == key) return static_cast<OutputId>(output);
  }
  return std::nullopt;
}

struct FoundRule {
  const KeyPlan* key = nullptr;
  const RulePlan* rule = nullptr;
};

FoundRule find_rule(const Plan& plan, std::string_view id) {
  for (const KeyPlan& key : plan.keys) {
    for (const RulePlan& rule : key.rules) {
      if (rule.id == id) return {&key, &rule};
    }
  }
  return {};
}

void add_once(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

}  // namespace

std::vector<std::string> alert_columns(const Plan& plan, const RuleSetNames& names, std::string_view id) {
  std::vector<std::string> columns(kAlertColumns.begin(), kAlertColumns.end());
  const auto [key, rule] = find_rule(plan, id);
  if (rule == nullptr) return columns;
  if (!rule->runbook.empty()) add_once(columns, "runbook");
  if (!rule->exceptions.empty()) add_once(columns, "hidden_by");
  if (rule->hold_ms > 0) {
    for (const std::string_view name : kHoldColumns) add_once(columns, std::string(name));
  }
  for (const std::string& name : key->by) add_once(columns, name);
  for (const auto& [name, value] : rule->columns) add_once(columns, name);
  const FactNames* const own = names.find(FactOwner::kRule, id);
  for (const FactNames* group : {own, own == nullptr ? nullptr : names.shared_by(*own)}) {
    if (group == nullptr) continue;
    for (const NamedFact& fact : group->facts) {
      if (position_seen_by(plan, static_cast<std::size_t>(key - plan.keys.data()), fact)) add_once(columns, fact.name);
    }
  }
  for (const ScorePlan& score : key->scores) add_once(columns, "score." + score.name);
  for (const Field& field : plan.inputs[rule->input].schema.fields) add_once(columns, field.name);
  return columns;
}

std::vector<std::string> TestExpectationReader::rule_ids() const {
  std::vector<std::string> ids = rules_;
  if (!ids.empty()) return ids;
  for (const FactNames& group : tested_.names->groups) {
    if (group.owner == FactOwner::kRule) ids.push_back(group.name);
  }
  return ids;
}

Expectation TestExpectationReader::read(const YamlNode& node, const TestStep& step) const {
  Expectation expectation;
  expectation.place = Written{"expect", &values_.source(), &node};
  if (node.is_scalar()) {
    expectation.any_alerts = node.text == "any";
    if (!expectation.any_alerts)
      values_.fail(node, DiagnosticCode::kWrongForm, fmt::format("'{}' is nothing that can be expected", node.text),
                   "write a list of alerts, [] for silence, any, or {alerts: [...], values: {...}, totals: [...]}");
    return expectation;
  }
  if (node.kind == YamlKind::kList) {
    read_rows(node, OutputId::kAlerts, expectation);
    return expectation;
  }
  if (!values_.is_map(node, "'expect'")) return expectation;
  const MapReader map(values_, node, expectation_form());
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const std::optional<OutputId> output = output_of(node.keys[i].text);
    if (output == OutputId::kAlerts && node.items[i].is_scalar() && node.items[i].text == "any") {
      expectation.any_alerts = true;
    } else if (output) {
      read_rows(node.items[i], *output, expectation);
    } else if (node.keys[i].text == "values") {
      read_values(node.items[i], step, expectation);
    } else if (node.keys[i].text == "limits") {
      read_limits(node.items[i], expectation);
    }
  }
  return expectation;
}

void TestExpectationReader::read_rows(const YamlNode& node, OutputId output, Expectation& into) const {
  ExpectedRows rows;
  rows.output = output;
  rows.place = Written{std::string(to_text(output)), &values_.source(), &node};
  if (!values_.is_list(node, fmt::format("'{}'", to_text(output)))) return;
  for (const YamlNode& item : node.items) {
    if (!values_.is_map(item, "an expected row")) continue;
    ExpectedRow row;
    row.place = Written{"", &values_.source(), &item};
    for (std::size_t i = 0; i < item.items.size(); ++i) {
      const YamlNode& value = item.items[i];
      if (!value.is_scalar() && value.kind != YamlKind::kNothing) {
        values_.fail(value, DiagnosticCode::kWrongForm, fmt::format("'{}' is compared with one value", item.keys[i].text), "write column: value");
        continue;
      }
      row.columns.push_back({Written{item.keys[i].text, &values_.source(), &item.keys[i]}, Written{value.text, &values_.source(), &value}});
    }
    if (output == OutputId::kAlerts) check_alert(row);
    rows.rows.push_back(std::move(row));
  }
  into.outputs.push_back(std::move(rows));
}

void TestExpectationReader::check_alert(const ExpectedRow& row) const {
  const auto rule = std::find_if(row.columns.begin(), row.columns.end(), [](const ExpectedValue& one) { return one.name.text == "rule"; });
  const std::vector<std::string> ids = rule_ids();
  if (rule == row.columns.end()) {
    values_.fail(*row.place.node, DiagnosticCode::kMissingKey, "an expected alert names its rule",
                 ids.size() == 1 ? fmt::format("add rule: {}", ids.front()) : "add rule: ID");
    return;
  }
  if (std::find(ids.begin(), ids.end(), rule->value.text) == ids.end()) {
    const bool is_rule = find_rule(*tested_.plan, rule->value.text).rule != nullptr;
    values_.fail(
        *rule->value.node, DiagnosticCode::kUnknownName,
        is_rule ? fmt::format("alerts of {} are not looked at here", rule->value.text) : fmt::format("no rule has the id '{}'", rule->value.text),
        is_rule ? "add it to `rules` of the test, or move the test to tests/" : name_advice(rule->value.text, ids));
    return;
  }
  const std::vector<std::string> columns = alert_columns(*tested_.plan, *tested_.names, rule->value.text);
  for (const ExpectedValue& column : row.columns) {
    if (std::find(columns.begin(), columns.end(), column.name.text) != columns.end()) continue;
    values_.fail(*column.name.node, DiagnosticCode::kUnknownName,
                 fmt::format("an alert of {} has no column, fact or field '{}'", rule->value.text, column.name.text),
                 name_advice(column.name.text, columns));
  }
}

void TestExpectationReader::read_values(const YamlNode& node, const TestStep& step, Expectation& into) const {
  if (!values_.is_map(node, "'values'")) return;
  if (step.records.empty())
    values_.fail(node, DiagnosticCode::kWrongForm, "facts have values at a record, and this step sends none", "move it to a step with send");
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const YamlNode& value = node.items[i];
    if (!value.is_scalar() && value.kind != YamlKind::kNothing) {
      values_.fail(value, DiagnosticCode::kWrongForm, fmt::format("'{}' is compared with one value", node.keys[i].text), "write NAME: value");
      continue;
    }
    ExpectedValue expected{Written{node.keys[i].text, &values_.source(), &node.keys[i]}, Written{value.text, &values_.source(), &value}};
    check_fact(expected.name, step);
    into.values.push_back(std::move(expected));
  }
}

// One that is not named is not in the way.
void TestExpectationReader::read_limits(const YamlNode& node, Expectation& into) const {
  if (!values_.is_map(node, "'limits'")) return;
  const MapReader map(values_, node, expected_limits_form());
  const auto count = [&](std::string_view key) -> std::uint64_t {
    const YamlNode* written = map.find(key);
    return written == nullptr ? 0 : static_cast<std::uint64_t>(values_.integer(*written, 0, kLimitCountMax).value_or(0));
  };
  into.limits = LimitCounts{count("max_keys"), count("max_per_key")};
}

void TestExpectationReader::check_fact(const Written& name, const TestStep& step) const {
  std::vector<std::string> known;
  for (const FactNames& group : tested_.names->groups) {
    for (const NamedFact& fact : group.facts) {
      add_once(known, fact.name);
      if (group.owner != FactOwner::kRuleSet) add_once(known, group.name + "." + fact.name);
    }
  }
  for (const KeyPlan& key : tested_.plan->keys) {
    for (const ScorePlan& score : key.scores) add_once(known, "score." + score.name);
  }
  if (std::find(known.begin(), known.end(), name.text) == known.end() && !step.records.empty())
    values_.fail(*name.node, DiagnosticCode::kUnknownName, fmt::format("no fact or score is named '{}'", name.text), name_advice(name.text, known));
}

}  // namespace reckoner
