#include "engine/key_space.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "engine/big_endian.hpp"
#include "engine/check.hpp"

namespace reckoner {

namespace {

constexpr std::uint32_t kCopied = 0;  // stamp of a record that the running checkpoint no longer waits for
// Kinds of stored parts, in the order in which they come back. Do not change: they are on disk.
constexpr char kRecordPart = 'A';    // + index: the record
constexpr char kKeyedPart = 'B';     // + index, operator: what an operator keeps for that record elsewhere
constexpr char kOperatorPart = 'C';  // + operator: what it keeps by itself

}  // namespace

struct KeySpace::Columns {
  std::array<std::uint32_t, kBatchRows> round_row;
  std::array<std::int64_t, kBatchRows> event_time;
  std::array<std::uint64_t, kBatchRows> sequence;
  std::array<std::uint64_t, kBatchRows> position;
  std::array<std::uint32_t, kBatchRows> key;
  std::array<std::byte*, kBatchRows> record;
  std::array<const RecordBlock*, kBatchRows> block;
  std::array<std::uint32_t, kBatchRows> block_row;
  std::vector<std::array<std::int64_t, kBatchRows>> watermark;
  std::vector<const std::int64_t*> watermark_pointers;
  std::vector<Mask> of_input;
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
  columns_->watermark.resize(shape_.watermark_groups.size());
  for (const auto& column : columns_->watermark) columns_->watermark_pointers.push_back(column.data());
  columns_->of_input.resize(shape_.inputs);
  columns_->numbers.resize(shape_.columns.size());
  for (const auto& column : columns_->numbers) columns_->number_pointers.push_back(column.data());
  columns_->present.resize(shape_.columns.size());
}

void KeySpace::process(const Round& round, std::span<const std::uint32_t> rows, Effects& effects) {
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

std::size_t KeySpace::resolve(const Round& round, std::span<const std::uint32_t> rows) {
  Columns& c = *columns_;
  const auto key_of = [&](std::uint32_t row) -> const RecordKey& {
    const RowRef ref = round.rows[row];
    return round.blocks[ref.block]->keys[shape_.kind][ref.row];
  };
  for (const std::uint32_t row : rows) table_.prefetch_slot(key_of(row).hash);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::uint32_t guess = table_.guess(key_of(rows[i]).hash);
    if (guess == KeyTable::kAbsent) continue;
    const std::byte* record = table_.record(guess);
    for (std::size_t line = 0; line < table_.record_bytes(); line += 64) __builtin_prefetch(record + line, 1);
  }
  std::size_t count = 0;
  for (const std::uint32_t row : rows) {
    const RowRef ref = round.rows[row];
    const KeyedBlock& block = *round.blocks[ref.block];
    bool added = false;
    const std::uint32_t index = table_.find_or_add(block.keys[shape_.kind][ref.row].hash, block.key(shape_.kind, ref.row), added);
    if (index == KeyTable::kAbsent) {
      ++refused_keys_;
      continue;
    }
    std::byte* record = table_.record(index);
    touch(index, record);
    c.round_row[count] = row;
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
  for (std::size_t i = 0; i < rows; ++i) {
    const std::uint32_t row = c.round_row[i];
    c.event_time[i] = round.event_time[row];
    c.sequence[i] = round.first_sequence + row;
    c.position[i] = PackedPosition::pack(c.block[i]->partition, c.block[i]->first.record + c.block_row[i]);
    c.of_input[c.block[i]->partition.input].set(i);
  }
  for (std::size_t group = 0; group < c.watermark.size(); ++group) {
    const std::int64_t* from = round.watermark[shape_.watermark_groups[group]].data();
    for (std::size_t i = 0; i < rows; ++i) c.watermark[group][i] = from[c.round_row[i]];
  }
  for (std::size_t column = 0; column < shape_.columns.size(); ++column) {
    const ColumnSource source = shape_.columns[column];
    const Mask& mine = c.of_input[source.input];
    std::int64_t* cells = c.numbers[column].data();
    Mask present;
    mine.for_each([&](std::size_t i) {
      const RecordBlock& block = *c.block[i];
      cells[i] = block.columns[source.field][c.block_row[i]];
      present.words[i / 64] |= (block.present[c.block_row[i]] >> source.field & 1U) << (i % 64);
    });
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
    auto& due = RecordLayout::at<std::int64_t>(table_.record(request.key), timer_offset_);
    if (due == request.due_ms) continue;
    due = request.due_ms;
    if (due != kNothingDue) timers_.push({due, request.key});
  }
}

void KeySpace::fire_timers(const Round* round, std::int64_t watermark_ms, Effects& effects) {
  std::vector<Due> due;
  while (!timers_.empty() && timers_.top().at <= watermark_ms) {
    const std::int64_t at = timers_.top().at;  // all timers of one time in one go: none of them can set another to this time
    due.clear();
    for (; !timers_.empty() && timers_.top().at == at; timers_.pop()) {
      const Due timer = timers_.top();
      if (RecordLayout::at<std::int64_t>(table_.record(timer.key), timer_offset_) != at) continue;  // moved since
      if (!due.empty() && due.back() == timer) continue;
      due.push_back(timer);
    }
    for (std::size_t from = 0; from < due.size(); from += kBatchRows) {
      process_timers(round, std::span(due).subspan(from, std::min(kBatchRows, due.size() - from)), effects);
    }
  }
}

void KeySpace::process_timers(const Round* round, std::span<const Due> due, Effects& effects) {
  Columns& c = *columns_;
  std::fill(c.of_input.begin(), c.of_input.end(), Mask{});
  std::fill(c.present.begin(), c.present.end(), Mask{});
  std::uint64_t sequence = ~std::uint64_t{0};
  if (round != nullptr) {  // the record at which the watermark first stood there: where the rows belong, whatever the shard and batch
    const std::vector<std::int64_t>& watermark = round->watermark[shape_.watermark_groups[0]];
    const auto place = std::lower_bound(watermark.begin(), watermark.end(), due[0].at) - watermark.begin();
    sequence = round->first_sequence + static_cast<std::uint64_t>(place);
  }
  for (std::size_t i = 0; i < due.size(); ++i) {
    std::byte* record = table_.record(due[i].key);
    touch(due[i].key, record);
    c.key[i] = due[i].key;
    c.record[i] = record;
    c.event_time[i] = due[i].at;
    c.sequence[i] = sequence;
    c.position[i] = 0;
    for (auto& column : c.watermark) column[i] = due[i].at;
    RecordLayout::at<std::int64_t>(record, timer_offset_) = kNothingDue;
  }
  ++batch_number_;
  Batch batch;
  batch.number = batch_number_;
  batch.rows = due.size();
  batch.timers = true;
  batch.round = round;
  batch.of_input = c.of_input;
  run(batch, effects);
}

void KeySpace::touch(std::uint32_t index, std::byte* record) {
  auto& header = *reinterpret_cast<KeyHeader*>(record);
  if (header.stamp == stamp_) return;
  if (parts_ != nullptr && header.stamp == stamp_ - 1) save_record(index, record);
  header.stamp = stamp_;
  dirty_.push_back(index);
}

void KeySpace::begin_checkpoint(CheckpointParts& parts) {
  RECKONER_CHECK(parts_ == nullptr, "a checkpoint still gathers");
  parts_ = &parts;
  pending_.swap(dirty_);
  dirty_.clear();
  gathered_ = 0;
  ++stamp_;
  for (std::size_t i = 0; i < operators_.size(); ++i) {
    StateWriter writer(parts, part_prefix() + kOperatorPart + static_cast<char>(i));
    operators_[i]->save(nullptr, nullptr, writer);
  }
}

bool KeySpace::gather(std::size_t records_max) {
  RECKONER_CHECK(parts_ != nullptr, "no checkpoint gathers");
  const std::size_t end = gathered_ + std::min(pending_.size() - gathered_, records_max);
  for (; gathered_ < end; ++gathered_) {
    if (gathered_ + 8 < pending_.size()) __builtin_prefetch(table_.record(pending_[gathered_ + 8]));
    std::byte* record = table_.record(pending_[gathered_]);
    auto& header = *reinterpret_cast<KeyHeader*>(record);
    if (header.stamp != stamp_ - 1) continue;  // copied before it was written again
    save_record(pending_[gathered_], record);
    header.stamp = kCopied;
  }
  if (gathered_ < pending_.size()) return true;
  parts_ = nullptr;
  return false;
}

void KeySpace::save_record(std::uint32_t index, std::byte* record) {
  std::memcpy(image_.data(), record, image_.size());
  std::string name = part_prefix() + kKeyedPart;
  append_big_endian(name, index);
  for (std::size_t i = 0; i < operators_.size(); ++i) {
    StateWriter writer(*parts_, name + static_cast<char>(i));
    operators_[i]->save(record, image_.data(), writer);
  }
  auto& header = *reinterpret_cast<KeyHeader*>(image_.data());
  const std::string_view key = KeyTable::key_of(record);
  header.stamp = 0;
  std::memset(header.text, 0, sizeof header.text);
  std::string value;
  append_big_endian(value, table_.hash(index));
  append_big_endian(value, static_cast<std::uint32_t>(key.size()));
  value.append(key);
  value.append(reinterpret_cast<const char*>(image_.data()), image_.size());
  name = part_prefix() + kRecordPart;
  append_big_endian(name, index);
  parts_->put(name, value);
}

std::string KeySpace::part_prefix() const {
  std::string prefix;
  append_big_endian(prefix, shape_.shard);
  prefix.push_back(static_cast<char>(shape_.kind));
  return prefix;
}

void KeySpace::load(std::string_view part, std::string_view value) {
  RECKONER_CHECK(!part.empty(), "an empty part");
  const char kind = part[0];
  part.remove_prefix(1);
  if (kind == kOperatorPart) return load_operator(nullptr, part, value);
  const auto index = take_big_endian<std::uint32_t>(part);
  if (kind == kKeyedPart) {
    RECKONER_CHECK(index < table_.end(), "record {} of {}", index, table_.end());
    return load_operator(table_.record(index), part, value);
  }
  RECKONER_CHECK(kind == kRecordPart, "part {}", kind);
  const auto hash = take_big_endian<std::uint64_t>(value);
  const auto length = take_big_endian<std::uint32_t>(value);
  RECKONER_CHECK(length <= value.size(), "key of {} bytes in {}", length, value.size());
  table_.restore(index, hash, value.substr(0, length), {value.data() + length, value.size() - length});
}

void KeySpace::load_operator(std::byte* record, std::string_view part, std::string_view value) {
  RECKONER_CHECK(!part.empty(), "a part of no operator");
  const auto which = static_cast<std::size_t>(static_cast<unsigned char>(part[0]));
  RECKONER_CHECK(which < operators_.size(), "operator {} of {}", which, operators_.size());
  RECKONER_CHECK(part.size() > 1, "a part without a name");
  operators_[which]->load(record, part.substr(1), value);
}

void KeySpace::finish_load() {
  for (auto& op : operators_) {
    for (std::uint32_t index = 0; index < table_.end(); ++index) op->load(table_.record(index), {}, {});
    op->load(nullptr, {}, {});
  }
  if (shape_.timer_delay_min_ms == 0) return;
  for (std::uint32_t index = 0; index < table_.end(); ++index) {
    const auto due = RecordLayout::at<std::int64_t>(table_.record(index), timer_offset_);
    if (due != 0 && due != kNothingDue) timers_.push({due, index});
  }
}

}  // namespace reckoner
