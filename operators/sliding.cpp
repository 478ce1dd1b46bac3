#include "operators/sliding.hpp"

#include <algorithm>
#include <cstring>

#include "engine/big_endian.hpp"
#include "engine/check.hpp"
#include "engine/int128.hpp"
#include "engine/word_packing.hpp"
#include "engine/xxh3.hpp"
#include "operators/arithmetic.hpp"

namespace reckoner {

namespace {

constexpr std::int64_t kBeginningOfTime = std::numeric_limits<std::int64_t>::min() / 4;  // so that subtracting a window cannot overflow
constexpr std::uint32_t kClean = ~std::uint32_t{0};
// Memory is asked for so many rows ahead, of several rows at once. One row at a time would wait for each address to be translated: a prefetch
// retires only then, and the work on a row is more than a processor can run ahead of. Many more would wait for each other.
constexpr std::size_t kRowsAhead = 16;
constexpr std::size_t kRowsAtOnce = 8;
static_assert(kRowsAhead % kRowsAtOnce == 0);

bool is_running(FactKind kind) { return kind == FactKind::kCount || kind == FactKind::kSum || kind == FactKind::kAverage; }
bool has_value(FactKind kind) { return kind != FactKind::kCount; }

std::size_t total_bytes(FactKind kind) {
  if (kind == FactKind::kCount) return sizeof(std::uint32_t);
  return kind == FactKind::kSum ? sizeof(Int128) : sizeof(Int128) + sizeof(std::uint32_t);
}

}  // namespace

SlidingOperator::SlidingOperator(const KeyPlan& plan, SlidingSettings settings, std::shared_ptr<Evaluator> evaluator)
    : settings_(std::move(settings)), evaluator_(std::move(evaluator)), flags_(kBatchRows), lost_until_(kBatchRows) {
  std::vector<std::uint32_t> words_of_input(plan.fields.size(), settings_.positions ? 2 : 1);
  for (const std::uint32_t position : settings_.facts) add_fact(plan, position, words_of_input);
  std::int64_t widest = 0;
  for (const Window& window : windows_) widest = std::max(widest, window.within_ms);
  keep_ms_ = widest + settings_.slack_ms;
  const std::uint32_t words = *std::max_element(words_of_input.begin(), words_of_input.end());
  rings_ = std::make_unique<EventRings>(std::max<std::uint32_t>(words, 2));
}

void SlidingOperator::add_fact(const KeyPlan& plan, std::uint32_t position, std::vector<std::uint32_t>& words_of_input) {
  const FactPlan& fact = plan.facts[position];
  auto window = std::find_if(windows_.begin(), windows_.end(), [&](const Window& w) { return w.within_ms == fact.within_ms; });
  if (window == windows_.end()) window = windows_.insert(windows_.end(), Window{fact.within_ms, 0, false, {}, {}, {}});
  Fact made;
  made.kind = fact.kind;
  made.flag = where_flag(fact);
  made.word = has_value(fact.kind) ? value_word(fact, words_of_input) : 0;
  made.total = 0;
  made.feature = position;
  made.series = is_running(fact.kind) ? 0 : ordered_.add_series(fact.within_ms, made.flag, made.word);
  made.exclude_current = fact.exclude_current;
  made.further_digits = fact.further_digits;
  made.question = {fact.kind, fact.percent, fact.further_digits, fact.min_samples};
  if (fact.kind == FactKind::kZScore || fact.kind == FactKind::kRobustZScore) made.scored = ColumnSource{fact.input, fact.value};
  (is_running(fact.kind) ? window->running : window->ordered).push_back(made);
  const auto& expiring = settings_.expiring;
  window->expiring = window->expiring || std::find(expiring.begin(), expiring.end(), position) != expiring.end();
  flag_of_fact_.emplace_back(position, made.flag);
  within_of_fact_.push_back(fact.within_ms);
}

std::string SlidingOperator::condition_text(const FactPlan& fact) {
  return fmt::format("{}:{}:{}", fact.input, has_value(fact.kind) ? fmt::format("{}", fact.value) : "",
                     fact.where ? canonical_text(*fact.where) : "");
}

std::uint32_t SlidingOperator::where_flag(const FactPlan& fact) {
  const std::string text = condition_text(fact);
  const auto found = std::find_if(wheres_.begin(), wheres_.end(), [&](const Where& where) { return where.text == text; });
  if (found != wheres_.end()) return static_cast<std::uint32_t>(found - wheres_.begin());
  RECKONER_CHECK(wheres_.size() < kWheresMax, "{} conditions on one ring", wheres_.size() + 1);
  const std::optional<std::uint32_t> value = has_value(fact.kind) ? std::optional(fact.value) : std::nullopt;
  wheres_.push_back({fact.input, !fact.where, fact.where ? evaluator_->add(*fact.where) : 0, value, text});
  return static_cast<std::uint32_t>(wheres_.size() - 1);
}

std::uint32_t SlidingOperator::value_word(const FactPlan& fact, std::vector<std::uint32_t>& words_of_input) {
  for (const ValueWord& value : values_) {
    if (value.input == fact.input && value.field == fact.value) return value.word;
  }
  const bool hashed = !evaluator_->has_column(fact.input, fact.value);
  const std::uint32_t column = hashed ? 0 : evaluator_->column(fact.input, fact.value);
  values_.push_back({fact.input, fact.value, column, hashed, words_of_input[fact.input]++});
  return values_.back().word;
}

void SlidingOperator::declare(RecordLayout& layout) {
  state_ = layout.add<State>();
  if (settings_.timer_grid_ms > 0) timer_ = layout.add<std::int64_t>();
  for (Window& window : windows_) window.cursor = layout.add<Cursor>();
  for (Window& window : windows_) {
    for (Fact& fact : window.running) {
      if (fact.kind != FactKind::kCount) fact.total = layout.add(total_bytes(fact.kind), alignof(Int128));
    }
  }
  for (Window& window : windows_) {
    for (Fact& fact : window.running) {
      if (fact.kind == FactKind::kCount) fact.total = layout.add<Count>();
      fact.place = static_cast<std::uint32_t>(past_.size());
      past_.emplace_back();
      (fact.kind == FactKind::kCount ? counts_ : sums_).push_back(fact);
      only_running_ = only_running_ && !fact.exclude_current;
      shows_totals_[fact.exclude_current ? 1 : 0] = true;
    }
    only_running_ = only_running_ && window.ordered.empty();
  }
  ordered_.declare(layout);
}

void SlidingOperator::mark_rows(const Batch& batch) {
  std::fill_n(flags_.begin(), batch.rows, 0U);
  if (batch.timers) return;
  for (std::size_t flag = 0; flag < wheres_.size(); ++flag) {
    const Where& where = wheres_[flag];
    Mask rows = batch.of_input[where.input];
    if (!where.always) rows = rows & evaluator_->evaluate(where.node).truth;
    const bool text = where.value && !evaluator_->has_column(where.input, *where.value);
    if (where.value && !text) rows = rows & batch.present[evaluator_->column(where.input, *where.value)];
    rows.for_each([&](std::size_t row) {
      if (!text || batch.has(row, *where.value)) flags_[row] |= 1U << flag;
    });
  }
}

// What the row will touch outside the record: the end of the ring, and the entries that leave a window.
// g++ 12 drops calls of functions that only prefetch; inlined, they stay.
inline void SlidingOperator::prefetch(std::byte* record, std::int64_t event_time) const {
  const State& s = state(record);
  if (s.made == 0) return;
  rings_->prefetch_newest(s.ring);
  for (const Window& window : windows_) {
    const auto& cursor = RecordLayout::at<Cursor>(record, window.cursor);
    if (cursor.time > event_time - window.within_ms) continue;
    rings_->prefetch_from(cursor.place);  // and the one after it, which as a rule stays
  }
}

void SlidingOperator::process(const Batch& batch, Features& features, Effects& effects) {
  evaluator_->begin(batch, features);
  usuals_.clear();
  mark_rows(batch);
  const auto fetch = [&](std::size_t first, std::size_t rows) __attribute__((always_inline)) {
    for (std::size_t i = first; i < std::min(batch.rows, first + rows); ++i) prefetch(batch.record[i], batch.event_time[i]);
  };
  fetch(0, kRowsAhead);
  too_old_ = stored_ = {};
  for (Window& window : windows_) {
    window.truncated = {};
    for (const Fact& fact : window.running) features.known(fact.feature) = Mask::first(batch.rows);
    for (const Fact& fact : window.ordered) features.known(fact.feature) = Mask::first(batch.rows);
  }
  Row row;
  row.batch = &batch;
  for (row.row = 0; row.row < batch.rows; ++row.row) {
    if (row.row % kRowsAtOnce == 0) fetch(row.row + kRowsAhead, kRowsAtOnce);
    row.record = batch.record[row.row];
    row.state = &state(row.record);
    row.time = batch.event_time[row.row];
    row.watermark = batch.watermark[0][row.row];
    row.flags = flags_[row.row];
    if (is_in_order(row)) {
      process_in_order(row, features);
    } else {
      process_row(row, features);
    }
    lost_until_[row.row] = row.state->lost_until;
    if (settings_.timer_grid_ms == 0) continue;
    timer(row.record) = next_timer(row);
    effects.timers.push_back({batch.key[row.row], timer(row.record)});
  }
}

// Nearly every row: the newest of its key, nothing of the key lost, nothing to leave out. All entries are then at or before it.
bool SlidingOperator::is_in_order(const Row& row) const {
  const State& s = *row.state;
  return only_running_ && s.made != 0 && row.flags != 0 && row.time >= s.reference && row.time >= row.watermark - settings_.slack_ms &&
         s.lost_until <= row.watermark - keep_ms_ && s.live < settings_.per_key_max;
}

// An entry that comes (1) or goes (-1). Which facts count it is as good as random, so that a branch would be mispredicted: nothing is added instead.
inline void SlidingOperator::add_to_total(std::byte* record, const Fact& fact, std::uint32_t flags, const std::int64_t* entry, int sign) {
  const std::int64_t one = flags >> fact.flag & 1U;
  const auto counted = static_cast<Count>(sign * one);
  if (fact.kind == FactKind::kCount) {
    RecordLayout::at<Count>(record, fact.total) += counted;
    return;
  }
  RecordLayout::at<Int128>(record, fact.total) += sign * Int128{entry[fact.word] & -one};
  if (fact.kind == FactKind::kAverage) RecordLayout::at<Count>(record, fact.total + sizeof(Int128)) += counted;
}

// The same as process_row() for such a row, in one pass.
void SlidingOperator::process_in_order(const Row& row, Features& features) {
  State& s = *row.state;
  release(row);
  settle(row, row.time);
  retain(s, row.watermark - keep_ms_);
  const RingPlace place = rings_->append(s.ring);
  std::int64_t* entry = rings_->entry(place);
  fill_entry(row, entry);
  stored_.set(row.row);
  ++s.live;
  if (s.retained.time == kNothingDue) s.retained = {place, row.time};
  for (const Window& window : windows_) {
    auto& cursor = RecordLayout::at<Cursor>(row.record, window.cursor);
    if (cursor.time == kNothingDue) cursor = {place, row.time};
  }
  for (const Fact& fact : counts_) {
    auto& count = RecordLayout::at<Count>(row.record, fact.total);
    count += row.flags >> fact.flag & 1U;
    features.column(fact.feature)[row.row] = count;
  }
  for (const Fact& fact : sums_) {
    const auto& sum = RecordLayout::at<Int128>(row.record, fact.total);
    add_to_total(row.record, fact, row.flags, entry, 1);
    write_sum(row, fact, sum, fact.kind == FactKind::kAverage ? RecordLayout::at<Count>(row.record, fact.total + sizeof(Int128)) : 0, features);
  }
}

// What earlier batches let go of is freed only now: rows of one batch may still look at it for evidence.
void SlidingOperator::release(const Row& row) {
  State& s = *row.state;
  if (s.ring.newest != 0 && s.batch != row.batch->number)
    rings_->release_before(s.ring, s.retained.time != kNothingDue ? s.retained.place : EventRings::end(s.ring));
  s.batch = row.batch->number;
}

void SlidingOperator::process_row(Row& row, Features& features) {
  State& s = *row.state;
  if (s.made == 0) {
    s.made = 1;
    s.reference = s.lost_until = kBeginningOfTime;
    s.retained.time = kNothingDue;
    s.ring.dirty_from = kClean;
    if (settings_.timer_grid_ms > 0) timer(row.record) = kNothingDue;
    for (const Window& window : windows_) RecordLayout::at<Cursor>(row.record, window.cursor).time = kNothingDue;
  }
  release(row);
  settle(row, std::max(row.time, row.watermark - settings_.slack_ms));
  retain(s, row.watermark - keep_ms_);
  write_features(row, features, true);
  if (row.flags != 0 && row.time > std::max(row.watermark - keep_ms_, s.lost_until)) {
    store(row);
    stored_.set(row.row);
  }
  write_features(row, features, false);
}

// Moves running totals up to `reference`.
void SlidingOperator::settle(const Row& row, std::int64_t reference) {
  State& s = *row.state;
  if (reference <= s.reference) return;
  s.reference = reference;
  for (const Window& window : windows_) {
    auto& cursor = RecordLayout::at<Cursor>(row.record, window.cursor);
    if (cursor.time <= reference - window.within_ms) evict(row.record, s, window, cursor, reference - window.within_ms);
  }
}

void SlidingOperator::evict(std::byte* record, State& s, const Window& window, Cursor& cursor, std::int64_t cut) {
  const RingPlace end = EventRings::end(s.ring);
  RingPlace place = rings_->normal(s.ring, cursor.place);
  while (place != end) {
    const std::int64_t* entry = rings_->entry(place);
    cursor.time = EventRings::time_of(entry);
    if (cursor.time > cut) {
      cursor.place = place;
      return;
    }
    const std::uint32_t flags = EventRings::flags_of(entry);
    for (const Fact& fact : window.running) add_to_total(record, fact, flags, entry, -1);
    place = rings_->next(s.ring, place);
  }
  cursor.place = place;
  cursor.time = kNothingDue;
}

void SlidingOperator::retain(State& s, std::int64_t cut) {
  if (s.retained.time > cut) return;
  const RingPlace end = EventRings::end(s.ring);
  RingPlace place = rings_->normal(s.ring, s.retained.place);
  for (; place != end; place = rings_->next(s.ring, place), --s.live) {
    s.retained.time = EventRings::time_of(rings_->entry(place));
    if (s.retained.time > cut) break;
  }
  if (place == end) s.retained.time = kNothingDue;
  s.retained.place = place;
}

// Puts the record's entry in its place and brings cursors and running totals up to it.
RingPlace SlidingOperator::store(Row& row) {
  State& s = *row.state;
  RingPlace place = EventRings::end(s.ring);
  bool at_end = true;
  while (s.ring.newest != 0 && place != EventRings::begin(s.ring)) {
    const RingPlace before = rings_->previous(place);
    if (EventRings::time_of(rings_->entry(before)) <= row.time) break;
    place = before;
    at_end = false;
  }
  if (at_end) {
    place = rings_->append(s.ring);
  } else {
    rings_->insert(s.ring, place, row.flags);
  }
  std::int64_t* entry = rings_->entry(place);
  fill_entry(row, entry);
  if (!at_end) ordered_.inserted(*rings_, s.ring, row.record, place);
  ++s.live;
  const auto follow = [&](Cursor& cursor, std::int64_t cut) {
    if (row.time > cut) {
      if (cursor.time > row.time) cursor = {place, row.time};
      return true;
    }
    if (cursor.time != kNothingDue) cursor.place = rings_->next(s.ring, cursor.place);  // it moved by one
    return false;
  };
  follow(s.retained, row.watermark - keep_ms_);
  for (const Window& window : windows_) {
    if (!follow(RecordLayout::at<Cursor>(row.record, window.cursor), s.reference - window.within_ms)) continue;
    for (const Fact& fact : window.running) add_to_total(row.record, fact, row.flags, entry, 1);
  }
  if (s.live > settings_.per_key_max) drop_oldest(row);
  return place;
}

void SlidingOperator::fill_entry(const Row& row, std::int64_t* entry) const {
  entry[0] = EventRings::pack(row.time, row.flags);
  if (settings_.positions) entry[1] = static_cast<std::int64_t>(row.batch->position[row.row]);
  for (const ValueWord& value : values_) {
    if (!row.batch->of_input[value.input].test(row.row)) continue;
    if (!value.hashed) {
      entry[value.word] = row.batch->numbers[value.column][row.row];
    } else if (row.batch->has(row.row, value.field)) {
      const std::string_view text = row.batch->text(row.row, value.field);
      entry[value.word] = static_cast<std::int64_t>(XXH3_64bits(text.data(), text.size()));
    }
  }
}

// Lets go of the oldest entry and those of the same time: facts whose window reaches back to them are unknown from now on.
void SlidingOperator::drop_oldest(Row& row) {
  State& s = *row.state;
  s.lost_until = s.retained.time;
  for (const Window& window : windows_) {
    auto& cursor = RecordLayout::at<Cursor>(row.record, window.cursor);
    if (cursor.time <= s.lost_until) evict(row.record, s, window, cursor, s.lost_until);
  }
  retain(s, s.lost_until);
}

void SlidingOperator::write_features(const Row& row, Features& features, bool before_current) {
  const State& s = *row.state;
  const bool old = row.time < row.watermark - settings_.slack_ms;
  if (old) too_old_.set(row.row);
  if (!old && row.time < s.reference && shows_totals_[before_current ? 1 : 0]) look_at_past(row);
  for (Window& window : windows_) {
    const bool lost = s.lost_until > row.time - window.within_ms;
    if (lost) window.truncated.set(row.row);
    for (const Fact& fact : window.running) {
      if (fact.exclude_current != before_current) continue;
      if (old || lost) {
        features.known(fact.feature).reset(row.row);
      } else {
        write_running(row, fact, features);
      }
    }
    for (const Fact& fact : window.ordered) {
      if (fact.exclude_current != before_current) continue;
      if (old || lost) {
        features.known(fact.feature).reset(row.row);
      } else {
        write_ordered(row, fact, features);
      }
    }
  }
}

bool SlidingOperator::holds(std::uint32_t fact) const {
  return std::any_of(flag_of_fact_.begin(), flag_of_fact_.end(), [&](const auto& held) { return held.first == fact; });
}

Mask SlidingOperator::truncated(std::uint32_t fact) const {
  const auto is_asked = [&](const Fact& held) { return held.feature == fact; };
  for (const Window& window : windows_) {
    if (std::any_of(window.running.begin(), window.running.end(), is_asked) || std::any_of(window.ordered.begin(), window.ordered.end(), is_asked))
      return window.truncated;
  }
  return {};
}

void SlidingOperator::write_running(const Row& row, const Fact& fact, Features& features) const {
  Totals totals;
  if (row.time < row.state->reference) [[unlikely]] {
    totals = past_[fact.place];
  } else if (fact.kind == FactKind::kCount) {
    totals.count = RecordLayout::at<Count>(row.record, fact.total);
  } else {
    totals.sum = RecordLayout::at<Int128>(row.record, fact.total);
    if (fact.kind == FactKind::kAverage) totals.count = RecordLayout::at<Count>(row.record, fact.total + sizeof(Int128));
  }
  if (fact.kind == FactKind::kCount) {
    features.column(fact.feature)[row.row] = totals.count;
  } else {
    write_sum(row, fact, totals.sum, totals.count, features);
  }
}

void SlidingOperator::write_sum(const Row& row, const Fact& fact, Int128 sum, std::int64_t count, Features& features) const {
  std::int64_t& cell = features.column(fact.feature)[row.row];
  bool exists = true;
  if (fact.kind == FactKind::kSum) {
    cell = static_cast<std::int64_t>(sum);
    exists = Int128{cell} == sum;
  } else {
    exists = divide_rounded(sum, count, fact.further_digits, cell);
  }
  if (!exists) features.known(fact.feature).reset(row.row);
}

void SlidingOperator::write_ordered(const Row& row, const Fact& fact, Features& features) {
  std::int64_t current = 0;
  bool has_current = true;
  if (fact.scored) {
    const std::uint32_t column = evaluator_->column(fact.scored->input, fact.scored->field);
    has_current = row.batch->present[column].test(row.row);
    current = row.batch->numbers[column][row.row];
  }
  const auto value = ordered_.look(fact.question, current, fact.series, *rings_, row.state->ring, row.record, row.time);
  if (value && has_current) {
    features.column(fact.feature)[row.row] = *value;
    if (const std::optional<Usual>& usual = ordered_.usual(); fact.scored && usual) usuals_.add(row.row, fact.feature, *usual);
  } else {
    features.known(fact.feature).reset(row.row);
  }
}

// When the next entry leaves a window that a score watches, on the grid. A timer that still waits is kept: what it is for may have left already,
// within the step of the grid at hand, but a record that came late was looked at as of before, and other operators' timers are off the grid.
std::int64_t SlidingOperator::next_timer(const Row& row) const {
  const State& s = *row.state;
  const std::int64_t now = row.batch->timers ? row.time : row.watermark;
  std::int64_t due = settings_.also_expiring == nullptr ? kNothingDue : settings_.also_expiring->timer(row.record);
  if (timer(row.record) > now) due = std::min(due, timer(row.record));
  for (const Window& window : windows_) {
    if (!window.expiring) continue;
    const auto& cursor = RecordLayout::at<Cursor>(row.record, window.cursor);
    std::int64_t first = cursor.time;
    const RingPlace from = cursor.time == kNothingDue ? EventRings::end(s.ring) : cursor.place;
    rings_->walk_back(s.ring, from, std::max(now - window.within_ms, s.lost_until), kNothingDue, kAllFlags, [&](const std::int64_t* entry) {
      first = EventRings::time_of(entry);
      return true;
    });
    if (first != kNothingDue) due = std::min(due, first + window.within_ms);
  }
  if (due == kNothingDue) return due;
  std::int64_t steps = 0;
  RECKONER_CHECK(divide_floor(due + settings_.timer_grid_ms - 1, settings_.timer_grid_ms, steps));
  return steps * settings_.timer_grid_ms;
}

void SlidingOperator::save(std::byte* record, std::byte* image, StateWriter& writer) {
  if (record == nullptr) return;
  State& live = state(record);
  State& stored = state(image);
  if (live.made == 0) return;
  ordered_.forget(image);
  // The chunks at the ends are told from the record alone: the memory of others must come first.
  const auto ordinal_of = [&](std::uint32_t chunk) {
    if (chunk == live.ring.newest) return live.ring.newest_ordinal;
    return chunk == live.ring.oldest ? live.ring.oldest_ordinal : rings_->ordinal(chunk);
  };
  const auto name = [&](RingPlace& place) { place.chunk = place.chunk == 0 ? 0 : ordinal_of(place.chunk) + 1; };
  if (stored.retained.time != kNothingDue) name(stored.retained.place);
  for (const Window& window : windows_) {
    auto& cursor = RecordLayout::at<Cursor>(image, window.cursor);
    if (cursor.time != kNothingDue) name(cursor.place);
  }
  std::string part;
  for (std::uint32_t ordinal = live.ring.saved_from; ordinal < live.ring.oldest_ordinal; ++ordinal) {
    part.clear();
    append_big_endian(part, ordinal);
    writer.remove(part);
  }
  std::uint32_t chunk = live.ring.newest;
  while (chunk != live.ring.oldest && ordinal_of(chunk) > live.ring.dirty_from) chunk = rings_->previous_chunk(chunk);
  for (; chunk != live.ring.newest; chunk = rings_->next_chunk(chunk)) {
    part.clear();
    append_big_endian(part, rings_->ordinal(chunk));
    writer.put(part, packed_entries(chunk, rings_->payload_bytes()));
  }
  if (chunk != 0) {  // not full as a rule, and to be written again with the next event
    part.clear();
    append_big_endian(part, live.ring.newest_ordinal);
    writer.put_tail(part, packed_entries(chunk, rings_->entry_bytes() * live.ring.newest_count));
  }
  live.ring.dirty_from = live.ring.newest_ordinal;
  live.ring.saved_from = live.ring.oldest_ordinal;
  stored.ring.dirty_from = live.ring.dirty_from;
  stored.ring.saved_from = live.ring.saved_from;
  stored.ring.oldest = stored.ring.newest = 0;
}

// An entry is close to the one before it. Until the next call.
std::span<const char> SlidingOperator::packed_entries(std::uint32_t chunk, std::size_t bytes) {
  return pack_words(std::as_bytes(std::span(rings_->payload(chunk), bytes)), rings_->words(), packed_);
}

void SlidingOperator::load(std::byte* record, std::string_view part, std::string_view value) {
  if (record == nullptr) return;
  State& s = state(record);
  if (!part.empty()) {
    const auto ordinal = take_big_endian<std::uint32_t>(part);
    entries_.resize(packed_words(value) * sizeof(std::int64_t));
    unpack_words(value, rings_->words(), entries_);
    rings_->restore_chunk(s.ring, ordinal, entries_);
    return;
  }
  std::vector<std::uint32_t> chunks;
  for (std::uint32_t chunk = s.ring.oldest; chunk != 0; chunk = rings_->next_chunk(chunk)) chunks.push_back(chunk);
  const auto resolve = [&](Cursor& cursor) {
    if (s.made == 0 || cursor.time == kNothingDue) return;
    const std::uint32_t at = cursor.place.chunk - 1 - s.ring.oldest_ordinal;
    RECKONER_CHECK(at < chunks.size() && rings_->ordinal(chunks[at]) == cursor.place.chunk - 1, "chunk {} of a ring of {}", at, chunks.size());
    cursor.place.chunk = chunks[at];
  };
  resolve(s.retained);
  for (const Window& window : windows_) resolve(RecordLayout::at<Cursor>(record, window.cursor));
}

}  // namespace reckoner
