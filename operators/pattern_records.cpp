#include "operators/pattern_records.hpp"

namespace reckoner {

std::vector<ShownBinding> shown_bindings(const KeyPlan& key, std::uint32_t pattern_fact) {
  std::vector<ShownBinding> shown;
  for (std::uint32_t position = 0; position < key.facts.size(); ++position) {
    const FactPlan& fact = key.facts[position];
    if (fact.kind == FactKind::kBinding && fact.pattern_fact == pattern_fact) shown.push_back({position, fact.binding});
  }
  return shown;
}

PatternRecords::PatternRecords(const PatternPlan& pattern, std::shared_ptr<Evaluator> evaluator, std::span<const ColumnSource> columns,
                               std::size_t facts)
    : pattern_(pattern), evaluator_(std::move(evaluator)), fitting_(pattern.steps.size()) {
  std::vector<ValueType> types;
  types.reserve(pattern_.bindings.size());
  for (const PatternBinding& binding : pattern_.bindings) types.push_back(binding.type);
  for (const PatternStep& step : pattern_.steps) {
    wheres_.push_back(step.where ? std::optional(evaluator_->add(*step.where)) : std::nullopt);
    conditions_.push_back(step.bound ? std::make_unique<BoundCondition>(*step.bound, columns, facts, types) : nullptr);
  }
}

const std::vector<Mask>& PatternRecords::fitting(const Batch& batch, const Features& features) {
  evaluator_->begin(batch, features);
  for (std::size_t step = 0; step < fitting_.size(); ++step) {
    fitting_[step] = batch.timers ? Mask{} : batch.of_input[pattern_.steps[step].input];
    const std::optional<Evaluator::NodeId>& where = wheres_[step];
    if (where && !fitting_[step].none()) fitting_[step] = fitting_[step] & evaluator_->evaluate(*where).truth;
  }
  return fitting_;
}

Mask PatternRecords::goes_with(std::uint32_t step, const Batch& batch, std::size_t row, const Features& features,
                               std::span<const std::vector<KeptValue>* const> kept) {
  if (conditions_[step] == nullptr) return Mask::first(kept.size());
  return conditions_[step]->test(batch, row, features, kept);
}

void PatternRecords::keep_values(std::uint32_t step, BoundValue what, const Batch& batch, std::size_t row, std::vector<KeptValue>& values) const {
  for (std::size_t i = 0; i < pattern_.bindings.size(); ++i) {
    const PatternBinding& binding = pattern_.bindings[i];
    if (binding.step == step && binding.what == what) values[i] = value_of(batch, row, binding.field, binding.type);
  }
}

void PatternRecords::show(std::span<const ShownBinding> shown, const std::vector<KeptValue>& values, std::size_t row, Features& features) const {
  for (const ShownBinding& one : shown) {
    const KeptValue& value = values[one.binding];
    if (!value.known) continue;
    const bool is_text = pattern_.bindings[one.binding].type.kind == ValueKind::kString;
    features.column(one.feature)[row] = is_text ? features.add_text(value.text) : value.number;
    features.known(one.feature).set(row);
  }
}

}  // namespace reckoner
