// A record that an operator keeps for a key until something about it is decided: when it was, where it came from, and the values of it that
// conditions or people may still ask for. And the variable part of a key's state that holds such records: it lives beside the key's record,
// which has its name, and is stored as a tail of it. Single-threaded, as everything of a shard.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/batch.hpp"
#include "engine/big_endian.hpp"
#include "engine/record_layout.hpp"
#include "engine/state_writer.hpp"

namespace reckoner {

struct KeptValue {
  bool known = false;
  std::int64_t number = 0;
  std::string text;  // of a string
};

struct KeptRecord {
  std::int64_t event_time = 0;
  std::uint64_t position = 0;  // PackedPosition
  std::vector<KeptValue> values;

  // Records are in order of event time; ties by input, partition and place in it.
  [[nodiscard]] bool is_before(std::int64_t time, std::uint64_t place) const { return event_time != time ? event_time < time : position < place; }
  [[nodiscard]] bool is_after(std::int64_t time, std::uint64_t place) const { return event_time != time ? event_time > time : position > place; }
};

// The value of a field of the record in `row`, which is no timer.
[[nodiscard]] inline KeptValue value_of(const Batch& batch, std::size_t row, std::uint32_t field, const ValueType& type) {
  if (!batch.has(row, field)) return {};
  if (type.kind == ValueKind::kString) return {true, 0, std::string(batch.text(row, field))};
  const RowRef ref = batch.round->rows[batch.round_row[row]];
  return {true, batch.round->blocks[ref.block]->records.columns[field][ref.row], {}};
}

// Stored forms. Do not change: they are in checkpoints.
inline void append_value(std::string& bytes, const KeptValue& value) {
  append_big_endian(bytes, static_cast<std::uint8_t>(value.known ? 1 : 0));
  append_big_endian(bytes, static_cast<std::uint64_t>(value.number));
  append_counted(bytes, value.text);
}
inline KeptValue take_value(std::string_view& bytes) {
  KeptValue value;
  value.known = take_big_endian<std::uint8_t>(bytes) != 0;
  value.number = static_cast<std::int64_t>(take_big_endian<std::uint64_t>(bytes));
  value.text = take_counted(bytes);
  return value;
}
inline void append_values(std::string& bytes, const std::vector<KeptValue>& values) {
  append_big_endian(bytes, static_cast<std::uint32_t>(values.size()));
  for (const KeptValue& value : values) append_value(bytes, value);
}
inline std::vector<KeptValue> take_values(std::string_view& bytes) {
  std::vector<KeptValue> values(take_big_endian<std::uint32_t>(bytes));
  for (KeptValue& value : values) value = take_value(bytes);
  return values;
}
inline void append_record(std::string& bytes, const KeptRecord& record) {
  append_big_endian(bytes, static_cast<std::uint64_t>(record.event_time));
  append_big_endian(bytes, record.position);
  append_values(bytes, record.values);
}
inline KeptRecord take_record(std::string_view& bytes) {
  KeptRecord record;
  record.event_time = static_cast<std::int64_t>(take_big_endian<std::uint64_t>(bytes));
  record.position = take_big_endian<std::uint64_t>(bytes);
  record.values = take_values(bytes);
  return record;
}

inline void append_records(std::string& bytes, const std::vector<KeptRecord>& records) {
  append_big_endian(bytes, static_cast<std::uint32_t>(records.size()));
  for (const KeptRecord& record : records) append_record(bytes, record);
}
inline std::vector<KeptRecord> take_records(std::string_view& bytes) {
  std::vector<KeptRecord> records(take_big_endian<std::uint32_t>(bytes));
  for (KeptRecord& record : records) record = take_record(bytes);
  return records;
}

// One State for each key that has one. A State has bool is_empty() const, void append_to(std::string&) const and static State take(std::string_view&).
template <typename State>
class KeptStates {
 public:
  void declare(RecordLayout& layout) { handle_ = layout.add<std::uint32_t>(); }

  // Null when the key has none. Valid until open() is called.
  [[nodiscard]] State* find(const std::byte* record) {
    const auto handle = RecordLayout::at<std::uint32_t>(record, handle_);
    return handle == 0 ? nullptr : &states_[handle - 1];
  }
  [[nodiscard]] const State* find(const std::byte* record) const {
    const auto handle = RecordLayout::at<std::uint32_t>(record, handle_);
    return handle == 0 ? nullptr : &states_[handle - 1];
  }
  [[nodiscard]] State& open(std::byte* record) {
    auto& handle = RecordLayout::at<std::uint32_t>(record, handle_);
    if (handle == 0 && free_.empty()) {
      states_.emplace_back();
      handle = static_cast<std::uint32_t>(states_.size());
    } else if (handle == 0) {
      handle = free_.back();
      free_.pop_back();
    }
    return states_[handle - 1];
  }
  void close_if_empty(std::byte* record) {
    auto& handle = RecordLayout::at<std::uint32_t>(record, handle_);
    if (handle == 0 || !states_[handle - 1].is_empty()) return;
    states_[handle - 1] = State{};
    free_.push_back(handle);
    handle = 0;
  }

  // A record, or part of a state, had to be let go for want of room.
  void count_dropped() { ++dropped_; }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

  // As Operator::save() and load().
  void save(const std::byte* record, std::byte* image, StateWriter& writer) const {
    if (record == nullptr) {
      if (writer.begins() && dropped_ > 0) save_dropped(writer);
      return;
    }
    RecordLayout::at<std::uint32_t>(image, handle_) = 0;
    const State* state = find(record);
    if (state == nullptr) return;
    std::string bytes;
    state->append_to(bytes);
    writer.put_tail(kPart, bytes);
  }
  void load(std::byte* record, std::string_view part, std::string_view value) {
    if (record == nullptr && part == kDroppedPart) dropped_ = take_big_endian<std::uint64_t>(value);
    if (record == nullptr || part != kPart) return;
    open(record) = State::take(value);
    RECKONER_CHECK(value.empty(), "{} bytes behind the kept records of a key", value.size());
  }

  [[nodiscard]] std::size_t keys() const { return states_.size() - free_.size(); }

 private:
  void save_dropped(StateWriter& writer) const {
    std::string value;
    append_big_endian(value, dropped_);
    writer.put(kDroppedPart, value);
  }

  static constexpr std::string_view kPart = "kept";
  static constexpr std::string_view kDroppedPart = "dropped";
  std::uint32_t handle_ = 0;  // offset in the record: 1 + place in states_; 0 = none
  std::vector<State> states_;
  std::vector<std::uint32_t> free_;
  std::uint64_t dropped_ = 0;
};

}  // namespace reckoner
