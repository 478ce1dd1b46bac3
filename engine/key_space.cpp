#include "engine/key_space.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "engine/big_endian.hpp"
#include "engine/check.hpp"
#include "engine/word_packing.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kRowsAhead = 32;          // that records are asked for before they are needed
constexpr std::size_t kRowsAtOnce = 16;         // whose records are asked for together: so their addresses are translated side by side
constexpr std::uint32_t kTurnsMax = 1U << 20U;  // of one time: far more than any operator can ask for
constexpr std::uint32_t kCopied = 0;            // stamp of a record that the running checkpoint no longer waits for
// Names of stored parts, behind shard and key kind. Do not change: they are on disk.
constexpr char kRecordPart = 'R';     // + index: the record and tails; + index, operator, name: what an operator keeps for that record elsewhere
constexpr char kOperatorPart = 'S';   // + operator, name: what it keeps by itself
constexpr std::uint8_t kSelf = 0xff;  // in place of an operator: the key space
constexpr std::string_view kRefusedPart = "refused";

void append(std::span<char>& into, std::string_view bytes) {
  std::memcpy(into.data(), bytes.data(), bytes.size());
  into = into.subspan(bytes.size());
}

template <typename Integer>
void append_integer(std::span<char>& into, Integer value) {
  store_big_endian(into.data(), value);
  into = into.subspan(sizeof value);
}

// A key's timer as its record holds it. Zero is a key that never had one, so a timer that is due at 0 is held as another number.
constexpr std::int64_t kStoredZero = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t stored_due(std::int64_t due_ms) { return due_ms == 0 ? kStoredZero : due_ms; }

constexpr std::size_t kTailFrameBytes = 1 + sizeof(std::uint32_t) + sizeof(std::uint32_t);  // operator, bytes of name, bytes of value

}  // namespace

struct KeySpace::Columns {
  std::array<std::uint32_t, kBatchRows> round_row;
  std::array<std::int64_t, kBatchRows> event_time;
  std::array<std::uint64_t, kBatchRows> sequence;
  std::array<std::uint64_t, kBatchRows> position;
  std::array<std::uint32_t, kBatchRows> key;
  std::array<std::byte*, kBatchRows> record;
  std::array<const RecordKey*, kBatchRows> record_key;
  std::array<const RecordBlock*, kBatchRows> block;
  std::array<std::uint32_t, kBatchRows> block_row;
  std::vector<std::array<std::int64_t, kBatchRows>> watermark;
  std::vector<const std::int64_t*> watermark_pointers;
  std::vector<Mask> of_input;
  std::vector<std::uint64_t> in_all;  // [input]: fields that every row of the batch has
  std::vector<std::array<std::int64_t, kBatchRows>> numbers;
  std::vector<const std::int64_t*> number_pointers;
  std::vector<Mask> present;
};

RecordLayout KeySpace::layout_of(KeySpaceShape& shape, std::vector<std::unique_ptr<Operator>>& operators, std::uint32_t& timer_offset) {
  RecordLayout layout;
  if (shape.timer_delay_min_ms > 0) timer_offset = layout.add<std::int64_t>();
  for (auto& op : operators) op->declare(layout);
  return layout;
}

KeySpace::~KeySpace() = default;

KeySpace::KeySpace(KeySpaceShape shape, std::vector<std::unique_ptr<Operator>> operators)
    : shape_(std::move(shape)),
      operators_(std::move(operators)),
      table_(layout_of(shape_, operators_, timer_offset_).size(), shape_.keys_max),
      features_(shape_.features),
      columns_(std::make_unique<Columns>()),
      image_(table_.record_bytes()) {
  RECKONER_CHECK(operators_.size() < kSelf, "{} operators", operators_.size());
  append_big_endian(prefix_, shape_.shard);
  prefix_.push_back(static_cast<char>(shape_.kind));
  columns_->watermark.resize(shape_.watermark_groups.size());
  for (const auto& column : columns_->watermark) columns_->watermark_pointers.push_back(column.data());
  columns_->of_input.resize(shape_.inputs);
  columns_->in_all.resize(shape_.inputs);
  without_key_.resize(shape_.inputs);
  columns_->numbers.resize(shape_.columns.size());
  for (const auto& column : columns_->numbers) columns_->number_pointers.push_back(column.data());
  columns_->present.resize(shape_.columns.size());
}

void KeySpace::process(const Round& round, std::span<const std::uint32_t> rows, Effects& effects) {
  tell_without_key(round, effects);
  if (shape_.timer_delay_min_ms == 0) {
    while (!rows.empty()) {
      const std::size_t count = std::min(rows.size(), shape_.batch_rows);
      process_records(round, rows.first(count), effects);
      rows = rows.subspan(count);
    }
    return;
  }
  const std::vector<std::int64_t>& watermark = round.watermark[shape_.watermark_groups[0]];
  while (!rows.empty()) {
    fire_timers(&round, watermark[rows[0]], effects);
    // The batch ends before a row at which a timer is due, one that is set already or one that a row before it may set.
    std::int64_t due = timers_.empty() ? kNothingDue : timers_.top().at;
    std::size_t count = 0;
    while (count < rows.size() && count < shape_.batch_rows && (count == 0 || watermark[rows[count]] < due)) {
      due = std::min(due, round.event_time[rows[count]] + shape_.timer_delay_min_ms);
      ++count;
    }
    process_records(round, rows.first(count), effects);
    rows = rows.subspan(count);
  }
}

void KeySpace::tell_without_key(const Round& round, Effects& effects) {
  if (std::all_of(without_key_.begin(), without_key_.end(), [](std::uint64_t count) { return count == 0; })) return;
  std::fill(columns_->of_input.begin(), columns_->of_input.end(), Mask{});
  std::fill(columns_->present.begin(), columns_->present.end(), Mask{});
  ++batch_number_;
  Batch batch;
  batch.number = batch_number_;
  batch.round = &round;
  batch.of_input = columns_->of_input;
  batch.without_key = without_key_;
  run(batch, effects);
  std::fill(without_key_.begin(), without_key_.end(), 0U);
}

void KeySpace::process_records(const Round& round, std::span<const std::uint32_t> rows, Effects& effects) {
  const std::size_t count = resolve(round, rows);
  if (count == 0) return;
  fill_columns(round, count);
  Batch batch;
  batch.number = batch_number_;
  batch.rows = count;
  batch.round = &round;
  batch.of_input = columns_->of_input;
  run(batch, effects);
}

// g++ 12 drops calls of functions that only prefetch; inlined, they stay.
inline void KeySpace::prefetch_record(const std::byte* record) const {
  for (std::size_t line = 0; line < table_.record_bytes(); line += kRecordAlignment) __builtin_prefetch(record + line, 1);
}

std::size_t KeySpace::resolve(const Round& round, std::span<const std::uint32_t> rows) {
  Columns& c = *columns_;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const RowRef ref = round.rows[rows[i]];
    c.record_key[i] = &round.blocks[ref.block]->keys[shape_.kind][ref.row];
    table_.prefetch_slot(c.record_key[i]->hash);
  }
  // Inlined, since g++ 12 drops calls of functions that only prefetch.
  const auto fetch = [&](std::size_t first, std::size_t more) __attribute__((always_inline)) {
    for (std::size_t i = first; i < std::min(rows.size(), first + more); ++i) {
      const std::uint32_t guess = table_.guess(c.record_key[i]->hash);
      if (guess != KeyTable::kAbsent) prefetch_record(table_.record(guess));
    }
  };
  fetch(0, kRowsAhead);
  std::size_t count = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i % kRowsAtOnce == 0) fetch(i + kRowsAhead, kRowsAtOnce);
    const RowRef ref = round.rows[rows[i]];
    const KeyedBlock& block = *round.blocks[ref.block];
    bool added = false;
    const std::uint32_t index = table_.find_or_add(c.record_key[i]->hash, block.key(shape_.kind, ref.row), added);
    if (index == KeyTable::kAbsent) {
      ++refused_records_;
      continue;
    }
    std::byte* record = table_.record(index);
    touch(index, record);
    c.round_row[count] = rows[i];
    c.key[count] = index;
    c.record[count] = record;
    c.block[count] = &block.records;
    c.block_row[count] = ref.row;
    ++count;
  }
  ++batch_number_;
  return count;
}

void KeySpace::fill_columns(const Round& round, std::size_t rows) {
  Columns& c = *columns_;
  std::fill(c.of_input.begin(), c.of_input.end(), Mask{});
  std::fill(c.in_all.begin(), c.in_all.end(), ~std::uint64_t{0});
  for (std::size_t i = 0; i < rows; ++i) {
    const std::uint32_t row = c.round_row[i];
    c.event_time[i] = round.event_time[row];
    c.sequence[i] = round.sequence(row);
    c.position[i] = PackedPosition::pack(c.block[i]->origin(c.block_row[i]), c.block[i]->record(c.block_row[i]));
    const InputId input = c.block[i]->partition.input;
    c.of_input[input].set(i);
    c.in_all[input] &= c.block[i]->present[c.block_row[i]];
  }
  for (std::size_t group = 0; group < c.watermark.size(); ++group) {
    const std::int64_t* from = round.watermark[shape_.watermark_groups[group]].data();
    for (std::size_t i = 0; i < rows; ++i) c.watermark[group][i] = from[c.round_row[i]];
  }
  for (std::size_t column = 0; column < shape_.columns.size(); ++column) {
    const ColumnSource source = shape_.columns[column];
    const Mask& mine = c.of_input[source.input];
    std::int64_t* cells = c.numbers[column].data();
    const bool in_all = (c.in_all[source.input] >> source.field & 1U) != 0;
    Mask present = in_all ? mine : Mask{};
    for (std::size_t from = 0; from < rows;) {  // runs of rows of one block
      const RecordBlock& block = *c.block[from];
      std::size_t to = from + 1;
      while (to < rows && c.block[to] == &block) ++to;
      if (mine.test(from)) {
        const std::int64_t* source_cells = block.columns[source.field].data();
        for (std::size_t i = from; i < to; ++i) cells[i] = source_cells[c.block_row[i]];
        for (std::size_t i = in_all ? to : from; i < to; ++i)
          present.words[i / 64] |= (block.present[c.block_row[i]] >> source.field & 1U) << (i % 64);
      }
      from = to;
    }
    c.present[column] = present;
  }
}

void KeySpace::run(Batch& batch, Effects& effects) {
  const Columns& c = *columns_;
  batch.round_row = c.round_row.data();
  batch.event_time = c.event_time.data();
  batch.watermark = c.watermark_pointers;
  batch.sequence = c.sequence.data();
  batch.position = c.position.data();
  batch.key = c.key.data();
  batch.record = c.record.data();
  batch.numbers = c.number_pointers;
  batch.present = c.present;
  features_.clear();
  effects.timers.clear();
  for (auto& op : operators_) op->process(batch, features_, effects);
  for (const TimerRequest& request : effects.timers) {
    RECKONER_CHECK(shape_.timer_delay_min_ms > 0, "a timer where none was declared");
    RECKONER_CHECK(!batch.timers || request.due_ms >= batch.event_time[0], "a timer at {} sets one to {}", batch.event_time[0], request.due_ms);
    auto& stored = RecordLayout::at<std::int64_t>(table_.record(request.key), timer_offset_);
    if (stored == stored_due(request.due_ms)) continue;
    stored = stored_due(request.due_ms);
    if (request.due_ms != kNothingDue) timers_.push({request.due_ms, request.key});
  }
}

void KeySpace::fire_timers(const Round* round, std::int64_t watermark_ms, Effects& effects) {
  std::vector<Due> due;
  std::int64_t last = kNothingDue;
  std::uint32_t turns = 0;
  while (!timers_.empty() && timers_.top().at <= watermark_ms) {
    const std::int64_t at = timers_.top().at;  // all timers of one time in one go; a key that has more to do then comes again in a next turn
    turns = at == last ? turns + 1 : 0;
    last = at;
    RECKONER_CHECK(turns < kTurnsMax, "the timer at {} of key {} is set again and again", at, timers_.top().key);
    due.clear();
    for (; !timers_.empty() && timers_.top().at == at; timers_.pop()) {
      const Due timer = timers_.top();
      if (RecordLayout::at<std::int64_t>(table_.record(timer.key), timer_offset_) != stored_due(at)) continue;  // moved since
      if (!due.empty() && due.back() == timer) continue;
      due.push_back(timer);
    }
    for (std::size_t from = 0; from < due.size(); from += kBatchRows) {
      process_timers(round, std::span(due).subspan(from, std::min(kBatchRows, due.size() - from)), effects);
    }
  }
}

// Of the first record of a round of those that waited that something due comes before.
std::uint32_t KeySpace::turn_at(const Round& round, std::uint64_t place, std::int64_t due_ms) const {
  const std::vector<std::int64_t>& watermark = round.watermark[shape_.watermark_groups[0]];
  const auto row = static_cast<std::size_t>(std::lower_bound(watermark.begin(), watermark.end(), due_ms) - watermark.begin());
  if (row < round.place.size() && round.place[row] == place) return round.turn[row];
  return row > 0 && round.place[row - 1] == place ? round.turn[row - 1] + 1 : 0;
}

void KeySpace::process_timers(const Round* round, std::span<const Due> due, Effects& effects) {
  Columns& c = *columns_;
  std::fill(c.of_input.begin(), c.of_input.end(), Mask{});
  std::fill(c.present.begin(), c.present.end(), Mask{});
  std::uint64_t sequence = ~std::uint64_t{0};
  for (auto& column : c.watermark) std::fill_n(column.begin(), due.size(), due[0].at);
  if (round != nullptr) {  // the record at which the watermark first stood there: where the rows belong, whatever the shard and batch
    const Round& read = round->let_go_by != nullptr ? *round->let_go_by : *round;
    const std::vector<std::int64_t>& watermark = read.watermark[shape_.watermark_groups[0]];
    const auto place = static_cast<std::size_t>(std::lower_bound(watermark.begin(), watermark.end(), due[0].at) - watermark.begin());
    sequence = read.first_sequence + place;
    for (std::size_t group = 1; group < c.watermark.size(); ++group) {  // the key kind's own stands at the timer
      const std::uint32_t number = shape_.watermark_groups[group];
      std::fill_n(c.watermark[group].begin(), due.size(), place < watermark.size() ? read.watermark[number][place] : read.watermark_after[number]);
    }
  }
  for (std::size_t i = 0; i < due.size(); ++i) {
    std::byte* record = table_.record(due[i].key);
    touch(due[i].key, record);
    c.key[i] = due[i].key;
    c.record[i] = record;
    c.event_time[i] = due[i].at;
    c.sequence[i] = sequence;
    c.position[i] = 0;
    RecordLayout::at<std::int64_t>(record, timer_offset_) = kNothingDue;
  }
  ++batch_number_;
  Batch batch;
  batch.number = batch_number_;
  batch.rows = due.size();
  batch.timers = true;
  if (round != nullptr && round->let_go_by != nullptr) batch.turn = turn_at(*round, RowOrder::before(sequence, 0).place, due[0].at);
  batch.round = round;
  batch.of_input = c.of_input;
  run(batch, effects);
}

void KeySpace::touch(std::uint32_t index, std::byte* record) {
  auto& header = *reinterpret_cast<KeyHeader*>(record);
  if (header.stamp == stamp_) return;
  if (ordered_ != nullptr && header.stamp == stamp_ - 1) save_record(index, record, *early_);
  header.stamp = stamp_;
  dirty_.add(index);
}

void KeySpace::begin_checkpoint(CheckpointParts& ordered, CheckpointParts& early) {
  RECKONER_CHECK(ordered_ == nullptr, "a checkpoint still gathers");
  ordered_ = &ordered;
  early_ = &early;
  pending_.swap(dirty_);
  dirty_.clear();
  gathered_ = 0;
  ++stamp_;
  save_operators(true);
}

// False when they have nothing left.
bool KeySpace::save_operators(bool begins) {
  writer_.clear();
  for (std::size_t i = 0; i < operators_.size(); ++i) {
    writer_.begin(static_cast<std::uint8_t>(i), begins);
    operators_[i]->save(nullptr, nullptr, writer_);
  }
  writer_.begin(kSelf, begins);
  if (begins && refused_records_ > 0) {
    std::string value;
    append_big_endian(value, refused_records_);
    writer_.put(kRefusedPart, value);
  }
  return writer_.put_into(*early_, prefix_ + kOperatorPart);
}

bool KeySpace::gather(std::size_t records_max) {
  RECKONER_CHECK(ordered_ != nullptr, "no checkpoint gathers");
  constexpr std::uint32_t kAhead = 8;             // they are neighbours, as a rule all dirty
  constexpr std::size_t kBytesMax = 128U << 10U;  // a key may have many chunks
  if (save_operators(false)) return true;
  const std::size_t begin = ordered_->bytes();
  for (std::size_t i = 0; i < records_max && ordered_->bytes() - begin < kBytesMax; ++i) {
    const std::uint32_t index = pending_.next(gathered_);
    if (index == DirtySet::kNone) {
      ordered_ = early_ = nullptr;
      return false;
    }
    gathered_ = index + 1;
    if (index + kAhead < table_.end()) prefetch_record(table_.record(index + kAhead));
    std::byte* record = table_.record(index);
    auto& header = *reinterpret_cast<KeyHeader*>(record);
    if (header.stamp != stamp_ - 1) continue;  // copied before it was written again
    save_record(index, record, *ordered_);
    header.stamp = kCopied;
  }
  return true;
}

// A record's part comes before those of its operators, in key order.
void KeySpace::save_record(std::uint32_t index, std::byte* record, CheckpointParts& into) {
  std::memcpy(image_.data(), record, image_.size());
  writer_.clear();
  for (std::size_t i = 0; i < operators_.size(); ++i) {
    writer_.begin(static_cast<std::uint8_t>(i), false);
    operators_[i]->save(record, image_.data(), writer_);
  }
  std::string name = prefix_ + kRecordPart;
  append_big_endian(name, index);
  put_record(name, index, record, into);
  writer_.put_into(into, name);
}

void KeySpace::put_record(std::string_view name, std::uint32_t index, const std::byte* record, CheckpointParts& into) {
  auto& header = *reinterpret_cast<KeyHeader*>(image_.data());
  const std::string_view key = KeyTable::key_of(record);
  header.stamp = 0;
  std::memset(header.text, 0, sizeof header.text);
  const std::span<const char> packed = pack_words(image_, 0, packed_);
  std::size_t bytes = sizeof(std::uint64_t) + sizeof(std::uint32_t) + key.size() + packed.size();
  for (const StateWriter::Entry& entry : writer_.entries()) {
    if (entry.kind == StateWriter::Kind::kTail) bytes += kTailFrameBytes + entry.name_bytes + entry.value_bytes;
  }
  std::span<char> left(into.put_empty(name, bytes), bytes);
  append_integer(left, table_.hash(index));
  append_integer(left, static_cast<std::uint32_t>(key.size()));
  append(left, key);
  append(left, {packed.data(), packed.size()});
  for (const StateWriter::Entry& entry : writer_.entries()) {
    if (entry.kind != StateWriter::Kind::kTail) continue;
    append_integer(left, entry.op);
    append_integer(left, entry.name_bytes);
    append_integer(left, entry.value_bytes);
    append(left, writer_.name(entry));
    append(left, writer_.value(entry));
  }
  RECKONER_CHECK(left.empty(), "{} of {} bytes of a record's part", left.size(), bytes);
}

void KeySpace::load(std::string_view part, std::string_view value) {
  const auto kind = static_cast<char>(take_big_endian<std::uint8_t>(part));
  if (kind == kOperatorPart) return load_part(nullptr, part, value);
  RECKONER_CHECK(kind == kRecordPart, "part {}", kind);
  const auto index = take_big_endian<std::uint32_t>(part);
  if (part.empty()) return load_record(index, value);
  RECKONER_CHECK(index < table_.end(), "record {} of {}", index, table_.end());
  load_part(table_.record(index), part, value);
}

void KeySpace::load_part(std::byte* record, std::string_view part, std::string_view value) {
  const auto which = take_big_endian<std::uint8_t>(part);
  if (which == kSelf && part == kRefusedPart) {
    refused_records_ = take_big_endian<std::uint64_t>(value);
    return;
  }
  RECKONER_CHECK(which < operators_.size(), "operator {} of {}", which, operators_.size());
  RECKONER_CHECK(!part.empty(), "a part without a name");
  operators_[which]->load(record, part, value);
}

void KeySpace::load_record(std::uint32_t index, std::string_view value) {
  load_tail();
  const auto hash = take_big_endian<std::uint64_t>(value);
  const auto length = take_big_endian<std::uint32_t>(value);
  RECKONER_CHECK(length <= value.size(), "key of {} bytes in {}", length, value.size());
  std::string_view left = value.substr(length);
  unpack_words(left, 0, image_);
  table_.restore(index, hash, value.substr(0, length), image_);
  tail_index_ = index;
  tail_ = left;
}

// Tails come after the other parts of their record, which are older.
void KeySpace::load_tail() {
  std::string_view left = tail_;
  while (!left.empty()) {
    const auto which = take_big_endian<std::uint8_t>(left);
    const auto name_bytes = take_big_endian<std::uint32_t>(left);
    const auto value_bytes = take_big_endian<std::uint32_t>(left);
    RECKONER_CHECK(which < operators_.size() && std::uint64_t{name_bytes} + value_bytes <= left.size(), "tail of {} and {} bytes in {}", name_bytes,
                   value_bytes, left.size());
    operators_[which]->load(table_.record(tail_index_), left.substr(0, name_bytes), left.substr(name_bytes, value_bytes));
    left.remove_prefix(name_bytes + value_bytes);
  }
  tail_.clear();
}

void KeySpace::finish_load() {
  load_tail();
  for (auto& op : operators_) {
    for (std::uint32_t index = 0; index < table_.end(); ++index) op->load(table_.record(index), {}, {});
    op->load(nullptr, {}, {});
  }
  if (shape_.timer_delay_min_ms == 0) return;
  for (std::uint32_t index = 0; index < table_.end(); ++index) {
    const auto stored = RecordLayout::at<std::int64_t>(table_.record(index), timer_offset_);
    if (stored != 0 && stored != kNothingDue) timers_.push({stored == kStoredZero ? 0 : stored, index});
  }
}

}  // namespace reckoner
