// Inputs become schemas, distinct `by` lists become keys.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "engine/check.hpp"
#include "rules/compiler.hpp"

namespace reckoner {

namespace {

bool is_key_type(const ValueType& type) {
  return type.kind == ValueKind::kString || type.kind == ValueKind::kInteger || type.kind == ValueKind::kEnum;
}

std::vector<std::string> texts_of(const std::vector<Written>& by) {
  std::vector<std::string> texts;
  texts.reserve(by.size());
  for (const Written& name : by) texts.push_back(name.text);
  return texts;
}

}  // namespace

std::optional<std::size_t> Compiler::column(std::size_t input, const Written& name, std::string_view use) {
  const Schema& schema = plan_.inputs[input].schema;
  if (const std::optional<std::size_t> found = schema.find(name.text)) return found;
  const std::vector<std::string> names = Scope({&fields_[input]}).names("");
  add_finding(findings_, name, DiagnosticCode::kUnknownField, fmt::format("{} '{}' is no field of input '{}'", use, name.text, schema.input),
              name_advice(name.text, names));
  return std::nullopt;
}

std::optional<std::size_t> Compiler::find_input(const Written& name) {
  std::vector<std::string> names;
  for (std::size_t input = 0; input < rule_set_.inputs.size(); ++input) {
    if (rule_set_.inputs[input].name.text == name.text) return input;
    names.push_back(rule_set_.inputs[input].name.text);
  }
  add_finding(findings_, name, DiagnosticCode::kUnknownInput, fmt::format("no input is named '{}'", name.text), name_advice(name.text, names));
  return std::nullopt;
}

std::optional<std::size_t> Compiler::resolve_input(const std::optional<Written>& name) { return name ? find_input(*name) : std::nullopt; }

void Compiler::compile_inputs() {
  fields_.resize(rule_set_.inputs.size());
  plan_.inputs.resize(rule_set_.inputs.size());
  compile_time_zones();
  for (std::size_t input = 0; input < rule_set_.inputs.size(); ++input) compile_input(rule_set_.inputs[input], input);
  compile_lists();
  compile_calendars();
  compile_macros();
  for (const ParameterDefinition& parameter : rule_set_.parameters) {
    constants_.emplace(fmt::format("param.{}", parameter.name.text), parameter.broken ? broken() : usable(parameter.value));
  }
  for (const ScoreDefinition& score : rule_set_.scores) {
    no_scores_.emplace(fmt::format("score.{}", score.name.text),
                       refused(DiagnosticCode::kScoreUse, "scores can be used in rules only", "use the facts that the score is made of"));
  }
  for (std::size_t input = 0; input < rule_set_.inputs.size(); ++input) {
    const std::optional<Written>& filter = rule_set_.inputs[input].filter;
    if (filter) plan_.inputs[input].filter = expression(*filter, Scope({&fields_[input], &no_additions_, &constants_, &no_scores_}), true);
  }
  compile_cycles();
}

// Macros are only read here: what they mean depends on where they are used.
void Compiler::compile_macros() {
  for (const MacroDefinition& macro : rule_set_.macros) {
    for (std::size_t input = 0; input < fields_.size(); ++input) {
      if (!fields_[input].contains(macro.name.text)) continue;
      add_finding(findings_, macro.name, DiagnosticCode::kDuplicateName,
                  fmt::format("'{}' is a field of input '{}' already", macro.name.text, rule_set_.inputs[input].name.text), "rename the macro");
      break;
    }
    std::expected<SyntaxNode, ExpressionFault> tree = parse_expression(macro.value.text);
    if (tree)
      macros_.add(macro.name.text, std::move(*tree));
    else
      report(macro.value, tree.error().position, tree.error().code, tree.error().text, tree.error().advice);
  }
}

void Compiler::compile_input(const InputDefinition& definition, std::size_t input) {
  InputPlan& plan = plan_.inputs[input];
  plan.schema.input = definition.name.text;
  plan.derived = definition.derived;
  plan.schema.unknown_fields = definition.unknown_fields;
  plan.out_of_orderness_ms = definition.out_of_orderness_ms;
  plan.silent_after_ms = definition.silent_after_ms;
  if (definition.derived == DerivedOf::kSilences) refuse_unwatched(definition);
  // Those that are declared were counted when they were read.
  if (definition.derived != DerivedOf::kNothing && definition.fields.size() > kFieldsMax)
    add_finding(findings_, definition.name, DiagnosticCode::kTooMany,
                fmt::format("'{}' would have {} fields, those of all keys of rules among them; at most {} fit", definition.name.text,
                            definition.fields.size(), kFieldsMax),
                "give rules fewer different key fields, or split the rule set");
  for (const FieldDefinition& field : definition.fields) {
    Expression leaf;
    leaf.operation = Operation::kField;
    leaf.type = field.field.type;
    leaf.input = static_cast<InputId>(input);
    leaf.position = static_cast<std::uint32_t>(plan.schema.fields.size());
    plan.schema.fields.push_back(field.field);
    fields_[input].emplace(field.field.name, field.broken ? broken() : usable(std::move(leaf)));
  }
  const auto is_broken = [&](std::size_t position) { return definition.fields[position].broken; };
  const std::optional<std::size_t> time = definition.time ? column(input, *definition.time, "time") : std::nullopt;
  if (time && !is_broken(*time)) {
    plan.schema.event_time = *time;
    const Field& field = plan.schema.fields[*time];
    if (field.type.kind != ValueKind::kTime)
      add_finding(findings_, *definition.time, DiagnosticCode::kBadInput, fmt::format("the event time '{}' is {}", field.name, to_text(field.type)),
                  "declare the field with type: time");
    else if (!field.required)
      add_finding(findings_, definition.fields[*time].name, DiagnosticCode::kBadInput, fmt::format("the event time '{}' is not required", field.name),
                  "add required: true, since a record without a time cannot be placed");
  }
  if (definition.id) plan.schema.id = column(input, *definition.id, "id");
  if (definition.id && plan.schema.id && !is_broken(*plan.schema.id)) {
    const ValueType& type = plan.schema.fields[*plan.schema.id].type;
    if (type.kind != ValueKind::kString && type.kind != ValueKind::kInteger)
      add_finding(findings_, *definition.id, DiagnosticCode::kBadInput, fmt::format("the id is {}", to_text(type)),
                  "an id is a string or an integer");
  }
  if (definition.amount) plan.schema.amount = column(input, *definition.amount, "amount");
  if (definition.amount && plan.schema.amount && !is_broken(*plan.schema.amount)) {
    const ValueType& type = plan.schema.fields[*plan.schema.amount].type;
    if (!type.is_numeric())
      add_finding(findings_, *definition.amount, DiagnosticCode::kBadInput, fmt::format("the amount is {}", to_text(type)),
                  "an amount is money, a decimal or an integer");
  }
  if (definition.dedupe) {
    plan.dedupe = DedupePlan{definition.dedupe->within_ms, definition.dedupe->bytes_max};
    if (!definition.id)
      add_finding(findings_, definition.dedupe->place, DiagnosticCode::kBadInput, "records without an id cannot be told apart",
                  "add id: FIELD to the input");
  }
}

void Compiler::refuse_unwatched(const InputDefinition& silences) {
  const auto is_watched = [](const InputDefinition& input) { return input.silent_after_ms > 0; };
  if (std::any_of(rule_set_.inputs.begin(), rule_set_.inputs.end(), is_watched)) return;
  add_finding(findings_, silences.name, DiagnosticCode::kBadInput, "no input says after how long it is silent",
              "add silent_after: 30m, or another time, to the input that is to be watched");
}

bool Compiler::check_key_types(const std::vector<Written>& by, std::size_t input) {
  bool valid = true;
  std::set<std::string> seen;
  for (const Written& name : by) {
    if (!seen.insert(name.text).second) {
      add_finding(findings_, name, DiagnosticCode::kBadKey, fmt::format("'{}' is twice in the key", name.text), "remove one");
      valid = false;
      continue;
    }
    const std::optional<std::size_t> position = column(input, name, "key field");
    if (!position || rule_set_.inputs[input].fields[*position].broken) {
      valid = false;
      continue;
    }
    const ValueType& type = plan_.inputs[input].schema.fields[*position].type;
    if (is_key_type(type)) continue;
    add_finding(findings_, name, DiagnosticCode::kBadKey, fmt::format("'{}' is {}, which cannot be a key", name.text, to_text(type)));
    valid = false;
  }
  return valid;
}

// Finds or makes the key; empty when it is not one of this input's.
std::optional<std::size_t> Compiler::add_key(const std::vector<Written>& by, std::optional<std::size_t> input, std::size_t evaluation) {
  if (by.empty() || !input || !check_key_types(by, *input)) return std::nullopt;
  if (const std::optional<std::size_t> known = key_of(by, input, evaluation)) return known;
  KeyPlan key;
  key.by = texts_of(by);
  key.per_key_max = rule_set_.per_key_max;
  key.keys_max = rule_set_.keys_max;
  key.derived = is_derived(*input);
  key.ordered = evaluations_[evaluation].ordered && !key.derived;
  key.stage = key.derived ? 0 : evaluations_[evaluation].stage;
  key.fields.resize(plan_.inputs.size());
  for (std::size_t other = 0; other < plan_.inputs.size(); ++other) {
    if (is_derived(other) != key.derived) continue;
    const Schema& schema = plan_.inputs[other].schema;
    KeyFields fields;
    for (const Written& name : by) {
      const std::optional<std::size_t> position = schema.find(name.text);
      if (!position) break;
      const Schema& own = plan_.inputs[*input].schema;
      const std::optional<std::size_t> own_position = own.find(name.text);
      RECKONER_CHECK(own_position.has_value(), "key field '{}' that input '{}' does not have", name.text, own.input);
      if (!(schema.fields[*position].type == own.fields[*own_position].type)) {
        add_finding(findings_, name, DiagnosticCode::kBadKey, fmt::format("'{}' has another type in input '{}'", name.text, schema.input),
                    "give both the same type");
        break;
      }
      fields.push_back(static_cast<std::uint32_t>(*position));
    }
    if (fields.size() == by.size()) key.fields[other] = std::move(fields);
  }
  if (plan_.keys.size() >= kKeyKindsMax) {
    add_finding(findings_, by.front(), DiagnosticCode::kTooMany, fmt::format("more than {} different keys", kKeyKindsMax));
    return std::nullopt;
  }
  plan_.keys.push_back(std::move(key));
  return plan_.keys.size() - 1;
}

std::optional<std::size_t> Compiler::key_of(const std::vector<Written>& by, std::optional<std::size_t> input, std::size_t evaluation) const {
  if (!input) return std::nullopt;
  const std::vector<std::string> names = texts_of(by);
  const bool derived = is_derived(*input);
  const Evaluation& asked = evaluations_[evaluation];
  const auto found = std::find_if(plan_.keys.begin(), plan_.keys.end(), [&](const KeyPlan& key) {
    return key.by == names && key.derived == derived && (derived || (key.ordered == asked.ordered && key.stage == asked.stage));
  });
  if (found == plan_.keys.end() || found->fields[*input].empty()) return std::nullopt;
  return static_cast<std::size_t>(found - plan_.keys.begin());
}

std::optional<std::size_t> Compiler::only_input() const { return read_inputs(plan_) == 1 ? std::optional<std::size_t>(0) : std::nullopt; }

bool Compiler::refuse_derived(const Written& place, std::optional<std::size_t> input, std::string_view what) {
  if (!input || !is_derived(*input)) return false;
  const std::string& name = plan_.inputs[*input].schema.input;
  add_finding(findings_, place, DiagnosticCode::kBadInput, fmt::format("{} be made of '{}'", what, name),
              fmt::format("rules can: on: {}, with a fact that counts them", name));
  return true;
}

// Driver keys and every `by` that is written, whether or not it can be used; then in an order that does not depend on where they are written.
void Compiler::compile_keys() {
  set_evaluations();
  for (std::size_t input = 0; input < rule_set_.inputs.size(); ++input) static_cast<void>(add_key(rule_set_.inputs[input].key, input, 0));
  const auto add_facts = [&](const std::vector<FactDefinition>& facts, std::optional<std::size_t> fallback, std::size_t evaluation) {
    for (const FactDefinition& fact : facts) {
      if (!fact.by.empty()) static_cast<void>(add_key(fact.by, anchor_input(fact, fallback), evaluation));
    }
  };
  for (std::size_t evaluation = 0; evaluation < evaluations_.size(); ++evaluation) {
    add_facts(evaluations_[evaluation].facts, only_input(), evaluation);
    for (const FactDefinition& fact : evaluations_[evaluation].facts) {
      const std::optional<std::size_t> input = fact.by.empty() ? anchor_input(fact, only_input()) : std::nullopt;
      if (input) static_cast<void>(add_key(rule_set_.inputs[*input].key, input, evaluation));
    }
  }
  for (const TotalDefinition& total : rule_set_.totals) static_cast<void>(add_key(total.by, resolve_input(total.on), evaluation_of(total)));
  for (const ScoreDefinition& score : rule_set_.scores) {
    std::optional<std::size_t> first;
    for (const Written& on : score.on) {
      const std::optional<std::size_t> input = find_input(on);
      static_cast<void>(add_key(score.by, input, evaluation_of(score)));
      if (!first) first = input;
    }
    add_facts(score.facts, first, evaluation_of(score));
  }
  for (const RuleDefinition& rule : rule_set_.rules) {
    const std::optional<std::size_t> input = resolve_input(rule.on);
    static_cast<void>(add_key(rule.by, input, evaluation_of(rule)));
    add_facts(rule.facts, input, evaluation_of(rule));
  }
  order_keys();
}

void Compiler::order_keys() {
  std::sort(plan_.keys.begin(), plan_.keys.end(), [](const KeyPlan& left, const KeyPlan& right) {
    return std::tie(left.derived, left.ordered, left.stage, left.by) < std::tie(right.derived, right.ordered, right.stage, right.by);
  });
  for (std::size_t input = 0; input < rule_set_.inputs.size(); ++input) {
    plan_.inputs[input].driver_key = static_cast<std::uint32_t>(key_of(rule_set_.inputs[input].key, input, 0).value_or(0));
    for (const Written& name : rule_set_.inputs[input].key) plan_.inputs[input].declared_key.push_back(name.text);
  }
}

}  // namespace reckoner
