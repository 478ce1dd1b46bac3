#include "rules/compile.hpp"

#include <algorithm>
#include <utility>

#include "engine/checksum.hpp"
#include "rules/compiler.hpp"
#include "rules/expression_checker.hpp"

namespace reckoner {

namespace {

// Calls mark(leaf) for every field that the expression reads.
template <typename Mark>
void each_field(const Expression& expression, const Mark& mark) {
  if (expression.operation == Operation::kField) mark(expression);
  for (const Expression& argument : expression.arguments) each_field(argument, mark);
}

template <typename Mark>
void each_field(const std::optional<Expression>& expression, const Mark& mark) {
  if (expression) each_field(*expression, mark);
}

template <typename Mark>
void each_rule_field(const RulePlan& rule, const Mark& mark) {
  each_field(rule.fire, mark);
  for (const Expression& value : rule.sentence.values) each_field(value, mark);
  for (const auto& [name, value] : rule.columns) each_field(value, mark);
  for (const Expression& field : rule.dedup) each_field(field, mark);
  for (const PlannedAddition& addition : rule.additions) each_field(addition.value, mark);
  for (const RuleException& exception : rule.exceptions) each_field(exception.where, mark);
  for (const Bound& bound : rule.bounds) {
    each_field(bound.value, mark);
    each_field(bound.limit, mark);
  }
}

void set_levels_of_added_lists(Plan& plan) {
  for (const KeyPlan& key : plan.keys) {
    for (const RulePlan& rule : key.rules) {
      for (const PlannedAddition& addition : rule.additions) {
        AddedList& list = plan.added_lists[addition.list];
        list.level = std::max(list.level, key.level);
      }
    }
  }
}

}  // namespace

void Compiler::report(const Written& written, std::size_t position, DiagnosticCode code, std::string text, std::string advice) {
  findings_.add(*written.source, offset_in_scalar(*written.source, *written.node, position), code, std::move(text), std::move(advice));
}

std::optional<Expression> Compiler::expression(const Written& written, const Scope& scope, bool condition, std::vector<Bound>* bounds) {
  const std::expected<SyntaxNode, ExpressionFault> tree = macros_.parse(written.text);
  if (!tree) {
    report(written, tree.error().position, tree.error().code, tree.error().text, tree.error().advice);
    return std::nullopt;
  }
  ExpressionChecker checker(
      written.text, scope, [&](const ExpressionFault& fault) { report(written, fault.position, fault.code, fault.text, fault.advice); }, &zones_);
  std::optional<Expression> result = condition ? checker.check_condition(*tree) : checker.check(*tree);
  if (bounds != nullptr) *bounds = checker.take_bounds();
  return result;
}

// An expression that starts at byte `begin` of a longer text.
std::optional<Expression> Compiler::part_expression(const Written& written, std::size_t begin, std::string_view text, const Scope& scope) {
  const auto tell = [&](const ExpressionFault& fault) { report(written, begin + fault.position, fault.code, fault.text, fault.advice); };
  const std::expected<SyntaxNode, ExpressionFault> tree = macros_.parse(text);
  if (!tree) {
    tell(tree.error());
    return std::nullopt;
  }
  return ExpressionChecker(text, scope, tell, &zones_).check(*tree);
}

void Compiler::mark_wanted_fields() {
  const auto mark_position = [&](std::size_t input, std::size_t position) { plan_.inputs[input].wanted |= std::uint64_t{1} << position; };
  const auto mark = [&](const Expression& leaf) { mark_position(leaf.input, leaf.position); };
  for (std::size_t input = 0; input < plan_.inputs.size(); ++input) {
    const InputPlan& plan = plan_.inputs[input];
    mark_position(input, plan.schema.event_time);
    if (plan.schema.id) mark_position(input, *plan.schema.id);
    if (plan.schema.amount) mark_position(input, *plan.schema.amount);
    each_field(plan.filter, mark);
    if (plan.cycle) {
      mark_position(plan.cycle->input, plan.cycle->from);
      mark_position(plan.cycle->input, plan.cycle->to);
      if (plan.cycle->amount) mark_position(plan.cycle->input, *plan.cycle->amount);
      for (const auto& [derived, read] : plan.cycle->copied) mark_position(plan.cycle->input, read);
      each_field(plan.cycle->where, mark);
    }
    for (const KeyPlan& key : plan_.keys) {
      for (const std::uint32_t position : key.fields[input]) mark_position(input, position);
    }
  }
  for (const KeyPlan& key : plan_.keys) {
    for (const FactPlan& fact : key.facts) {
      if (reads_value(fact)) mark_position(fact.input, fact.value);
      if (fact.kind == FactKind::kGeoSpeed) mark_position(fact.input, fact.longitude);
      each_field(fact.where, mark);
      each_field(fact.like, mark);
      for (const PatternBinding& binding : fact.kept) mark_position(fact.input, binding.field);
      for (const PatternStep& step : fact.pattern.value_or(PatternPlan{}).steps) {
        each_field(step.where, mark);
        each_field(step.bound, mark);
      }
      for (const PatternBinding& binding : fact.pattern.value_or(PatternPlan{}).bindings) {
        if (binding.what != BoundValue::kCount) mark_position(fact.pattern->steps[binding.step].input, binding.field);
      }
    }
    for (const TotalPlan& total : key.totals) {
      each_field(total.where, mark);
      for (const MeasurePlan& measure : total.measures) {
        if (measure.kind != MeasureKind::kCount && measure.kind != MeasureKind::kDerived) mark_position(total.input, measure.value);
        each_field(measure.where, mark);
      }
    }
    for (const ScorePlan& score : key.scores) {
      for (const ScorePart& part : score.parts) each_field(part.value, mark);
      for (const ScoreFloor& floor : score.floors) each_field(floor.when, mark);
    }
    for (const RulePlan& rule : key.rules) each_rule_field(rule, mark);
  }
}

std::optional<Plan> compile(const RuleSet& rule_set, TimeZones& zones, Findings& findings, RuleSetNames& names) {
  Compiler compiler(rule_set, zones, findings);
  compiler.compile_inputs();
  compiler.compile_keys();
  compiler.compile_facts();
  compiler.compile_totals();
  compiler.compile_scores();
  compiler.compile_rules();
  if (!findings.empty()) return std::nullopt;
  compiler.mark_wanted_fields();
  names = compiler.names();
  Plan plan = compiler.take_plan();
  plan.rule_set = rule_set.name;
  plan.version = rule_set.version;
  plan.evidence_ids = rule_set.evidence_ids;
  set_levels_of_added_lists(plan);
  plan.facts_hash = checksum(facts_text(plan));
  return plan;
}

}  // namespace reckoner
