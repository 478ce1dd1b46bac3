#include "rules/derived_inputs.hpp"

#include <algorithm>
#include <utility>

#include "operators/alert_records.hpp"
#include "operators/cycle_watch.hpp"
#include "operators/silence_watch.hpp"

namespace reckoner {

namespace {

const Written* asking_for(std::string_view input, const std::optional<Written>& on) { return on && on->text == input ? &*on : nullptr; }

const Written* asking_for(std::string_view input, const std::vector<FactDefinition>& facts) {
  for (const FactDefinition& fact : facts) {
    if (const Written* place = asking_for(input, fact.on)) return place;
    for (const StepDefinition& step : fact.steps) {
      if (const Written* place = asking_for(input, step.on)) return place;
    }
  }
  return nullptr;
}

// Where the input is first asked for; null = nowhere.
const Written* asking_for(std::string_view input, const RuleSet& rule_set) {
  if (const Written* place = asking_for(input, rule_set.facts)) return place;
  for (const RuleDefinition& rule : rule_set.rules) {
    if (const Written* place = asking_for(input, rule.on)) return place;
    if (const Written* place = asking_for(input, rule.facts)) return place;
  }
  return nullptr;
}

Written at(const Written& place, std::string_view text) { return {std::string(text), place.source, place.node}; }

void add_field(InputDefinition& input, const Written& place, std::string_view name, ValueKind kind, std::uint32_t length_max = Field{}.length_max) {
  const auto same = [&](const FieldDefinition& field) { return field.name.text == name; };
  if (std::any_of(input.fields.begin(), input.fields.end(), same)) return;
  FieldDefinition field{at(place, name), {}, false};
  field.field.name = field.field.path = std::string(name);
  field.field.type.kind = kind;
  field.field.required = name == kTimeField;
  field.field.length_max = length_max;
  input.fields.push_back(std::move(field));
}

// A key's text is what is known of it: an enum's name is a string there.
void add_key_fields(const RuleSet& rule_set, const Written& place, InputDefinition& input) {
  for (const RuleDefinition& rule : rule_set.rules) {
    const auto read = std::find_if(rule_set.inputs.begin(), rule_set.inputs.end(),
                                   [&](const InputDefinition& other) { return rule.on && other.name.text == rule.on->text; });
    if (read == rule_set.inputs.end()) continue;
    for (const Written& name : rule.by) {
      const auto field =
          std::find_if(read->fields.begin(), read->fields.end(), [&](const FieldDefinition& other) { return other.name.text == name.text; });
      if (field == read->fields.end() || field->broken) continue;
      const bool is_number = field->field.type.kind == ValueKind::kInteger;
      add_field(input, place, name.text, is_number ? ValueKind::kInteger : ValueKind::kString, field->field.length_max);
    }
  }
}

InputDefinition derived_input(const RuleSet& rule_set, const Written& place, DerivedOf of) {
  constexpr std::uint32_t kIdDigits = 32;
  InputDefinition input;
  input.derived = of;
  input.name = place;
  input.time = at(place, kTimeField);
  if (of == DerivedOf::kAlerts) {
    input.id = at(place, kAlertField);
    add_field(input, place, kAlertField, ValueKind::kString, kIdDigits);
  }
  add_field(input, place, kTimeField, ValueKind::kTime);
  for (const InputDefinition& read : rule_set.inputs) input.out_of_orderness_ms = std::max(input.out_of_orderness_ms, read.out_of_orderness_ms);
  if (of == DerivedOf::kSilences) {
    add_field(input, place, SilenceWatch::kSilentInput, ValueKind::kString);
    add_field(input, place, SilenceWatch::kSilentFor, ValueKind::kDuration);
    add_field(input, place, SilenceWatch::kLastHeard, ValueKind::kTime);
    return input;
  }
  add_field(input, place, kRuleField, ValueKind::kString);
  add_field(input, place, kOwnerField, ValueKind::kString);
  if (of == DerivedOf::kAlerts) {
    add_field(input, place, kSeverityField, ValueKind::kString);
    add_field(input, place, kCodeField, ValueKind::kString);
    add_field(input, place, kRepeatsField, ValueKind::kBool);
  } else {
    add_field(input, place, kReasonField, ValueKind::kString, kReasonBytesMax);
  }
  add_key_fields(rule_set, place, input);
  return input;
}

// The closing transfer's accounts, id and amount, and what the cycle is.
InputDefinition cycle_input(const RuleSet& rule_set, const CycleDefinition& cycle) {
  constexpr std::uint32_t kPathBytes = 4096;
  InputDefinition input;
  input.derived = DerivedOf::kCycle;
  input.name = cycle.name;
  input.time = at(cycle.name, kTimeField);
  add_field(input, cycle.name, kTimeField, ValueKind::kTime);
  add_field(input, cycle.name, CycleWatch::kHops, ValueKind::kInteger);
  add_field(input, cycle.name, CycleWatch::kPath, ValueKind::kString, kPathBytes);
  add_field(input, cycle.name, CycleWatch::kBegan, ValueKind::kTime);
  const auto read = std::find_if(rule_set.inputs.begin(), rule_set.inputs.end(),
                                 [&](const InputDefinition& other) { return cycle.on && other.name.text == cycle.on->text; });
  if (read == rule_set.inputs.end()) return input;
  input.out_of_orderness_ms = read->out_of_orderness_ms;
  for (const std::optional<Written>* name : {&cycle.from, &cycle.to, &cycle.amount, &read->id}) {
    const auto field = std::find_if(read->fields.begin(), read->fields.end(),
                                    [&](const FieldDefinition& other) { return *name && other.name.text == (*name)->text; });
    if (field == read->fields.end() || field->broken) continue;
    add_field(input, cycle.name, field->name.text, field->field.type.kind, field->field.length_max);
    const auto added =
        std::find_if(input.fields.begin(), input.fields.end(), [&](const FieldDefinition& other) { return other.name.text == field->name.text; });
    if (added->field.type.kind == field->field.type.kind) added->field.type = field->field.type;
    if (name == &read->id) input.id = at(cycle.name, field->name.text);
  }
  return input;
}

}  // namespace

void add_derived_inputs(RuleSet& rule_set) {
  std::vector<InputDefinition> derived;
  for (const CycleDefinition& cycle : rule_set.cycles) {
    const auto same = [&](const InputDefinition& input) { return input.name.text == cycle.name.text; };
    const bool is_taken = std::any_of(rule_set.inputs.begin(), rule_set.inputs.end(), same) || std::any_of(derived.begin(), derived.end(), same);
    if (!is_taken) derived.push_back(cycle_input(rule_set, cycle));
  }
  for (const auto& [name, of] :
       {std::pair{kAlertsInput, DerivedOf::kAlerts}, std::pair{kFaultsInput, DerivedOf::kFaults}, std::pair{kSilencesInput, DerivedOf::kSilences}}) {
    const auto same = [&](const InputDefinition& input) { return input.name.text == name; };
    const bool is_taken = std::any_of(rule_set.inputs.begin(), rule_set.inputs.end(), same) || std::any_of(derived.begin(), derived.end(), same);
    const Written* const place = asking_for(name, rule_set);
    if (place != nullptr && !is_taken) derived.push_back(derived_input(rule_set, *place, of));
  }
  for (InputDefinition& input : derived) rule_set.inputs.push_back(std::move(input));
}

}  // namespace reckoner
