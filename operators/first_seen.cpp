#include "operators/first_seen.hpp"

#include <algorithm>
#include <bit>

#include "engine/check.hpp"
#include "engine/xxh3.hpp"

namespace reckoner {

namespace {
constexpr std::uint32_t kPlacesAtOnce = 16;
}

FirstSeenOperator::FirstSeenOperator(const FactPlan& fact, std::uint32_t feature, std::shared_ptr<Evaluator> evaluator)
    : fact_(fact), feature_(feature), evaluator_(std::move(evaluator)) {
  RECKONER_CHECK(fact_.remember_count > 0, "first_seen {} is not bounded by count", fact_.name);
  if (fact_.where) where_ = evaluator_->add(*fact_.where);
  if (evaluator_->has_column(fact_.input, fact_.value)) column_ = evaluator_->column(fact_.input, fact_.value);
}

void FirstSeenOperator::declare(RecordLayout& layout) {
  hashes_ = layout.add(fact_.remember_count * sizeof(std::uint64_t), alignof(std::uint64_t));
  if (fact_.remember_ms > 0) times_ = layout.add(fact_.remember_count * sizeof(std::int64_t), alignof(std::int64_t));
  state_ = layout.add<State>();
  if (fact_.learning_ms > 0) first_ = layout.add<std::int64_t>();
}

std::uint64_t FirstSeenOperator::hash(const Batch& batch, std::size_t row) const {
  if (column_) {
    const std::int64_t value = batch.numbers[*column_][row];
    return XXH3_64bits(&value, sizeof value);
  }
  const std::string_view text = batch.text(row, fact_.value);
  return XXH3_64bits(text.data(), text.size());
}

void FirstSeenOperator::process(const Batch& batch, Features& features, Effects&) {
  if (batch.timers) return;
  evaluator_->begin(batch, features);
  Mask rows = batch.of_input[fact_.input];
  if (fact_.where) rows = rows & evaluator_->evaluate(where_).truth;
  Mask& known = features.known(feature_);
  std::int64_t* cells = features.column(feature_);
  rows.for_each([&](std::size_t row) {
    if (!batch.has(row, fact_.value)) return;
    std::byte* record = batch.record[row];
    auto& state = RecordLayout::at<State>(record, state_);
    const std::uint64_t value = hash(batch, row);
    const std::int64_t now = batch.event_time[row];
    const std::uint32_t place = find(record, state, value);
    if (fact_.learning_ms > 0 && state.any == 0) RecordLayout::at<std::int64_t>(record, first_) = now;
    if (fact_.learning_ms == 0 || now - RecordLayout::at<std::int64_t>(record, first_) >= fact_.learning_ms) known.set(row);
    cells[row] = 0;
    if (place != state.count && fact_.remember_ms == 0) return;
    if (place != state.count) {
      std::int64_t& last_sight = (&RecordLayout::at<std::int64_t>(record, times_))[place];
      const bool fresh = last_sight > now - fact_.remember_ms;
      last_sight = std::max(last_sight, now);
      if (fresh) return;
      forget(record, state, place);
    }
    cells[row] = state.any;
    remember(record, state, value, now);
  });
}

std::uint32_t FirstSeenOperator::remembered(const std::byte* record, std::int64_t at_ms) const {
  const auto& state = RecordLayout::at<State>(record, state_);
  if (fact_.remember_ms == 0) return state.count;
  const std::int64_t* times = &RecordLayout::at<std::int64_t>(record, times_);
  return static_cast<std::uint32_t>(std::count_if(times, times + state.count, [&](std::int64_t seen) { return seen > at_ms - fact_.remember_ms; }));
}

// The value's place; state.count when it has none. Which place has it is as good as random: a few are all looked at, without a branch.
std::uint32_t FirstSeenOperator::find(std::byte* record, const State& state, std::uint64_t hash) const {
  const std::uint64_t* hashes = &RecordLayout::at<std::uint64_t>(record, hashes_);
  if (fact_.remember_count > kPlacesAtOnce) return static_cast<std::uint32_t>(std::find(hashes, hashes + state.count, hash) - hashes);
  std::uint32_t equal = 0;
  for (std::uint32_t place = 0; place < fact_.remember_count; ++place) equal |= (hashes[place] == hash ? 1U : 0U) << place;
  equal &= (1U << state.count) - 1U;
  return equal != 0 ? static_cast<std::uint32_t>(std::countr_zero(equal)) : state.count;
}

void FirstSeenOperator::remember(std::byte* record, State& state, std::uint64_t hash, std::int64_t event_time) const {
  (&RecordLayout::at<std::uint64_t>(record, hashes_))[state.next] = hash;
  if (fact_.remember_ms > 0) (&RecordLayout::at<std::int64_t>(record, times_))[state.next] = event_time;
  state.next = state.next + 1 == fact_.remember_count ? 0 : state.next + 1;
  if (state.count < fact_.remember_count) ++state.count;
  state.any = 1;
}

// Takes a value out; the order of first sights of the others stays. Values lie in that order from `next` on, round the end when all places
// are taken.
void FirstSeenOperator::forget(std::byte* record, State& state, std::uint32_t place) const {
  std::uint64_t* hashes = &RecordLayout::at<std::uint64_t>(record, hashes_);
  std::int64_t* times = &RecordLayout::at<std::int64_t>(record, times_);
  if (state.count == fact_.remember_count) {
    std::rotate(hashes, hashes + state.next, hashes + state.count);
    std::rotate(times, times + state.next, times + state.count);
    place = (place + state.count - state.next) % state.count;
  }
  std::copy(hashes + place + 1, hashes + state.count, hashes + place);
  std::copy(times + place + 1, times + state.count, times + place);
  state.next = --state.count;
}

}  // namespace reckoner
