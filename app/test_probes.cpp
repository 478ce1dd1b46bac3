#include "app/test_probes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "app/row_text.hpp"
#include "engine/check.hpp"
#include "rules/expression_folding.hpp"
#include "rules/expression_text.hpp"

namespace reckoner {

namespace {

constexpr std::string_view kProbe = "probe:";  // no rule's id: labels have no colon

// Inputs whose records the key kind's operators look at anyway: a probe of another would change what the watermark waits for.
std::set<InputId> inputs_of(const KeyPlan& key) {
  std::set<InputId> inputs;
  for (const FactPlan& fact : key.facts) {
    if (fact.kind != FactKind::kBorrowed) inputs.insert(fact.input);
  }
  for (const TotalPlan& total : key.totals) inputs.insert(total.input);
  for (const ScorePlan& score : key.scores) inputs.insert(score.inputs.begin(), score.inputs.end());
  for (const RulePlan& rule : key.rules) inputs.insert(rule.input);
  return inputs;
}

void collect_branches(const Expression& condition, std::vector<const Expression*>& into) {
  const bool joins = condition.operation == Operation::kAnd || condition.operation == Operation::kOr || condition.operation == Operation::kNot;
  if (!joins) return into.push_back(&condition);
  for (const Expression& argument : condition.arguments) collect_branches(argument, into);
}

Expression leaf_of(Operation operation, const ValueType& type, std::size_t position) {
  Expression leaf;
  leaf.operation = operation;
  leaf.type = type;
  leaf.position = static_cast<std::uint32_t>(position);
  return leaf;
}

// What every row of a probe has.
std::string own_text(std::string_view row, std::string_view column) {
  std::optional<std::string> text = text_in_row(row, column);
  RECKONER_CHECK(text.has_value(), "a probe's row without {}: {}", column, row);
  return std::move(*text);
}

std::size_t number_in(std::string_view text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  RECKONER_CHECK(error == std::errc{}, "'{}'", text);
  return number;
}

std::int64_t time_in(std::string_view text) {
  std::int64_t time = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), time);
  RECKONER_CHECK(error == std::errc{}, "'{}'", text);
  return time;
}

// The value that begins at `at`, and where the next begins: values of a probe stand one after the other under names of their own.
ProbedValue take_value(std::string_view row, std::size_t& at) {
  at = row.find(':', at) + 1;
  std::string text;
  if (row[at] == '"') {
    for (++at; row[at] != '"'; ++at) {
      if (row[at] == '\\') ++at;
      text += row[at];
    }
    ++at;
    return text;
  }
  const std::size_t end = row.find_first_of(",}", at);
  text = row.substr(at, end - at);
  at = end;
  return text == "null" ? std::nullopt : ProbedValue(std::move(text));
}

}  // namespace

Probes::Probes(const Plan& plan) : plan_(plan) {
  for (std::size_t key = 0; key < plan.keys.size(); ++key) {
    if (plan.keys[key].only_lends) continue;
    for (const InputId input : inputs_of(plan.keys[key])) {
      if (!plan.keys[key].fields[input].empty()) add(key, input, plan.keys[key]);
    }
  }
}

void Probes::add(std::size_t key, InputId input, const KeyPlan& as_compiled) {
  Probe probe{key, input, {}};
  RulePlan rule;
  rule.id = fmt::format("{}{}", kProbe, probes_.size());
  rule.input = input;
  rule.fire = constant_of(ValueType{}, 1);
  rule.sentence.texts.emplace_back();
  rule.tells_rules = false;
  const auto add_column = [&](Kind kind, std::size_t index, Expression value) {
    rule.columns.emplace_back(fmt::format("p{}", probe.columns.size()), std::move(value));
    probe.columns.push_back({kind, index});
  };
  for (std::size_t fact = 0; fact < as_compiled.facts.size(); ++fact) {
    const FactPlan& planned = as_compiled.facts[fact];
    const bool is_of_record = planned.kind == FactKind::kFirstSeen || planned.kind == FactKind::kGeoSpeed || planned.kind == FactKind::kSequence;
    const bool has_no_record = planned.kind == FactKind::kAbsence || planned.kind == FactKind::kBinding;
    if (has_no_record || (is_of_record && planned.input != input)) continue;
    add_column(Kind::kFact, fact, leaf_of(Operation::kFact, planned.type, fact));
  }
  const std::vector<Field>& fields = plan_.inputs[input].schema.fields;
  for (std::size_t field = 0; field < fields.size() && as_compiled.derived; ++field) {
    Expression leaf = leaf_of(Operation::kField, fields[field].type, field);
    leaf.input = input;
    add_column(Kind::kField, field, std::move(leaf));
  }
  for (std::size_t score = 0; score < as_compiled.scores.size(); ++score) {
    const std::vector<InputId>& inputs = as_compiled.scores[score].inputs;
    if (std::find(inputs.begin(), inputs.end(), input) == inputs.end()) continue;
    add_column(Kind::kScore, score, leaf_of(Operation::kScore, as_compiled.scores[score].type, score));
  }
  for (std::size_t position = 0; position < as_compiled.rules.size(); ++position) {
    // A rule about an absence is looked at when that is decided, and at no record.
    if (as_compiled.rules[position].input != input || !as_compiled.rules[position].verdicts.empty()) continue;
    add_column(Kind::kRule, position, as_compiled.rules[position].fire);
    std::vector<const Expression*> conditions;
    collect_branches(as_compiled.rules[position].fire, conditions);
    for (const Expression* condition : conditions) {
      add_column(Kind::kBranch, branches_.size(), *condition);
      branches_.push_back({key, position, expression_text(plan_, as_compiled, *condition)});
    }
  }
  plan_.keys[key].rules.push_back(std::move(rule));
  probes_.push_back(std::move(probe));
}

bool Probes::is_probe(std::string_view alert_row) {
  const std::optional<std::string> rule = text_in_row(alert_row, "rule");
  return rule && rule->starts_with(kProbe);
}

ProbeReading Probes::read(std::string_view alert_row) const {
  const Probe& probe = probes_[number_in(own_text(alert_row, "rule").substr(kProbe.size()))];
  const std::string trigger = own_text(alert_row, "trigger");
  ProbeReading reading;
  reading.key = probe.key;
  reading.input = probe.input;
  reading.time_ms = time_in(own_text(alert_row, "event_time"));
  reading.record = number_in(std::string_view(trigger).substr(trigger.rfind('/') + 1));
  reading.facts.resize(plan_.keys[probe.key].facts.size());
  reading.fields.resize(plan_.inputs[probe.input].schema.fields.size());
  reading.scores.resize(plan_.keys[probe.key].scores.size());
  std::size_t at = alert_row.find(",\"p0\":");
  for (const Column& column : probe.columns) {
    ProbedValue value = take_value(alert_row, at);
    switch (column.kind) {
      case Kind::kFact:
        reading.facts[column.index] = std::move(value);
        break;
      case Kind::kField:
        reading.fields[column.index] = std::move(value);
        break;
      case Kind::kScore:
        reading.scores[column.index] = std::move(value);
        break;
      case Kind::kRule:
        reading.fired.emplace_back(column.index, value == "true");
        break;
      case Kind::kBranch:
        if (value) reading.branches.emplace_back(column.index, *value == "true");
        break;
    }
  }
  return reading;
}

}  // namespace reckoner
