// Facts over several records: their steps, the values that are bound between them, and the names by which rules ask for those values.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "engine/check.hpp"
#include "rules/compiler.hpp"
#include "rules/expression_folding.hpp"

namespace reckoner {

namespace {

bool has_leaf(Expression& expression, Operation operation) {
  bool found = false;
  each_leaf(expression, operation, [&](const Expression&) { found = true; });
  return found;
}

void split_conjuncts(Expression condition, std::vector<Expression>& parts) {
  if (condition.operation != Operation::kAnd) return parts.push_back(std::move(condition));
  for (Expression& argument : condition.arguments) split_conjuncts(std::move(argument), parts);
}

std::optional<Expression> join_conjuncts(std::vector<Expression> parts) {
  if (parts.empty()) return std::nullopt;
  if (parts.size() == 1) return std::move(parts.front());
  return operation_of(Operation::kAnd, ValueType{}, std::move(parts));
}

}  // namespace

// The input whose records a fact is decided at, as far as its text says.
std::optional<std::size_t> Compiler::anchor_input(const FactDefinition& definition, std::optional<std::size_t> fallback) {
  if (definition.on) fallback = find_input(*definition.on);
  if (definition.steps.empty()) return fallback;
  const StepDefinition& step = definition.kind == FactKind::kSequence ? definition.steps.back() : definition.steps.front();
  return step.on ? find_input(*step.on) : fallback;
}

// What a step's record may be asked for afterwards: "pay.amount", "pay.first.amount", "pay.count". Positions are those in `bindings`.
Symbols Compiler::step_symbols(const PatternPlan& pattern, std::uint32_t number, bool counted, std::vector<PatternBinding>& bindings) const {
  const PatternStep& step = pattern.steps[number];
  Symbols symbols;
  const auto add = [&](std::string name, PatternBinding binding) {
    Expression leaf;
    leaf.operation = Operation::kBound;
    leaf.type = binding.type;
    leaf.position = static_cast<std::uint32_t>(bindings.size());
    bindings.push_back(std::move(binding));
    symbols.emplace(std::move(name), usable(std::move(leaf)));
  };
  if (counted) add(step.name + ".count", {number, BoundValue::kCount, 0, ValueType{ValueKind::kInteger, 0, {}, nullptr}});
  const Schema& schema = plan_.inputs[step.input].schema;
  for (std::uint32_t field = 0; field < schema.fields.size(); ++field) {
    const ValueType& type = schema.fields[field].type;
    symbols.erase(fmt::format("{}.{}", step.name, schema.fields[field].name));
    add(fmt::format("{}.{}", step.name, schema.fields[field].name), {number, BoundValue::kLast, field, type});
    if (!counted) continue;
    add(fmt::format("{}.last.{}", step.name, schema.fields[field].name), {number, BoundValue::kLast, field, type});
    add(fmt::format("{}.first.{}", step.name, schema.fields[field].name), {number, BoundValue::kFirst, field, type});
  }
  return symbols;
}

bool Compiler::compile_step(FactGroup& group, const FactDefinition& definition, std::size_t index, std::size_t depth, std::size_t key,
                            const Symbols& bound, PatternPlan& pattern) {
  const StepDefinition& written = definition.steps[index];
  const std::optional<std::size_t> fallback = definition.on ? find_input(*definition.on) : group.input;
  const std::optional<std::size_t> input = written.on ? find_input(*written.on) : fallback;
  if (!input) {
    if (!written.on && !definition.on)
      add_finding(findings_, written.name, DiagnosticCode::kFactForm,
                  fmt::format("a step of '{}' does not say which input it reads", definition.name.text), "add on: INPUT");
    return false;
  }
  if (plan_.keys[key].fields[*input].empty()) {
    refuse_keyless(written.name, definition.name.text, key, *input);
    return false;
  }
  PatternStep& step = pattern.steps[index];
  step.name = written.name.text;
  step.input = static_cast<InputId>(*input);
  step.at_least = written.at_least;
  step.never = written.never;
  if (!written.where) return true;
  if (!compile_fact_names(group, definition, *written.where, depth)) return false;
  const FactAsker asker = asker_of(definition, *written.where, key, *input);
  const Symbols own = visible(group, asker);
  const Symbols shared = visible(shared_by(group), asker);
  std::optional<Expression> condition = expression(*written.where, Scope({&bound, &fields_[*input], &own, &shared, &constants_, &no_scores_}), true);
  if (!condition || refuse_absences(*written.where, *condition)) return false;
  std::vector<Expression> parts;
  split_conjuncts(std::move(*condition), parts);
  const auto plain = std::stable_partition(parts.begin(), parts.end(), [](Expression& part) { return !has_leaf(part, Operation::kBound); });
  std::vector<Expression> bound_parts(std::make_move_iterator(plain), std::make_move_iterator(parts.end()));
  parts.erase(plain, parts.end());
  step.where = join_conjuncts(std::move(parts));
  step.bound = join_conjuncts(std::move(bound_parts));
  if (definition.kind != FactKind::kAbsence || !step.bound || !has_leaf(*step.bound, Operation::kFact)) return true;
  add_finding(findings_, *written.where, DiagnosticCode::kFactForm, "a fact is compared with the record that came before",
              "compare fields with after.FIELD; a condition on facts alone stands beside it, joined by and");
  return false;
}

bool Compiler::check_step_names(const FactDefinition& definition) {
  bool valid = true;
  for (std::size_t i = 0; i < definition.steps.size(); ++i) {
    const Written& name = definition.steps[i].name;
    if (definition.kind == FactKind::kSequence && definition.steps[i].at_least > definition.open_max) {
      add_finding(findings_, name, DiagnosticCode::kOutOfRange,
                  fmt::format("{} records are counted where max_open keeps {} attempts", definition.steps[i].at_least, definition.open_max),
                  "raise max_open");
      valid = false;
    }
    const auto same = [&](const StepDefinition& other) { return !name.text.empty() && other.name.text == name.text; };
    const auto end = definition.steps.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::none_of(definition.steps.begin(), end, same)) continue;
    add_finding(findings_, name, DiagnosticCode::kDuplicateName, fmt::format("'{}' is a step of '{}' already", name.text, definition.name.text),
                "give each step a name of its own");
    valid = false;
  }
  return valid;
}

std::optional<PatternPlan> Compiler::pattern_plan(FactGroup& group, const FactDefinition& definition, std::size_t depth, std::size_t key,
                                                  std::map<std::string, std::uint32_t>& asked) {
  PatternPlan pattern;
  pattern.after_fire = definition.after_fire;
  pattern.open_max = definition.open_max;
  pattern.steps.resize(definition.steps.size());
  bool valid = set_business_days(definition, pattern);
  valid = check_step_names(definition) && valid;
  Symbols bound;
  std::vector<PatternBinding> bindings;
  for (std::size_t i = 0; i < definition.steps.size(); ++i) {
    const bool sees_others = definition.kind != FactKind::kTogether;
    const Symbols none;
    if (!compile_step(group, definition, i, depth, key, sees_others ? bound : none, pattern)) {
      valid = false;
      continue;
    }
    if (definition.steps[i].never || definition.steps[i].name.text.empty()) continue;
    bound.merge(step_symbols(pattern, static_cast<std::uint32_t>(i), definition.kind == FactKind::kSequence, bindings));
  }
  if (!valid) return std::nullopt;
  keep_used_bindings(group, definition, bound, bindings, pattern, asked);
  return pattern;
}

// Leaves the bindings that a condition reads or an expression of the group names; `asked` gets the latter by name.
void Compiler::keep_used_bindings(const FactGroup& group, const FactDefinition& definition, const Symbols& bound,
                                  const std::vector<PatternBinding>& bindings, PatternPlan& pattern, std::map<std::string, std::uint32_t>& asked) {
  std::map<std::uint32_t, std::uint32_t> places;
  const auto keep = [&](std::uint32_t position) {
    const PatternBinding& binding = bindings[position];
    const auto same = [&](const PatternBinding& other) {
      return other.step == binding.step && other.what == binding.what && other.field == binding.field;
    };
    auto place = std::find_if(pattern.bindings.begin(), pattern.bindings.end(), same);
    if (place == pattern.bindings.end()) place = pattern.bindings.insert(place, binding);
    return static_cast<std::uint32_t>(place - pattern.bindings.begin());
  };
  for (PatternStep& step : pattern.steps) {
    if (step.bound) each_leaf(*step.bound, Operation::kBound, [&](Expression& leaf) { leaf.position = keep(leaf.position); });
  }
  const std::string beginning = definition.name.text + ".";
  for (const std::string& name : group.names) {
    if (!name.starts_with(beginning)) continue;
    const auto found = bound.find(name.substr(beginning.size()));
    if (found != bound.end()) asked.emplace(name, keep(found->second.expression.position));
  }
}

// The facts by which rules read what a pattern has bound.
void Compiler::add_binding_facts(FactGroup& group, std::size_t key, std::size_t pattern_entry, const std::map<std::string, std::uint32_t>& asked) {
  for (const auto& [name, binding] : asked) {
    FactPlan fact;
    fact.kind = FactKind::kBinding;
    fact.name = name;
    fact.input = entries_[pattern_entry].plan.input;
    fact.type = pattern_of(entries_[pattern_entry].plan).bindings[binding].type;
    fact.pattern_fact = static_cast<std::uint32_t>(pattern_entry);
    fact.binding = binding;
    Expression leaf;
    leaf.operation = Operation::kFact;
    leaf.type = fact.type;
    const std::size_t entry = add_entry(key, std::move(fact));
    leaf.position = static_cast<std::uint32_t>(entry);
    group.symbols.insert_or_assign(name, usable(std::move(leaf)));
    group.bindings.insert_or_assign(name, BindingEntry{entry, key});
  }
}

// "now.amount": a field of the record at hand, where other names are fields of the window's records. A marker until split_like(): the leaf's
// position is that of the field.
Symbols Compiler::now_symbols(const FactDefinition& definition, std::size_t input) const {
  Symbols symbols;
  for (const auto& [name, field] : fields_[input]) {
    if (field.state != Symbol::State::kUsable) continue;
    if (!is_aggregate(definition.kind) || definition.kind == FactKind::kZScore || definition.kind == FactKind::kRobustZScore) {
      symbols.emplace("now." + name,
                      refused(DiagnosticCode::kFactForm, fmt::format("'now.{}' is for facts over a window, as count and sum", name), {}));
      continue;
    }
    Expression leaf = field.expression;
    leaf.operation = Operation::kBound;
    symbols.emplace("now." + name, usable(std::move(leaf)));
  }
  return symbols;
}

// Takes the parts of `where` that name the record at hand into `like`, in which the leaves change sides: the record of the window is the one that
// was kept. False = a finding.
bool Compiler::split_like(const Written& where, FactPlan& fact) {
  RECKONER_CHECK(fact.where.has_value(), "fact {} without the condition to split", fact.name);
  if (!has_leaf(*fact.where, Operation::kBound)) return true;
  std::vector<Expression> parts;
  split_conjuncts(std::move(*fact.where), parts);
  const auto plain = std::stable_partition(parts.begin(), parts.end(), [](Expression& part) { return !has_leaf(part, Operation::kBound); });
  std::vector<Expression> like(std::make_move_iterator(plain), std::make_move_iterator(parts.end()));
  parts.erase(plain, parts.end());
  fact.where = join_conjuncts(std::move(parts));
  fact.like = join_conjuncts(std::move(like));
  RECKONER_CHECK(fact.like.has_value(), "no part of the condition of fact {} names the record at hand, as the whole does", fact.name);
  if (has_leaf(*fact.like, Operation::kFact)) {
    add_finding(findings_, where, DiagnosticCode::kFactForm, "a fact is compared with the record at hand",
                "compare fields with now.FIELD; a condition on facts alone stands beside it, joined by and");
    return false;
  }
  swap_sides(*fact.like, fact);
  return true;
}

void Compiler::swap_sides(Expression& expression, FactPlan& fact) {
  for (Expression& argument : expression.arguments) swap_sides(argument, fact);
  if (expression.operation == Operation::kBound) {
    expression.operation = Operation::kField;
    expression.input = fact.input;
  } else if (expression.operation == Operation::kField) {
    const auto same = [&](const PatternBinding& binding) { return binding.field == expression.position; };
    auto place = std::find_if(fact.kept.begin(), fact.kept.end(), same);
    if (place == fact.kept.end()) place = fact.kept.insert(place, {0, BoundValue::kLast, expression.position, expression.type});
    expression.operation = Operation::kBound;
    expression.position = static_cast<std::uint32_t>(place - fact.kept.begin());
  }
}

// Whether the expression reads an absence, which is a finding: positions are those of entries.
bool Compiler::refuse_absences(const Written& place, const Expression& expression) {
  if (expression.operation == Operation::kFact && entries_[expression.position].plan.kind == FactKind::kAbsence) {
    add_finding(findings_, place, DiagnosticCode::kFactForm,
                fmt::format("'{}' is decided at no record, so that only a rule can read it", entries_[expression.position].plan.name),
                "read it in the fire of a rule");
    return true;
  }
  return std::any_of(expression.arguments.begin(), expression.arguments.end(),
                     [&](const Expression& argument) { return refuse_absences(place, argument); });
}

}  // namespace reckoner
