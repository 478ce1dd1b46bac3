#include "operators/absence.hpp"

#include <algorithm>

#include "engine/big_endian.hpp"
#include "engine/check.hpp"
#include "operators/trigger_columns.hpp"

namespace reckoner {

namespace {

constexpr std::string_view kCountsPart = "counts";
constexpr std::uint32_t kAfter = 0;  // steps
constexpr std::uint32_t kExpect = 1;

// The same condition with the roles of the two records swapped: fields of the record at hand become kept values, collected in `fields`, and
// kept values become fields of the record at hand.
Expression reversed(Expression condition, const PatternPlan& pattern, std::vector<std::uint32_t>& fields, std::vector<ValueType>& types) {
  for (Expression& argument : condition.arguments) argument = reversed(std::move(argument), pattern, fields, types);
  if (condition.operation == Operation::kField) {
    auto place = std::find(fields.begin(), fields.end(), condition.position);
    if (place == fields.end()) {
      types.push_back(condition.type);
      place = fields.insert(fields.end(), condition.position);
    }
    condition.operation = Operation::kBound;
    condition.position = static_cast<std::uint32_t>(place - fields.begin());
  } else if (condition.operation == Operation::kBound) {
    condition.operation = Operation::kField;
    condition.input = pattern.steps[kAfter].input;
    condition.position = pattern.bindings[condition.position].field;
  }
  return condition;
}

}  // namespace

AbsenceOperator::AbsenceOperator(const Plan& plan, const KeyPlan& key, std::uint32_t position, AbsenceSettings settings,
                                 std::shared_ptr<Evaluator> evaluator, std::span<const ColumnSource> columns)
    : feature_(position),
      within_ms_(key.facts[position].within_ms),
      settings_(settings),
      records_(pattern_of(key.facts[position]), std::move(evaluator), columns, key.facts.size()),
      shown_bindings_(shown_bindings(key, position)),
      decided_(kBatchRows) {
  RECKONER_CHECK(records_.plan().steps.size() == 2, "an absence of {} steps", records_.plan().steps.size());
  for (const InputPlan& input : plan.inputs) schemas_.push_back(input.schema);
  const PatternStep& expect = records_.plan().steps[kExpect];
  if (!expect.bound) return;
  const Expression condition = reversed(*expect.bound, records_.plan(), expected_fields_, expected_types_);
  reversed_ = std::make_unique<BoundCondition>(condition, columns, key.facts.size(), expected_types_);
}

InputId AbsenceOperator::expected_input() const { return records_.plan().steps[kExpect].input; }

std::int64_t AbsenceOperator::deadline(std::int64_t event_time) const {
  const PatternPlan& plan = records_.plan();
  if (plan.calendar == nullptr) return event_time + within_ms_;
  // Timers may not come sooner; nor can they, but for times that no calendar knows.
  const std::int64_t least = event_time + kBusinessDeadlineMinMs;
  return std::max(plan.calendar->deadline(event_time, plan.business_days).value_or(least), least);
}

void AbsenceOperator::process(const Batch& batch, Features& features, Effects& effects) {
  decided_rows_ = {};
  features.known(feature_) = Mask::first(batch.rows);
  std::fill_n(features.column(feature_), batch.rows, 0);
  if (batch.timers) {
    for (std::size_t row = 0; row < batch.rows; ++row) decide(batch, row, features);
  } else {
    const std::vector<Mask>& fitting = records_.fitting(batch, features);
    (fitting[kAfter] | fitting[kExpect]).for_each([&](std::size_t row) { process_row(batch, row, fitting, features); });
  }
  for (std::size_t row = 0; row < batch.rows; ++row) effects.timers.push_back({batch.key[row], timer(batch.record[row])});
}

std::int64_t AbsenceOperator::timer(const std::byte* record) const {
  std::int64_t due = settings_.before == nullptr ? kNothingDue : settings_.before->timer(record);
  if (const State* state = states_.find(record); state != nullptr) {
    for (const Pending& pending : state->pending) due = std::min(due, pending.due);
  }
  return due;
}

// One first record a timer row: the timer comes again at the same time for the next.
void AbsenceOperator::decide(const Batch& batch, std::size_t row, Features& features) {
  State* const state = states_.find(batch.record[row]);
  if (state == nullptr) return;
  const auto first =
      std::min_element(state->pending.begin(), state->pending.end(), [](const Pending& left, const Pending& right) { return left.due < right.due; });
  if (first == state->pending.end() || first->due > batch.event_time[row]) return;
  const KeptRecord& record = first->record;
  const bool is_silent = batch.watermark[settings_.expected_group][row] <= deadline(record.event_time);
  decided_rows_.set(row);
  decided_[row] = {record.event_time, record.position, std::move(first->id), is_silent};
  records_.show(shown_bindings_, record.values, row, features);
  if (is_silent || first->uncertain) {
    features.known(feature_).reset(row);
    ++counts_.cannot_know;
  } else {
    features.column(feature_)[row] = 1;
    ++counts_.absent;
  }
  state->pending.erase(first);
  states_.close_if_empty(batch.record[row]);
}

void AbsenceOperator::process_row(const Batch& batch, std::size_t row, const std::vector<Mask>& fitting, const Features& features) {
  State& state = states_.open(batch.record[row]);
  forget(state, batch.watermark[0][row] - settings_.slack_ms);
  if (fitting[kExpect].test(row)) {
    meet(state, batch, row, features);
    keep_expected(state, batch, row);
  }
  if (fitting[kAfter].test(row)) open(state, batch, row, features);
  states_.close_if_empty(batch.record[row]);
}

// No first record that is looked at can come before `oldest` any more.
void AbsenceOperator::forget(State& state, std::int64_t oldest) {
  std::erase_if(state.expected, [&](const KeptRecord& record) { return record.event_time < oldest; });
  if (state.lost_until < oldest) state.lost = false;
}

void AbsenceOperator::meet(State& state, const Batch& batch, std::size_t row, const Features& features) {
  const std::int64_t time = batch.event_time[row];
  std::vector<const std::vector<KeptValue>*> kept;
  std::vector<std::size_t> whose;
  for (std::size_t i = 0; i < state.pending.size(); ++i) {
    const KeptRecord& record = state.pending[i].record;
    if (!record.is_before(time, batch.position[row]) || time > deadline(record.event_time)) continue;
    kept.push_back(&record.values);
    whose.push_back(i);
  }
  if (kept.empty()) return;
  const Mask met = records_.goes_with(kExpect, batch, row, features, kept);
  for (std::size_t i = whose.size(); i-- > 0;) {
    if (met.test(i)) state.pending.erase(state.pending.begin() + static_cast<std::ptrdiff_t>(whose[i]));
  }
  counts_.met += met.count();
}

void AbsenceOperator::keep_expected(State& state, const Batch& batch, std::size_t row) {
  KeptRecord made{batch.event_time[row], batch.position[row], std::vector<KeptValue>(expected_fields_.size())};
  if (made.event_time < batch.watermark[0][row] - settings_.slack_ms) return;
  for (std::size_t i = 0; i < expected_fields_.size(); ++i) made.values[i] = value_of(batch, row, expected_fields_[i], expected_types_[i]);
  const auto place = std::find_if(state.expected.begin(), state.expected.end(),
                                  [&](const KeptRecord& one) { return !one.is_before(made.event_time, made.position); });
  state.expected.insert(place, std::move(made));
  if (state.expected.size() <= records_.plan().open_max) return;
  const std::int64_t gone = state.expected.front().event_time;
  state.lost_until = state.lost ? std::max(state.lost_until, gone) : gone;
  state.lost = true;
  state.expected.erase(state.expected.begin());
  states_.count_dropped();
}

bool AbsenceOperator::is_met(const State& state, const Batch& batch, std::size_t row, const Features& features) {
  const std::int64_t last = deadline(batch.event_time[row]);
  std::vector<const std::vector<KeptValue>*> kept;
  for (const KeptRecord& record : state.expected) {
    if (!record.is_after(batch.event_time[row], batch.position[row]) || record.event_time > last) continue;
    kept.push_back(&record.values);
  }
  if (kept.empty()) return false;
  return reversed_ == nullptr || !reversed_->test(batch, row, features, kept).none();
}

void AbsenceOperator::open(State& state, const Batch& batch, std::size_t row, const Features& features) {
  const std::int64_t time = batch.event_time[row];
  const std::int64_t watermark = batch.watermark[0][row];
  if (time < watermark - settings_.slack_ms) {
    ++counts_.too_old;
    return;
  }
  if (is_met(state, batch, row, features)) {
    ++counts_.met;
    return;
  }
  Pending made;
  made.record = {time, batch.position[row], records_.no_values()};
  records_.keep_values(kAfter, BoundValue::kLast, batch, row, made.record.values);
  made.id = record_id(batch, row, schemas_);
  made.due = std::max(deadline(time), watermark) + 1;
  made.uncertain = state.lost && state.lost_until >= time;
  const auto place =
      std::find_if(state.pending.begin(), state.pending.end(), [&](const Pending& one) { return !one.record.is_before(time, made.record.position); });
  state.pending.insert(place, std::move(made));
  if (state.pending.size() <= records_.plan().open_max) return;
  state.pending.erase(state.pending.begin());
  states_.count_dropped();
}

void AbsenceOperator::add_contributions(std::size_t row, std::vector<Contribution>& into) const {
  if (decided_rows_.test(row)) into.push_back({decided_[row].event_time, decided_[row].position});
}

void AbsenceOperator::State::append_to(std::string& bytes) const {
  append_big_endian(bytes, static_cast<std::uint32_t>(pending.size()));
  for (const Pending& one : pending) {
    append_record(bytes, one.record);
    append_value(bytes, {true, one.uncertain ? 1 : 0, one.id});
    append_big_endian(bytes, static_cast<std::uint64_t>(one.due));
  }
  append_records(bytes, expected);
  append_value(bytes, {lost, lost_until, {}});
}

AbsenceOperator::State AbsenceOperator::State::take(std::string_view& bytes) {
  State state;
  state.pending.resize(take_big_endian<std::uint32_t>(bytes));
  for (Pending& one : state.pending) {
    one.record = take_record(bytes);
    KeptValue id = take_value(bytes);
    one.uncertain = id.number != 0;
    one.id = std::move(id.text);
    one.due = static_cast<std::int64_t>(take_big_endian<std::uint64_t>(bytes));
  }
  state.expected = take_records(bytes);
  const KeptValue lost = take_value(bytes);
  state.lost = lost.known;
  state.lost_until = lost.number;
  return state;
}

void AbsenceOperator::save(std::byte* record, std::byte* image, StateWriter& writer) {
  states_.save(record, image, writer);
  if (record != nullptr || !writer.begins()) return;
  std::string value;
  for (const std::uint64_t count : {counts_.absent, counts_.met, counts_.cannot_know, counts_.too_old}) append_big_endian(value, count);
  writer.put(kCountsPart, value);
}

void AbsenceOperator::load(std::byte* record, std::string_view part, std::string_view value) {
  states_.load(record, part, value);
  if (record != nullptr || part != kCountsPart) return;
  for (std::uint64_t* count : {&counts_.absent, &counts_.met, &counts_.cannot_know, &counts_.too_old}) *count = take_big_endian<std::uint64_t>(value);
}

}  // namespace reckoner
