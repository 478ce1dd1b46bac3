// All keys of one key kind in one shard: the table of records, the operators that keep state in them, the timers, and which records a
// checkpoint must still copy. Belongs to one shard; one thread at a time.
//
// Checkpoint protocol: begin_checkpoint() notes which records are dirty and bumps the stamp; gather() copies some of them between batches; a
// record about to be written while it still waits is copied first. So the parts show the state at begin_checkpoint(), without a long pause.
// What operators keep by themselves is asked for at the beginning and then in portions; they see to it that it is as of the beginning.
#pragma once

#include <cstdint>
#include <memory>
#include <queue>
#include <span>
#include <string>
#include <vector>

#include "engine/checkpoint_store.hpp"
#include "engine/dirty_set.hpp"
#include "engine/key_table.hpp"
#include "engine/operator.hpp"

namespace reckoner {

struct KeySpaceShape {
  std::uint32_t shard = 0;
  std::uint8_t kind = 0;  // index of the key kind
  std::size_t inputs = 0;
  std::vector<ColumnSource> columns;  // what Batch::numbers holds
  std::size_t features = 0;
  std::vector<std::uint32_t> watermark_groups;  // of the round; the key kind's operators number them by place here. 0 = all inputs read
  std::uint64_t keys_max = 0;
  std::size_t batch_rows = kBatchRows;  // at most kBatchRows; results do not depend on it
  bool merges_rows = false;             // several of its operators write to one output
  std::uint32_t level = 0;              // key kinds of lower levels are processed before it: it borrows facts of them
  bool derived = false;                 // its records are derived: it is processed after all others, and sets no timers
  bool ordered = false;                 // its records come in order of event time (engine/event_time_order.hpp)
  bool idle = false;                    // nothing is kept of its keys: it sees no records
  bool has_time = true;                 // some input's watermark is its own; else it stands still for ever
  std::size_t lent_places = 0;          // in LentFacts, of all key kinds together
  std::int64_t timer_delay_min_ms = 0;  // no timer is set to less than this after the record that sets it; 0 = no timers
};

class KeySpace {
 public:
  KeySpace(KeySpaceShape shape, std::vector<std::unique_ptr<Operator>> operators);
  ~KeySpace();

  // `rows` of the round, ascending, all live and with a key of this kind.
  void process(const Round& round, std::span<const std::uint32_t> rows, Effects& effects);
  // A live record of `input` that has no key of this kind: its operators are told how many there were by the next process().
  void count_without_key(InputId input) { ++without_key_[input]; }
  // After process(): the watermark stands at `watermark` (by group of the key kind); fires what timers are due.
  void fire_timers(const Round* round, std::int64_t watermark_ms, Effects& effects);
  [[nodiscard]] std::span<const std::unique_ptr<Operator>> operators() const { return operators_; }
  [[nodiscard]] const KeySpaceShape& shape() const { return shape_; }

  // `ordered` gets parts in key order, `early` those that could not wait for their turn, in any order. Both stay until gather() is done.
  void begin_checkpoint(CheckpointParts& ordered, CheckpointParts& early);
  bool gather(std::size_t records_max);                      // false when nothing is left to copy
  void load(std::string_view part, std::string_view value);  // parts in key order
  void finish_load();

  [[nodiscard]] const KeyTable& table() const { return table_; }
  [[nodiscard]] std::size_t bytes() const { return table_.bytes(); }
  // Records that no operator saw, since their key was new and keys_max was reached; since the job was created.
  [[nodiscard]] std::uint64_t refused_records() const { return refused_records_; }

 private:
  struct Columns;  // the batch's buffers
  struct Due {
    std::int64_t at;
    std::uint32_t key;
    friend auto operator<=>(const Due&, const Due&) = default;
  };

  static RecordLayout layout_of(KeySpaceShape& shape, std::vector<std::unique_ptr<Operator>>& operators, std::uint32_t& timer_offset);
  void tell_without_key(const Round& round, Effects& effects);
  void process_records(const Round& round, std::span<const std::uint32_t> rows, Effects& effects);
  [[nodiscard]] std::uint32_t turn_at(const Round& round, std::uint64_t place, std::int64_t due_ms) const;
  void process_timers(const Round* round, std::span<const Due> due, Effects& effects);
  std::size_t resolve(const Round& round, std::span<const std::uint32_t> rows);
  void fill_columns(const Round& round, std::size_t rows);
  void run(Batch& batch, Effects& effects);
  void touch(std::uint32_t index, std::byte* record);
  bool save_operators(bool begins);
  void save_record(std::uint32_t index, std::byte* record, CheckpointParts& into);
  void put_record(std::string_view name, std::uint32_t index, const std::byte* record, CheckpointParts& into);
  void load_record(std::uint32_t index, std::string_view value);
  void load_part(std::byte* record, std::string_view part, std::string_view value);
  void load_tail();
  [[gnu::always_inline]] void prefetch_record(const std::byte* record) const;

  KeySpaceShape shape_;
  std::vector<std::unique_ptr<Operator>> operators_;
  std::uint32_t timer_offset_ = 0;
  KeyTable table_;
  Features features_;
  std::unique_ptr<Columns> columns_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> timers_;
  std::uint32_t batch_number_ = 0;
  std::uint64_t refused_records_ = 0;
  std::vector<std::uint64_t> without_key_;  // [input], not told yet

  std::uint32_t stamp_ = 1;
  DirtySet dirty_;    // written since the last begin_checkpoint()
  DirtySet pending_;  // of the checkpoint that gathers
  std::uint32_t gathered_ = 0;
  CheckpointParts* ordered_ = nullptr;  // null when no checkpoint gathers
  CheckpointParts* early_ = nullptr;
  std::string prefix_;  // of the names of parts
  std::vector<std::byte> image_;
  std::vector<char> packed_;  // of image_
  StateWriter writer_;
  std::uint32_t tail_index_ = 0;  // the record whose tail waits for its other parts to be back
  std::string tail_;
};

}  // namespace reckoner
