#include "operators/baseline.hpp"

#include <algorithm>

#include "engine/big_endian.hpp"
#include "engine/check.hpp"
#include "operators/arithmetic.hpp"

namespace reckoner {

BaselineOperator::BaselineOperator(const KeyPlan& key, std::uint32_t position, std::int64_t slack_ms, std::shared_ptr<Evaluator> evaluator)
    : fact_(key.facts[position]),
      feature_(position),
      slack_ms_(slack_ms),
      buckets_(fact_.within_ms / fact_.bucket_ms),
      evaluator_(std::move(evaluator)) {
  RECKONER_CHECK(buckets_ > 0 && buckets_ <= kBaselineBucketsMax, "a baseline over {} buckets", buckets_);
  if (fact_.where) where_ = evaluator_->add(*fact_.where);
  if (fact_.measured == FactKind::kSum) column_ = evaluator_->column(fact_.input, fact_.value);
}

std::int64_t BaselineOperator::bucket_of(std::int64_t time) const {
  std::int64_t number = 0;
  RECKONER_CHECK(divide_floor(time, fact_.bucket_ms, number));
  return number;
}

void BaselineOperator::process(const Batch& batch, Features& features, Effects&) {
  evaluator_->begin(batch, features);
  usuals_.clear();
  Mask counted = batch.timers ? Mask{} : batch.of_input[fact_.input];
  if (where_ && !counted.none()) counted = counted & evaluator_->evaluate(*where_).truth;
  if (column_) counted = counted & batch.present[*column_];
  for (std::size_t row = 0; row < batch.rows; ++row) {
    const std::int64_t oldest = batch.watermark[0][row] - slack_ms_;
    const std::int64_t number = bucket_of(batch.event_time[row]);
    State* state = states_.find(batch.record[row]);
    if (state != nullptr) std::erase_if(state->buckets, [&](const Bucket& one) { return one.number < bucket_of(oldest) - buckets_; });
    if (batch.event_time[row] >= oldest) {
      if (const std::optional<std::int64_t> value = look(batch.record[row], number)) {
        features.column(feature_)[row] = *value;
        features.known(feature_).set(row);
        if (const std::optional<Usual> usual = usual_of(fact_.kind, values_)) usuals_.add(row, feature_, *usual);
      }
    }
    if (counted.test(row) && number >= bucket_of(oldest) - buckets_) add(batch.record[row], number, column_ ? batch.numbers[*column_][row] : 0);
    states_.close_if_empty(batch.record[row]);
  }
}

void BaselineOperator::add(std::byte* record, std::int64_t number, std::int64_t value) {
  std::vector<Bucket>& buckets = states_.open(record).buckets;
  auto place = std::find_if(buckets.begin(), buckets.end(), [&](const Bucket& one) { return one.number >= number; });
  if (place == buckets.end() || place->number != number) place = buckets.insert(place, {number, 0, 0});
  ++place->count;
  place->sum += value;
}

std::optional<std::int64_t> BaselineOperator::look(const std::byte* record, std::int64_t number) {
  const State* state = states_.find(record);
  if (state == nullptr) return std::nullopt;
  values_.clear();
  for (const Bucket& bucket : state->buckets) {
    if (bucket.number < number - buckets_ || bucket.number >= number) continue;
    const Int128 measured = fact_.measured == FactKind::kSum ? bucket.sum : Int128{bucket.count};
    const auto value = static_cast<std::int64_t>(measured);
    if (Int128{value} != measured) return std::nullopt;
    values_.emplace_back(value, 1U);
  }
  if (values_.empty() || values_.size() < fact_.min_samples) return std::nullopt;
  if (fact_.statistic == FactKind::kAverage) return mean();
  std::sort(values_.begin(), values_.end());
  if (fact_.statistic == FactKind::kMinimum) return values_.front().first;
  if (fact_.statistic == FactKind::kMaximum) return values_.back().first;
  return spread_of({fact_.statistic, fact_.percent, fact_.further_digits, fact_.min_samples}, values_);
}

std::optional<std::int64_t> BaselineOperator::mean() const {
  Int128 sum = 0;
  for (const ValueCount& value : values_) sum += value.first;
  std::int64_t result = 0;
  if (!divide_rounded(sum, static_cast<std::int64_t>(values_.size()), fact_.further_digits, result)) return std::nullopt;
  return result;
}

// Sums have 128 bits: stored as two halves.
void BaselineOperator::State::append_to(std::string& bytes) const {
  append_big_endian(bytes, static_cast<std::uint32_t>(buckets.size()));
  for (const Bucket& bucket : buckets) {
    append_big_endian(bytes, static_cast<std::uint64_t>(bucket.number));
    append_big_endian(bytes, bucket.count);
    append_big_endian(bytes, static_cast<std::uint64_t>(bucket.sum >> 64));
    append_big_endian(bytes, static_cast<std::uint64_t>(bucket.sum));
  }
}

BaselineOperator::State BaselineOperator::State::take(std::string_view& bytes) {
  State state;
  state.buckets.resize(take_big_endian<std::uint32_t>(bytes));
  for (Bucket& bucket : state.buckets) {
    bucket.number = static_cast<std::int64_t>(take_big_endian<std::uint64_t>(bytes));
    bucket.count = take_big_endian<std::uint64_t>(bytes);
    const auto high = static_cast<std::int64_t>(take_big_endian<std::uint64_t>(bytes));
    bucket.sum = Int128{high} << 64 | Int128{take_big_endian<std::uint64_t>(bytes)};
  }
  return state;
}

}  // namespace reckoner
