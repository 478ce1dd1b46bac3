#include "operators/together.hpp"

#include <algorithm>

#include "engine/big_endian.hpp"

namespace reckoner {

TogetherOperator::TogetherOperator(const KeyPlan& key, std::uint32_t position, std::int64_t slack_ms, std::shared_ptr<Evaluator> evaluator,
                                   std::span<const ColumnSource> columns)
    : feature_(position),
      within_ms_(key.facts[position].within_ms),
      slack_ms_(slack_ms),
      records_(pattern_of(key.facts[position]), std::move(evaluator), columns, key.facts.size()),
      shown_bindings_(shown_bindings(key, position)) {}

void TogetherOperator::process(const Batch& batch, Features& features, Effects&) {
  fired_.clear();
  features.known(feature_) = Mask::first(batch.rows);
  std::fill_n(features.column(feature_), batch.rows, 0);
  if (batch.timers) return;
  const std::vector<Mask>& fitting = records_.fitting(batch, features);
  Mask any;
  for (const Mask& rows : fitting) any = any | rows;
  any.for_each([&](std::size_t row) { process_row(batch, row, fitting, features); });
}

void TogetherOperator::process_row(const Batch& batch, std::size_t row, const std::vector<Mask>& fitting, Features& features) {
  const std::int64_t oldest = batch.watermark[0][row] - slack_ms_;
  if (batch.event_time[row] < oldest) return features.known(feature_).reset(row);
  State& state = states_.open(batch.record[row]);
  state.steps.resize(fitting.size());
  for (std::vector<KeptRecord>& kept : state.steps) {
    std::erase_if(kept, [&](const KeptRecord& one) { return one.event_time <= oldest - within_ms_; });
  }
  for (std::uint32_t step = 0; step < fitting.size(); ++step) {
    if (fitting[step].test(row)) add_record(state, step, batch, row);
  }
  if (find_set(state, batch.event_time[row], batch.position[row])) {
    show(row, features);
    if (records_.plan().after_fire == AfterFire::kRestart) {
      for (std::vector<KeptRecord>& kept : state.steps)
        std::erase_if(kept, [&](const KeptRecord& one) { return !one.is_after(batch.event_time[row], batch.position[row]); });
    }
  }
  states_.close_if_empty(batch.record[row]);
}

void TogetherOperator::add_record(State& state, std::uint32_t step, const Batch& batch, std::size_t row) {
  KeptRecord made{batch.event_time[row], batch.position[row], records_.no_values()};
  records_.keep_values(step, BoundValue::kLast, batch, row, made.values);
  std::vector<KeptRecord>& kept = state.steps[step];
  const auto place = std::find_if(kept.begin(), kept.end(), [&](const KeptRecord& one) { return !one.is_before(made.event_time, made.position); });
  kept.insert(place, std::move(made));
  if (kept.size() <= records_.plan().open_max) return;
  kept.erase(kept.begin());
  states_.count_dropped();
}

bool TogetherOperator::find_set(const State& state, std::int64_t time, std::uint64_t position) {
  set_.clear();
  for (const std::vector<KeptRecord>& kept : state.steps) {
    const auto behind = std::find_if(kept.begin(), kept.end(), [&](const KeptRecord& one) { return one.is_after(time, position); });
    if (behind == kept.begin() || (behind - 1)->event_time <= time - within_ms_) return false;
    set_.push_back(&*(behind - 1));
  }
  return true;
}

void TogetherOperator::show(std::size_t row, Features& features) {
  features.column(feature_)[row] = 1;
  std::vector<KeptValue> values = records_.no_values();
  std::vector<Contribution> contributions;
  for (std::size_t step = 0; step < set_.size(); ++step) {
    contributions.push_back({set_[step]->event_time, set_[step]->position});
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (records_.plan().bindings[i].step == step) values[i] = set_[step]->values[i];
    }
  }
  records_.show(shown_bindings_, values, row, features);
  fired_.add(row, std::move(contributions));
}

bool TogetherOperator::State::is_empty() const {
  return std::all_of(steps.begin(), steps.end(), [](const std::vector<KeptRecord>& kept) { return kept.empty(); });
}

void TogetherOperator::State::append_to(std::string& bytes) const {
  append_big_endian(bytes, static_cast<std::uint32_t>(steps.size()));
  for (const std::vector<KeptRecord>& kept : steps) append_records(bytes, kept);
}

TogetherOperator::State TogetherOperator::State::take(std::string_view& bytes) {
  State state;
  state.steps.resize(take_big_endian<std::uint32_t>(bytes));
  for (std::vector<KeptRecord>& kept : state.steps) kept = take_records(bytes);
  return state;
}

}  // namespace reckoner
