// A slice of all keys, of every key kind: what one task works on. A shard sees the rounds of the job in order and its own records of each; it
// shares nothing with other shards but read-only rounds, so that shards may run on any threads. Its rows leave in an order that depends on
// the records alone.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/key_space.hpp"
#include "engine/record_screen.hpp"

namespace reckoner {

class Shard {
 public:
  // `screen` may be null: all records go on.
  Shard(std::uint32_t number, std::vector<std::unique_ptr<KeySpace>> spaces, std::unique_ptr<RecordScreen> screen);

  // Rows of the round whose driver key is here, of screened inputs; those that do not go on are marked. Before any route().
  [[nodiscard]] const RecordScreen* record_screen() const { return screen_.get(); }
  void route_to_screen(std::uint32_t row) { screened_rows_.push_back(row); }
  void screen(Round& round);

  // Rows of the round that belong here, by key kind; fills in what becomes of them.
  void route(std::size_t kind, std::uint32_t row) { rows_[kind].push_back(row); }
  // A live record of `input` that has no key of this kind. Such records are counted in one shard.
  void count_without_key(std::size_t kind, InputId input) { spaces_[kind]->count_without_key(input); }
  // Of some key kinds, a bit each, those of one level, after those of all lower ones in all shards: first the key kinds that look at records as
  // read, then those that do in order of event time, then those of derived records, each with the round that its rows were routed from.
  void process(Round& round, KindSet kinds, std::uint32_t level);
  // Once, then.
  void finish_round();
  // A checkpoint may begin before long, of `records` of the shard since the one before: has memory for its parts made ready. Between rounds, again and
  // again.
  void expect_parts(std::uint64_t records);
  // A row of the round that is routed nowhere, since it is late for a key kind: `write` writes what is told of it.
  void refuse_late(std::size_t kind, Round& round, std::uint32_t row, const std::function<void(ByteBuffer&)>& write);
  // What a key kind found for derived inputs since forget_derived().
  [[nodiscard]] const DerivedRecords& derived(std::size_t kind) const { return derived_[kind]; }
  void forget_derived();
  // What it found for lists since they were taken from here.
  [[nodiscard]] std::vector<ListAddition>& additions() { return additions_; }
  // Event time stands at `watermarks` (by group of the round). Closes what is over, about `rows_max` rows a call; false when all is closed.
  bool close(std::span<const std::int64_t> watermarks, std::optional<std::int64_t> end_of_input_ms, std::size_t rows_max);

  // Rows that left since clear_outputs(): whole lines.
  [[nodiscard]] std::span<const char> output(std::size_t output) const;
  [[nodiscard]] std::uint64_t output_rows(std::size_t output) const;
  void clear_outputs();

  void begin_checkpoint();
  // After begin_checkpoint(): what parts of the job itself keep there.
  void put_derived(std::string_view value);
  void put_added(std::string_view value);
  // As loaded; empty = there was nothing.
  [[nodiscard]] const std::string& derived_part() const { return derived_part_; }
  [[nodiscard]] const std::string& added_part() const { return added_part_; }
  // Parts of records that wait for their turn: how their names begin, the name behind that (nullopt = another part), and where they go.
  [[nodiscard]] std::string waiting_prefix() const;
  [[nodiscard]] static std::optional<std::string_view> waiting_name(std::string_view key);
  [[nodiscard]] CheckpointParts& job_parts() { return early_parts_; }
  bool gather(std::size_t records_max);  // false when the parts are complete
  // Without those of portions that were taken.
  [[nodiscard]] const CheckpointParts& ordered_parts() const { return ordered_parts_; }
  [[nodiscard]] const CheckpointParts& early_parts() const { return early_parts_; }
  // What was gathered since the portion before, with which its reader must be done. The ordered parts stay until the next call, the early ones until
  // the next begin_checkpoint().
  [[nodiscard]] CheckpointPortion take_portion();
  void load(std::string_view key, std::string_view value);
  [[nodiscard]] static std::uint32_t number_in(std::string_view key);  // of the shard that a stored part belongs to
  void finish_load();

  [[nodiscard]] std::size_t checkpoint_bytes() const;
  [[nodiscard]] std::uint32_t number() const { return number_; }
  [[nodiscard]] std::span<const std::unique_ptr<KeySpace>> spaces() const { return spaces_; }

 private:
  void process_kind(std::size_t kind, Round& round);
  void put_part(char part, std::string_view value);
  void merge_outputs();
  bool save_screen(bool begins);

  std::uint32_t number_;
  std::vector<std::unique_ptr<KeySpace>> spaces_;
  std::vector<std::vector<std::uint32_t>> rows_;
  std::unique_ptr<RecordScreen> screen_;
  std::vector<std::uint32_t> screened_rows_;
  Outputs screened_{false};  // rows of records that did not go on
  StateWriter screen_writer_;
  std::vector<Effects> effects_;
  std::vector<DerivedRecords> derived_;  // by key kind
  bool makes_derived_;                   // some key kind looks at them
  std::vector<ListAddition> additions_;
  std::string derived_part_;
  std::string added_part_;
  std::vector<Outputs> outputs_;    // by key kind
  Outputs closing_{false};          // rows of closed windows
  bool merges_rows_;                // several operators write to one output, of one key kind or of several
  std::vector<ByteBuffer> merged_;  // by output, when rows are merged
  std::vector<std::uint64_t> merged_rows_;
  std::shared_ptr<PartMemory> part_memory_ = std::make_shared<PartMemory>();
  CheckpointParts ordered_parts_{part_memory_};  // in key order
  CheckpointParts early_parts_{part_memory_};
  CheckpointParts taken_ordered_{part_memory_};  // of the portion that was taken last
  std::deque<CheckpointParts> taken_early_;      // of all
  std::size_t gathering_ = 0;                    // key space that copies now
};

}  // namespace reckoner
