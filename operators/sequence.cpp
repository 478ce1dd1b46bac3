#include "operators/sequence.hpp"

#include <algorithm>

#include "engine/big_endian.hpp"
#include "engine/check.hpp"

namespace reckoner {

SequenceOperator::SequenceOperator(const KeyPlan& key, std::uint32_t position, std::shared_ptr<Evaluator> evaluator,
                                   std::span<const ColumnSource> columns)
    : feature_(position),
      within_ms_(key.facts[position].within_ms),
      records_(pattern_of(key.facts[position]), std::move(evaluator), columns, key.facts.size()),
      shown_bindings_(shown_bindings(key, position)),
      last_step_(static_cast<std::uint32_t>(records_.plan().steps.size() - 1)) {
  RECKONER_CHECK(!records_.plan().steps.front().never && !records_.plan().steps.back().never, "a sequence that begins or ends with nothing");
}

void SequenceOperator::process(const Batch& batch, Features& features, Effects&) {
  fired_.clear();
  features.known(feature_) = Mask::first(batch.rows);
  std::fill_n(features.column(feature_), batch.rows, 0);
  if (batch.timers) return;
  const std::vector<Mask>& fitting = records_.fitting(batch, features);
  Mask any;
  for (const Mask& rows : fitting) any = any | rows;
  any.for_each([&](std::size_t row) { process_row({&batch, row, batch.event_time[row], batch.position[row]}, fitting, features); });
}

void SequenceOperator::process_row(const Row& row, const std::vector<Mask>& fitting, Features& features) {
  std::byte* const record = row.batch->record[row.row];
  State* state = states_.find(record);
  if (state == nullptr && !fitting[0].test(row.row)) return;
  if (state == nullptr) state = &states_.open(record);
  const std::int64_t watermark = row.batch->watermark[0][row.row];
  std::erase_if(state->attempts, [&](const Attempt& attempt) { return attempt.first_time <= watermark - within_ms_; });
  decide_moves(row, fitting, features, *state);
  const std::optional<Attempt> completed = follow_moves(row, *state);
  if (completed) show(row, *completed, features);
  const bool restarts = completed && records_.plan().after_fire == AfterFire::kRestart;
  if (restarts) state->attempts.clear();
  if (fitting[0].test(row.row) && !restarts && row.time > watermark - within_ms_) {
    Attempt opened;
    opened.first_time = row.time;
    opened.counts.resize(records_.plan().steps.size());
    opened.values = records_.no_values();
    take_record(opened, 0, row);
    add_attempt(*state, std::move(opened));
  }
  states_.close_if_empty(record);
}

std::uint32_t SequenceOperator::next_step(std::uint32_t step) const {
  do ++step;
  while (step <= last_step_ && records_.plan().steps[step].never);
  return step;
}

bool SequenceOperator::is_satisfied(const Attempt& attempt) const {
  return attempt.counts[attempt.step] >= records_.plan().steps[attempt.step].at_least;
}

bool SequenceOperator::is_complete(const Attempt& attempt) const { return attempt.step == last_step_ && is_satisfied(attempt); }

bool SequenceOperator::can_take(const Attempt& attempt, const Row& row) const {
  const Contribution& last = attempt.records.back();
  const bool is_behind = last.event_time != row.time ? last.event_time < row.time : last.position < row.position;
  return is_behind && attempt.first_time > row.time - within_ms_;
}

// What the record does for each attempt. Leading on goes before counting and ending, so it is decided last.
void SequenceOperator::decide_moves(const Row& row, const std::vector<Mask>& fitting, const Features& features, const State& state) {
  moves_.assign(state.attempts.size(), Move::kNone);
  const std::vector<PatternStep>& steps = records_.plan().steps;
  for (const Move move : {Move::kCount, Move::kEnd, Move::kLead}) {
    for (std::uint32_t step = 0; step < steps.size(); ++step) {
      if (fitting[step].test(row.row) && steps[step].never == (move == Move::kEnd)) decide_move(step, move, row, features, state);
    }
  }
}

void SequenceOperator::decide_move(std::uint32_t step, Move move, const Row& row, const Features& features, const State& state) {
  std::vector<const std::vector<KeptValue>*> kept;
  std::vector<std::size_t> whose;
  for (std::size_t i = 0; i < state.attempts.size(); ++i) {
    const Attempt& attempt = state.attempts[i];
    if (!can_take(attempt, row)) continue;
    const bool counts = move == Move::kCount && step == attempt.step && records_.plan().steps[step].at_least > 1;
    const bool leads = move == Move::kLead && is_satisfied(attempt) && step == next_step(attempt.step);
    const bool ends = move == Move::kEnd && is_satisfied(attempt) && step > attempt.step && step < next_step(attempt.step);
    if (!counts && !leads && !ends) continue;
    kept.push_back(&attempt.values);
    whose.push_back(i);
  }
  if (kept.empty()) return;
  records_.goes_with(step, *row.batch, row.row, features, kept).for_each([&](std::size_t i) { moves_[whose[i]] = move; });
}

// The oldest attempt that was completed.
std::optional<SequenceOperator::Attempt> SequenceOperator::follow_moves(const Row& row, State& state) {
  std::optional<Attempt> completed;
  const AfterFire after = records_.plan().after_fire;
  std::vector<Attempt> attempts = std::move(state.attempts);
  std::vector<Attempt> forks;
  state.attempts.clear();
  for (std::size_t i = 0; i < attempts.size(); ++i) {
    Attempt& attempt = attempts[i];
    if (moves_[i] == Move::kEnd) continue;
    if (moves_[i] == Move::kNone) {
      state.attempts.push_back(std::move(attempt));
      continue;
    }
    Attempt moved = attempt;
    take_record(moved, moves_[i] == Move::kLead ? next_step(attempt.step) : attempt.step, row);
    const bool completes = is_complete(moved);
    if (completes && !completed) completed = moved;
    const bool forked = after == AfterFire::kOverlap && moves_[i] == Move::kLead;
    if (forked || (completes && after != AfterFire::kRestart)) state.attempts.push_back(std::move(attempt));
    if (completes) continue;
    (forked ? forks : state.attempts).push_back(std::move(moved));
  }
  for (Attempt& fork : forks) add_attempt(state, std::move(fork));
  return completed;
}

void SequenceOperator::take_record(Attempt& attempt, std::uint32_t step, const Row& row) const {
  if (attempt.counts[step] == 0) records_.keep_values(step, BoundValue::kFirst, *row.batch, row.row, attempt.values);
  records_.keep_values(step, BoundValue::kLast, *row.batch, row.row, attempt.values);
  attempt.step = step;
  ++attempt.counts[step];
  const std::vector<PatternBinding>& bindings = records_.plan().bindings;
  for (std::size_t i = 0; i < bindings.size(); ++i) {
    if (bindings[i].step == step && bindings[i].what == BoundValue::kCount) attempt.values[i] = {true, attempt.counts[step], {}};
  }
  if (attempt.records.size() == kRecordsKept) attempt.records.erase(attempt.records.begin());
  attempt.records.push_back({row.time, row.position});
}

void SequenceOperator::add_attempt(State& state, Attempt attempt) {
  if (state.attempts.size() >= records_.plan().open_max) {
    state.attempts.erase(state.attempts.begin());
    states_.count_dropped();
  }
  state.attempts.push_back(std::move(attempt));
}

void SequenceOperator::show(const Row& row, const Attempt& completed, Features& features) {
  features.column(feature_)[row.row] = 1;
  records_.show(shown_bindings_, completed.values, row.row, features);
  fired_.add(row.row, completed.records);
}

void SequenceOperator::State::append_to(std::string& bytes) const {
  append_big_endian(bytes, static_cast<std::uint32_t>(attempts.size()));
  for (const Attempt& attempt : attempts) {
    append_big_endian(bytes, static_cast<std::uint64_t>(attempt.first_time));
    append_big_endian(bytes, attempt.step);
    append_big_endian(bytes, static_cast<std::uint32_t>(attempt.counts.size()));
    for (const std::uint32_t count : attempt.counts) append_big_endian(bytes, count);
    append_values(bytes, attempt.values);
    append_big_endian(bytes, static_cast<std::uint32_t>(attempt.records.size()));
    for (const Contribution& record : attempt.records) {
      append_big_endian(bytes, static_cast<std::uint64_t>(record.event_time));
      append_big_endian(bytes, record.position);
    }
  }
}

SequenceOperator::State SequenceOperator::State::take(std::string_view& bytes) {
  State state;
  state.attempts.resize(take_big_endian<std::uint32_t>(bytes));
  for (Attempt& attempt : state.attempts) {
    attempt.first_time = static_cast<std::int64_t>(take_big_endian<std::uint64_t>(bytes));
    attempt.step = take_big_endian<std::uint32_t>(bytes);
    attempt.counts.resize(take_big_endian<std::uint32_t>(bytes));
    for (std::uint32_t& count : attempt.counts) count = take_big_endian<std::uint32_t>(bytes);
    attempt.values = take_values(bytes);
    attempt.records.resize(take_big_endian<std::uint32_t>(bytes));
    for (Contribution& record : attempt.records) {
      record.event_time = static_cast<std::int64_t>(take_big_endian<std::uint64_t>(bytes));
      record.position = take_big_endian<std::uint64_t>(bytes);
    }
  }
  return state;
}

}  // namespace reckoner
