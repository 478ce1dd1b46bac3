#include "operators/tumbling.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/big_endian.hpp"
#include "engine/check.hpp"
#include "engine/int128.hpp"
#include "engine/value_text.hpp"
#include "operators/arithmetic.hpp"
#include "operators/key_columns.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kRowAlignment = 16;
constexpr std::size_t kChunksPerSave = 16;
constexpr std::uint32_t kKeysAhead = 32;  // that are asked for at once, before the rows ahead of them are written (as in sliding.cpp)
constexpr char kWindowPart = 'W';         // + ordinal: rows, closed
constexpr char kChunkPart = 'R';          // + ordinal, chunk: rows
constexpr char kClosedPart = 'E';         // last window closed by an end of input
constexpr char kWithoutKeyPart = 'K';     // count of records

struct Extreme {  // a minimum or maximum so far
  std::int64_t value;
  std::int64_t count;
};

std::size_t measure_bytes(MeasureKind kind) {
  switch (kind) {
    case MeasureKind::kCount:
      return sizeof(std::int64_t);
    case MeasureKind::kSum:
      return sizeof(Int128);
    case MeasureKind::kAverage:
      return sizeof(Int128) + sizeof(std::int64_t);
    case MeasureKind::kMinimum:
    case MeasureKind::kMaximum:
      return sizeof(Extreme);
    case MeasureKind::kDerived:
      return 0;
  }
  RECKONER_UNREACHABLE("measure kind");
}

template <typename T>
T& at(std::byte* row, std::uint32_t offset) {
  return *reinterpret_cast<T*>(row + offset);
}
template <typename T>
const T& at(const std::byte* row, std::uint32_t offset) {
  return *reinterpret_cast<const T*>(row + offset);
}

std::string part_name(char kind, std::int64_t ordinal) {
  std::string name(1, kind);
  append_big_endian(name, sortable(ordinal));
  return name;
}

std::string chunk_name(std::int64_t ordinal, std::uint32_t chunk) {
  std::string name = part_name(kChunkPart, ordinal);
  append_big_endian(name, chunk);
  return name;
}

}  // namespace

TumblingOperator::TumblingOperator(const Plan& plan, const KeyPlan& key, std::uint32_t total, std::uint32_t watermark_group,
                                   std::shared_ptr<Evaluator> evaluator)
    : rule_set_(plan.rule_set),
      key_(key),
      total_(key.totals[total]),
      schema_(plan.inputs[total_.input].schema),
      number_(total),
      watermark_group_(watermark_group),
      evaluator_(std::move(evaluator)),
      derived_({}, 0),
      measure_values_(total_.measures.size()),
      closed_through_(std::numeric_limits<std::int64_t>::min()),
      version_text_(fmt::format(",\"rule_set\":\"{}\",\"version\":{}", plan.rule_set, plan.version)),
      end_text_(version_text_ + "}\n") {
  if (total_.where) where_ = evaluator_->add(*total_.where);
  std::size_t offset = sizeof(std::uint64_t);  // the key's index
  for (const MeasurePlan& plan_of : total_.measures) {
    Measure made{};
    made.kind = plan_of.kind;
    made.further_digits = plan_of.further_digits;
    const std::size_t alignment =
        plan_of.kind == MeasureKind::kSum || plan_of.kind == MeasureKind::kAverage ? alignof(Int128) : alignof(std::int64_t);
    offset = (offset + alignment - 1) / alignment * alignment;
    made.offset = static_cast<std::uint32_t>(offset);
    offset += measure_bytes(plan_of.kind);
    if (plan_of.kind == MeasureKind::kDerived) {
      RECKONER_CHECK(plan_of.derived.has_value(), "measure {} is derived from nothing", plan_of.name);
      made.derived = derived_.add(*plan_of.derived);
    } else if (plan_of.kind != MeasureKind::kCount) {
      made.column = evaluator_->column(total_.input, plan_of.value);
    }
    made.has_where = plan_of.where.has_value();
    if (made.has_where) made.where = evaluator_->add(*plan_of.where);
    measures_.push_back(made);
    measure_texts_.emplace_back(fmt::format(",\"{}\":", plan_of.name));
  }
  std::string lead = fmt::format("{{\"total\":\"{}\",", total_.name);
  if (key_.by.size() == 1) lead += fmt::format("\"{}\":\"", key_.by[0]);
  lead_text_ = BlockText(lead);
  row_room_ = lead_text_.padded_bytes() + 1 + end_text_.padded_bytes();
  for (const BlockText& text : measure_texts_) row_room_ += text.padded_bytes() + kNumberBytes;
  row_bytes_ = static_cast<std::uint32_t>((offset + kRowAlignment - 1) / kRowAlignment * kRowAlignment);
}

void TumblingOperator::declare(RecordLayout& layout) { state_ = layout.add<State>(); }

std::byte* TumblingOperator::row_at(const Window& window, std::uint32_t row) const {
  return window.chunks[row / kRowsPerChunk].rows.get() + std::size_t{row % kRowsPerChunk} * row_bytes_;
}

std::int64_t TumblingOperator::ordinal_of(std::int64_t event_time) const {
  std::int64_t ordinal = 0;
  RECKONER_CHECK(divide_floor(event_time - total_.origin_ms, total_.window_ms, ordinal));
  return ordinal;
}

TumblingOperator::Window& TumblingOperator::window(std::int64_t ordinal) {
  if (current_ == nullptr || current_ordinal_ != ordinal) {
    current_ = &windows_[ordinal];
    current_ordinal_ = ordinal;
  }
  return *current_;
}

void TumblingOperator::select_rows(const Batch& batch) {
  rows_ = batch.of_input[total_.input];
  if (total_.where) rows_ = rows_ & evaluator_->evaluate(where_).truth;
  for (Measure& measure : measures_) {
    if (measure.kind == MeasureKind::kDerived) continue;
    measure.rows = rows_;
    if (measure.has_where) measure.rows = measure.rows & evaluator_->evaluate(measure.where).truth;
    if (measure.kind == MeasureKind::kCount) continue;
    measure.rows = measure.rows & batch.present[measure.column];
    measure.cells = batch.numbers[measure.column];
  }
}

// The row that the key touched last, as a rule the one it touches now. g++ 12 drops calls of functions that only
// prefetch; inlined, they stay.
inline void TumblingOperator::prefetch_row(std::byte* record) {
  const auto& state = RecordLayout::at<State>(record, state_);
  const std::uint32_t row = state.row[0];
  if (row == 0 || current_ == nullptr || state.window[0] != current_ordinal_ || row > current_->rows) return;
  __builtin_prefetch(row_at(*current_, row - 1), 1);
}

void TumblingOperator::process(const Batch& batch, Features& features, Effects& effects) {
  if (batch.timers) return;
  if (!batch.without_key.empty() && batch.without_key[total_.input] > 0) {
    without_key_ += batch.without_key[total_.input];
    without_key_changed_ = true;
  }
  evaluator_->begin(batch, features);
  select_rows(batch);
  rows_.for_each([&](std::size_t row) { prefetch_row(batch.record[row]); });
  const std::int64_t* watermark = batch.watermark[watermark_group_];
  std::int64_t start = 0;
  std::int64_t end = 0;  // of the window of the row before
  std::int64_t ordinal = 0;
  rows_.for_each([&](std::size_t row) {
    const std::int64_t time = batch.event_time[row];
    if (time < start || time >= end) {
      ordinal = ordinal_of(time);
      start = start_of(ordinal);
      end = start_of(ordinal + 1);
    }
    if (end + total_.allowed_lateness_ms <= watermark[row] || ordinal <= closed_through_) return refuse(batch, row, ordinal, effects);
    add(row, find_row(ordinal, batch.key[row], batch.record[row]));
  });
}

std::byte* TumblingOperator::find_row(std::int64_t ordinal, std::uint32_t key, std::byte* record) {
  auto& state = RecordLayout::at<State>(record, state_);
  Window& in = window(ordinal);
  in.dirty = true;
  std::uint32_t row = 0;
  for (int i = 0; i < kRemembered; ++i) {
    if (state.window[i] == ordinal && state.row[i] != 0) row = state.row[i];
  }
  if (constexpr int kOldest = kRemembered - 1;
      row == 0 && state.row[kOldest] != 0 && ordinal < state.window[kOldest]) {  // an older window, which the key may have touched
    if (!in.indexed) {
      for (std::uint32_t i = 0; i < in.rows; ++i) in.index.emplace(at<std::uint32_t>(row_at(in, i), 0), i);
      in.indexed = true;
    }
    if (const auto found = in.index.find(key); found != in.index.end()) row = found->second + 1;
  }
  if (row == 0) {
    row = add_row(in, key) + 1;
    remember(state, ordinal, row);
  }
  own(in.chunks[(row - 1) / kRowsPerChunk]);
  return row_at(in, row - 1);
}

void TumblingOperator::remember(State& state, std::int64_t window, std::uint32_t row) {
  for (int i = 0; i < kRemembered && row != 0; ++i) {
    if (state.row[i] != 0 && state.window[i] >= window) continue;
    std::swap(state.window[i], window);
    std::swap(state.row[i], row);
  }
}

std::uint32_t TumblingOperator::add_row(Window& in, std::uint32_t key) {
  if (in.rows == in.chunks.size() * kRowsPerChunk) {
    in.chunks.push_back({fresh_rows(), true});
  }
  own(in.chunks.back());
  std::byte* row = row_at(in, in.rows);
  std::memset(row, 0, row_bytes_);
  at<std::uint32_t>(row, 0) = key;
  if (in.indexed) in.index.emplace(key, in.rows);
  return in.rows++;
}

std::shared_ptr<std::byte[]> TumblingOperator::fresh_rows() {
  if (spare_.empty()) grow();
  std::shared_ptr<std::byte[]> rows = std::move(spare_.back());
  spare_.pop_back();
  return rows;
}

void TumblingOperator::grow() {
  const std::size_t bytes = std::size_t{kRowsPerChunk} * row_bytes_;
  memory_.push_back(allocate_huge(bytes, "windows", memory_.empty() ? Pages::kSmall : Pages::kHuge));
  std::byte* const begin = memory_.back().get();
  const std::size_t chunks = memory_.back().get_deleter().bytes / bytes;
  for (std::size_t i = chunks; i-- > 0;) spare_.emplace_back(begin + i * bytes, [](std::byte*) {});
}

// Before it is written: a checkpoint keeps the rows as they were. What was written since the last one began is nobody else's.
inline void TumblingOperator::own(Chunk& chunk) {
  if (chunk.dirty) return;
  chunk.dirty = true;
  if (chunk.rows.use_count() == 1) return;
  std::shared_ptr<std::byte[]> copy = fresh_rows();
  std::memcpy(copy.get(), chunk.rows.get(), std::size_t{kRowsPerChunk} * row_bytes_);
  chunk.rows = std::move(copy);
}

void TumblingOperator::add(std::size_t row, std::byte* into) const {
  for (const Measure& measure : measures_) {
    if (!measure.rows.test(row)) continue;
    switch (measure.kind) {
      case MeasureKind::kCount:
        ++at<std::int64_t>(into, measure.offset);
        break;
      case MeasureKind::kAverage:
        ++at<std::int64_t>(into, measure.offset + sizeof(Int128));
        [[fallthrough]];
      case MeasureKind::kSum:
        at<Int128>(into, measure.offset) += measure.cells[row];
        break;
      case MeasureKind::kMinimum:
      case MeasureKind::kMaximum: {
        auto& extreme = at<Extreme>(into, measure.offset);
        const std::int64_t value = measure.cells[row];
        if (extreme.count++ == 0 || (measure.kind == MeasureKind::kMinimum ? value < extreme.value : value > extreme.value)) extreme.value = value;
        break;
      }
      case MeasureKind::kDerived:
        break;
    }
  }
}

void TumblingOperator::refuse(const Batch& batch, std::size_t row, std::int64_t ordinal, Effects& effects) const {
  effects.late[batch.round_row[row]] = 1;
  ByteBuffer& buffer = effects.outputs->begin_row(OutputId::kLate);
  const std::int64_t watermark = batch.watermark[watermark_group_][row];
  const PartitionId partition = PackedPosition::partition(batch.position[row]);
  RowWriter writer(buffer);
  writer.begin();
  writer.text("total", total_.name);
  write_key(writer, key_.by, KeyTable::key_of(batch.record[row]));
  if (schema_.id && batch.has(row, static_cast<std::uint32_t>(*schema_.id))) {
    const auto field = static_cast<std::uint32_t>(*schema_.id);
    if (schema_.fields[field].type.kind == ValueKind::kString) writer.text(schema_.fields[field].name, batch.text(row, field));
  }
  writer.integer("event_time", batch.event_time[row]);
  writer.integer("window_start", start_of(ordinal));
  writer.integer("window_end", start_of(ordinal + 1));
  writer.integer("watermark", watermark);
  writer.integer("late_by_ms", watermark - start_of(ordinal + 1) - total_.allowed_lateness_ms);
  writer.text("reason", ordinal <= closed_through_ ? "closed at an end of input" : "after allowed lateness");
  writer.text("input", schema_.input);
  writer.integer("partition", partition.partition);
  writer.integer("record", static_cast<std::int64_t>(PackedPosition::record(batch.position[row])));
  writer.verbatim(version_text_);
  writer.end();
  effects.outputs->end_row(OutputId::kLate, batch.order(row, number_));
}

std::int64_t TumblingOperator::advance(const WatermarkStep& step, Effects& effects) {
  if (step.end_of_input_ms) {
    const std::int64_t last = ordinal_of(*step.end_of_input_ms);
    closed_changed_ = closed_changed_ || last > closed_through_;
    closed_through_ = std::max(closed_through_, last);
  }
  Outputs& outputs = *effects.outputs;
  const std::uint64_t rows_before = outputs.lane(static_cast<std::size_t>(OutputId::kTotals)).rows;
  while (!windows_.empty()) {
    const auto first = windows_.begin();
    const std::int64_t due = due_of(first->first);
    if (due > step.watermark_ms[watermark_group_] && first->first > closed_through_) return kNothingDue;
    if (due > step.close_through_ms) return due;
    if (outputs.lane(static_cast<std::size_t>(OutputId::kTotals)).rows - rows_before >= step.rows_max) return due;
    close_rows(first->first, first->second, step, effects);
    if (first->second.closed < first->second.rows) return due;
    release(first->first, first->second);
    windows_.erase(first);
    current_ = nullptr;
  }
  return kNothingDue;
}

void TumblingOperator::close_rows(std::int64_t ordinal, Window& in, const WatermarkStep& step, Effects& effects) {
  const BlockText window_text(fmt::format(",\"window_start\":{},\"window_end\":{}", start_of(ordinal), start_of(ordinal + 1)));
  const auto until = static_cast<std::uint32_t>(std::min<std::size_t>(in.rows, in.closed + step.rows_max));
  in.dirty = true;
  while (in.closed < until) {
    const std::uint32_t rows = std::min({until - in.closed, static_cast<std::uint32_t>(kBatchRows), kRowsPerChunk - in.closed % kRowsPerChunk});
    const auto fetch_keys_from = [&](std::uint32_t first) __attribute__((always_inline)) {
      for (std::uint32_t i = first; i < std::min(rows, first + kKeysAhead); ++i) {
        __builtin_prefetch(step.table->record(at<std::uint32_t>(row_at(in, in.closed + i), 0)));
      }
    };
    fetch_keys_from(0);
    fill_measures(in, in.closed, rows);
    for (std::uint32_t i = 0; i < rows; ++i) {
      if (i % kKeysAhead == 0) fetch_keys_from(i + kKeysAhead);
      ByteBuffer& buffer = effects.outputs->begin_row(OutputId::kTotals);
      write_row(step, row_at(in, in.closed + i), i, window_text, buffer);
      effects.outputs->end_row(OutputId::kTotals, {});
    }
    in.closed += rows;
  }
}

void TumblingOperator::fill_measures(const Window& in, std::uint32_t first, std::uint32_t rows) {
  measure_values_.clear();
  for (std::size_t m = 0; m < measures_.size(); ++m) {
    const Measure& measure = measures_[m];
    std::int64_t* cells = measure_values_.column(m);
    Mask& known = measure_values_.known(m);
    if (measure.kind == MeasureKind::kDerived) {
      Batch batch;
      batch.number = ++close_number_;
      batch.rows = rows;
      derived_.begin(batch, measure_values_);
      const Evaluated& value = derived_.evaluate(measure.derived);
      std::copy_n(value.values, rows, cells);
      known = value.known & Mask::first(rows);
      continue;
    }
    for (std::uint32_t i = 0; i < rows; ++i) {
      const std::byte* row = row_at(in, first + i);
      bool exists = true;
      switch (measure.kind) {
        case MeasureKind::kCount:
          cells[i] = at<std::int64_t>(row, measure.offset);
          break;
        case MeasureKind::kSum: {
          const Int128 sum = at<Int128>(row, measure.offset);
          cells[i] = static_cast<std::int64_t>(sum);
          exists = sum == cells[i];
          break;
        }
        case MeasureKind::kAverage:
          exists = divide_rounded(at<Int128>(row, measure.offset), at<std::int64_t>(row, measure.offset + sizeof(Int128)), measure.further_digits,
                                  cells[i]);
          break;
        default:
          cells[i] = at<Extreme>(row, measure.offset).value;
          exists = at<Extreme>(row, measure.offset).count != 0;
      }
      if (exists) known.set(i);
    }
  }
}

// Room is asked for once a row, and again behind what is not a number.
void TumblingOperator::write_row(const WatermarkStep& step, const std::byte* row, std::size_t place, const BlockText& window_text,
                                 ByteBuffer& buffer) const {
  const auto put = [](char* at, const BlockText& text) {
    text.copy_to(at);
    return at + text.length();
  };
  const std::string_view key = step.table->key(at<std::uint32_t>(row, 0));
  const std::size_t room = row_room_ + window_text.padded_bytes();
  char* to = put(buffer.room(room + key.size() * kEscapeBytes), lead_text_);
  if (key_.by.size() == 1) {
    to = write_escaped(to, key);
    *to++ = '"';
  } else {
    buffer.advance_to(to);
    RowWriter writer(buffer);
    write_key(writer, key_.by, key);
    to = buffer.room(room);
  }
  to = put(to, window_text);
  for (std::size_t m = 0; m < measures_.size(); ++m) {
    to = put(to, measure_texts_[m]);
    const ValueType& type = total_.measures[m].type;
    if (!measure_values_.known(m).test(place)) {
      to = copy_short(to, "null", 4);
    } else if (type.is_numeric()) {
      to = write_number(to, type, measure_values_.column(m)[place]);
    } else {
      buffer.advance_to(to);
      append_value(buffer, type, measure_values_.column(m)[place]);
      to = buffer.room(room);
    }
  }
  buffer.advance_to(put(to, end_text_));
}

void TumblingOperator::release(std::int64_t ordinal, Window& in) {
  for (Chunk& chunk : in.chunks) {
    if (chunk.rows.use_count() == 1) spare_.push_back(std::move(chunk.rows));
  }
  if (in.saved_chunks > 0) removed_.push_back({ordinal, in.saved_chunks});
}

// The first call of a checkpoint notes what there is; the chunks are then copied a few at a time.
void TumblingOperator::save(std::byte* record, std::byte*, StateWriter& writer) {
  if (record != nullptr) return;
  if (writer.begins()) freeze(writer);
  for (std::size_t i = 0; i < kChunksPerSave && !removing_.empty(); ++i) {
    Removed& window = removing_.back();
    writer.remove(window.chunks == 0 ? part_name(kWindowPart, window.ordinal) : chunk_name(window.ordinal, window.chunks - 1));
    if (window.chunks-- == 0) removing_.pop_back();
  }
  for (std::size_t i = 0; i < kChunksPerSave && !frozen_.empty(); ++i) {
    Frozen& chunk = frozen_.back();
    writer.put(chunk_name(chunk.ordinal, chunk.chunk), {reinterpret_cast<const char*>(chunk.rows.get()), chunk.bytes});
    if (chunk.rows.use_count() == 1) spare_.push_back(std::move(chunk.rows));
    frozen_.pop_back();
  }
}

void TumblingOperator::freeze(StateWriter& writer) {
  RECKONER_CHECK(removing_.empty() && frozen_.empty(), "a checkpoint begins before the last one has noted all");
  removing_.swap(removed_);
  if (closed_changed_) {
    std::string value;
    append_big_endian(value, sortable(closed_through_));
    writer.put(std::string_view(&kClosedPart, 1), value);
    closed_changed_ = false;
  }
  if (std::exchange(without_key_changed_, false)) {
    std::string value;
    append_big_endian(value, without_key_);
    writer.put(std::string_view(&kWithoutKeyPart, 1), value);
  }
  for (auto& [ordinal, in] : windows_) {
    if (!in.dirty) continue;
    std::string value;
    append_big_endian(value, in.rows);
    append_big_endian(value, in.closed);
    writer.put(part_name(kWindowPart, ordinal), value);
    for (std::uint32_t i = 0; i < in.chunks.size(); ++i) {
      if (!in.chunks[i].dirty) continue;
      const std::uint32_t rows = std::min(kRowsPerChunk, in.rows - i * kRowsPerChunk);
      frozen_.push_back({ordinal, i, rows * row_bytes_, in.chunks[i].rows});
      in.chunks[i].dirty = false;
    }
    in.saved_chunks = std::max(in.saved_chunks, static_cast<std::uint32_t>(in.chunks.size()));
    in.dirty = false;
  }
}

void TumblingOperator::load(std::byte* record, std::string_view part, std::string_view value) {
  if (record != nullptr || part.empty()) return;
  const char kind = part[0];
  part.remove_prefix(1);
  if (kind == kClosedPart) {
    closed_through_ = from_sortable(take_big_endian<std::uint64_t>(value));
    return;
  }
  if (kind == kWithoutKeyPart) {
    without_key_ = take_big_endian<std::uint64_t>(value);
    return;
  }
  const auto ordinal = from_sortable(take_big_endian<std::uint64_t>(part));
  Window& in = windows_[ordinal];
  in.dirty = false;
  if (kind == kWindowPart) {
    in.rows = take_big_endian<std::uint32_t>(value);
    in.closed = take_big_endian<std::uint32_t>(value);
    return;
  }
  RECKONER_CHECK(kind == kChunkPart, "part {}", kind);
  const auto number = take_big_endian<std::uint32_t>(part);
  RECKONER_CHECK(number == in.chunks.size(), "chunk {} after {}", number, in.chunks.size());
  in.chunks.push_back({fresh_rows(), false});
  std::memcpy(in.chunks.back().rows.get(), value.data(), value.size());
  in.saved_chunks = number + 1;
}

std::size_t TumblingOperator::bytes() const {
  std::size_t bytes = 0;
  for (const HugeMemory& memory : memory_) bytes += memory.get_deleter().bytes;
  return bytes;
}

}  // namespace reckoner
