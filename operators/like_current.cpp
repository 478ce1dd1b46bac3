#include "operators/like_current.hpp"

#include <algorithm>

#include "engine/check.hpp"
#include "engine/xxh3.hpp"
#include "operators/arithmetic.hpp"

namespace reckoner {

namespace {

std::vector<ValueType> types_of(const FactPlan& fact) {
  std::vector<ValueType> types;
  types.reserve(fact.kept.size());
  for (const PatternBinding& binding : fact.kept) types.push_back(binding.type);
  return types;
}

const Expression& like_of(const FactPlan& fact) {
  RECKONER_CHECK(fact.like.has_value(), "fact {} compares no records of its window with the one at hand", fact.name);
  return *fact.like;
}

}  // namespace

LikeCurrentOperator::LikeCurrentOperator(const KeyPlan& key, std::uint32_t position, std::int64_t slack_ms, std::shared_ptr<Evaluator> evaluator,
                                         std::span<const ColumnSource> columns)
    : fact_(key.facts[position]),
      feature_(position),
      slack_ms_(slack_ms),
      per_key_max_(key.per_key_max),
      evaluator_(std::move(evaluator)),
      condition_(like_of(fact_), columns, key.facts.size(), types_of(fact_)) {
  if (fact_.where) where_ = evaluator_->add(*fact_.where);
  const bool is_text = fact_.kind != FactKind::kCount && !evaluator_->has_column(fact_.input, fact_.value);
  value_type_.kind = is_text ? ValueKind::kString : ValueKind::kInteger;
}

void LikeCurrentOperator::process(const Batch& batch, Features& features, Effects&) {
  shown_.clear();
  if (batch.timers) return;
  evaluator_->begin(batch, features);
  Mask counted = batch.of_input[fact_.input];
  if (where_) counted = counted & evaluator_->evaluate(*where_).truth;
  batch.of_input[fact_.input].for_each(
      [&](std::size_t row) { process_row(batch, row, counted.test(row) && (!reads_value(fact_) || batch.has(row, fact_.value)), features); });
}

void LikeCurrentOperator::process_row(const Batch& batch, std::size_t row, bool counts, Features& features) {
  const std::int64_t time = batch.event_time[row];
  const std::int64_t oldest = batch.watermark[0][row] - slack_ms_;
  forget(batch.record[row], oldest - fact_.within_ms);
  if (fact_.exclude_current && time >= oldest) show(batch, row, features);
  if (counts && time > oldest - fact_.within_ms) keep(batch, row);
  if (!fact_.exclude_current && time >= oldest) show(batch, row, features);
  states_.close_if_empty(batch.record[row]);
}

void LikeCurrentOperator::forget(std::byte* record, std::int64_t cut) {
  State* state = states_.find(record);
  if (state == nullptr) return;
  const auto kept = std::find_if(state->records.begin(), state->records.end(), [&](const KeptRecord& one) { return one.event_time > cut; });
  state->records.erase(state->records.begin(), kept);
  if (state->lost_until <= cut) state->lost = false;
}

// The values that the condition needs, and behind them the one that is measured; a text by its hash.
void LikeCurrentOperator::keep(const Batch& batch, std::size_t row) {
  State& state = states_.open(batch.record[row]);
  KeptRecord made{batch.event_time[row], batch.position[row], {}};
  for (const PatternBinding& binding : fact_.kept) made.values.push_back(value_of(batch, row, binding.field, binding.type));
  if (reads_value(fact_)) {
    KeptValue value = value_of(batch, row, fact_.value, value_type_);
    if (value_type_.kind == ValueKind::kString) value = {true, static_cast<std::int64_t>(XXH3_64bits(value.text.data(), value.text.size())), {}};
    made.values.push_back(std::move(value));
  }
  const auto place =
      std::find_if(state.records.rbegin(), state.records.rend(), [&](const KeptRecord& one) { return one.event_time <= made.event_time; });
  state.records.insert(place.base(), std::move(made));
  if (state.records.size() <= per_key_max_) return;
  state.lost = true;
  state.lost_until = state.records.front().event_time;
  state.records.erase(state.records.begin());
  states_.count_dropped();
}

void LikeCurrentOperator::show(const Batch& batch, std::size_t row, Features& features) {
  const State* state = states_.find(batch.record[row]);
  if (state != nullptr && state->lost && state->lost_until > batch.event_time[row] - fact_.within_ms) return;
  like_.clear();
  values_.clear();
  if (state != nullptr) gather(*state, batch, row, features);
  const std::optional<std::int64_t> value = answer();
  if (!value) return;
  features.column(feature_)[row] = *value;
  features.known(feature_).set(row);
  std::vector<Contribution> contributions;
  for (auto one = like_.rbegin(); one != like_.rend() && contributions.size() < kContributionsKept; ++one)
    contributions.push_back({(*one)->event_time, (*one)->position});
  if (!contributions.empty()) shown_.add(row, std::move(contributions));
}

void LikeCurrentOperator::gather(const State& state, const Batch& batch, std::size_t row, const Features& features) {
  const std::int64_t time = batch.event_time[row];
  std::vector<const KeptRecord*> asked;
  std::vector<const std::vector<KeptValue>*> kept;
  const auto test = [&] {
    condition_.test(batch, row, features, kept).for_each([&](std::size_t i) { like_.push_back(asked[i]); });
    asked.clear();
    kept.clear();
  };
  for (const KeptRecord& one : state.records) {
    if (one.event_time <= time - fact_.within_ms || one.event_time > time) continue;
    asked.push_back(&one);
    kept.push_back(&one.values);
    if (kept.size() == kBatchRows) test();
  }
  test();
  for (const KeptRecord* one : like_) values_.push_back(reads_value(fact_) ? one->values.back().number : 1);
}

std::optional<std::int64_t> LikeCurrentOperator::answer() {
  if (fact_.kind == FactKind::kCount) return static_cast<std::int64_t>(values_.size());
  Int128 sum = 0;
  for (const std::int64_t value : values_) sum += value;
  std::int64_t result = 0;
  if (fact_.kind == FactKind::kSum) {
    result = static_cast<std::int64_t>(sum);
    return Int128{result} == sum ? std::optional(result) : std::nullopt;
  }
  if (fact_.kind == FactKind::kAverage)
    return divide_rounded(sum, static_cast<std::int64_t>(values_.size()), fact_.further_digits, result) ? std::optional(result) : std::nullopt;
  std::sort(values_.begin(), values_.end());
  std::vector<ValueCount> counted;
  for (const std::int64_t value : values_) {
    if (counted.empty() || counted.back().first != value) counted.emplace_back(value, 0U);
    ++counted.back().second;
  }
  if (fact_.kind == FactKind::kDistinct) return static_cast<std::int64_t>(counted.size());
  if (counted.empty()) return std::nullopt;
  if (fact_.kind == FactKind::kMinimum) return counted.front().first;
  if (fact_.kind == FactKind::kMaximum) return counted.back().first;
  return spread_of({fact_.kind, fact_.percent, fact_.further_digits, fact_.min_samples}, counted);
}

void LikeCurrentOperator::State::append_to(std::string& bytes) const {
  append_records(bytes, records);
  append_value(bytes, {lost, lost_until, {}});
}

LikeCurrentOperator::State LikeCurrentOperator::State::take(std::string_view& bytes) {
  State state;
  state.records = take_records(bytes);
  const KeptValue lost = take_value(bytes);
  state.lost = lost.known;
  state.lost_until = lost.number;
  return state;
}

}  // namespace reckoner
