#include "operators/alert_records.hpp"

#include <charconv>

#include "engine/check.hpp"
#include "engine/key.hpp"

namespace reckoner {

namespace {

// Stored as its digits in a key (engine/key.hpp).
std::int64_t number_in(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  RECKONER_CHECK(error == std::errc{} && end == text.data() + text.size(), "a key part that is no number: {}", text);
  return number;
}

}  // namespace

AlertRecords::AlertRecords(const Plan& plan, const KeyPlan& key) {
  for (std::size_t i = 0; i < plan.inputs.size() && !key.derived; ++i) {
    const InputPlan& planned = plan.inputs[i];
    if (planned.derived != DerivedOf::kAlerts && planned.derived != DerivedOf::kFaults) continue;
    Input input{static_cast<InputId>(i), planned.schema, {}};
    for (const std::string& part : key.by) input.key_fields.push_back(planned.schema.find(part));
    (planned.derived == DerivedOf::kAlerts ? alerts_ : faults_) = std::move(input);
  }
}

void AlertRecords::begin(const Input& input, const Subject& subject, DerivedRecords& into) const {
  into.begin(input.number, input.schema.fields.size(), subject.order, subject.event_time, subject.key);
  into.set(input.schema.event_time, subject.event_time);
  set_text(input, kRuleField, subject.rule->id, into);
  set_text(input, kOwnerField, subject.rule->owner, into);
  std::string_view left = subject.key;
  for (const std::optional<std::size_t>& field : input.key_fields) {
    const std::string_view part = input.key_fields.size() == 1 ? left : take_key_part(left);
    if (!field) continue;
    if (input.schema.fields[*field].type.kind == ValueKind::kString)
      into.set_text(*field, part);
    else
      into.set(*field, number_in(part));
  }
}

void AlertRecords::set_text(const Input& input, std::string_view field, std::string_view text, DerivedRecords& into) {
  const std::optional<std::size_t> position = input.schema.find(field);
  if (position && !text.empty()) into.set_text(*position, text);
}

void AlertRecords::tell_alert(const Subject& subject, std::string_view id, std::string_view severity, bool repeats, DerivedRecords& into) const {
  if (!alerts_ || !subject.rule->tells_rules) return;
  begin(*alerts_, subject, into);
  set_text(*alerts_, kAlertField, id, into);
  set_text(*alerts_, kSeverityField, severity, into);
  set_text(*alerts_, kCodeField, subject.rule->code, into);
  if (const auto field = alerts_->schema.find(kRepeatsField)) into.set(*field, repeats ? 1 : 0);
}

void AlertRecords::tell_fault(const Subject& subject, std::string_view reason, DerivedRecords& into) const {
  if (!faults_) return;
  begin(*faults_, subject, into);
  set_text(*faults_, kReasonField, reason, into);
}

}  // namespace reckoner
