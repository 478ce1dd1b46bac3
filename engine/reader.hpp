// From partitions to rounds: reads blocks ahead, decodes them in parallel, merges the partitions by (event time of the head, input,
// partition, offset) and stamps each record with its watermarks, once, in log order. What was there to read is a step of the decision record;
// within a step the order is a pure merge, so that the same steps over the same partitions give the same rounds (cut elsewhere, perhaps).
// Belongs to one thread, which lends its executor for decoding.
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/decision_record.hpp"
#include "engine/decoder.hpp"
#include "engine/executor.hpp"
#include "engine/round.hpp"
#include "engine/source.hpp"
#include "engine/watermark.hpp"

namespace reckoner {

struct ReaderInput {
  Schema schema;
  std::uint64_t wanted = 0;
  std::int64_t out_of_orderness_ms = 0;
  std::shared_ptr<const Decoder> decoder;
  std::vector<std::vector<std::uint32_t>> key_fields;  // by key kind; empty = no such key
  std::function<void(KeyedBlock&)> filter;             // fills KeyedBlock::filtered; empty = no filter. Called from several threads
};

struct ReaderSettings {
  std::size_t block_bytes = 256U << 10U;
  std::size_t round_rows = 4096;  // about the most records of a round; results do not depend on it
  std::size_t blocks_ahead = 4;   // decoded blocks that a partition keeps ready
  // Inputs whose records shards hand on to this one (engine/exchange.hpp). Each is an input of its own for each hop, numbered behind all that are
  // read, hop by hop, with a partition for each shard. Its watermark is what the shards tell of theirs; nothing else moves it.
  std::vector<InputId> handed_on = {};
  std::uint32_t hops = 0;
  bool lists = false;             // one more a hop, behind those, for what rules of all shards put into lists
  bool waits_for_others = false;  // a record that was handed on waits until all other shards are known to have come as far
};

class Reader {
 public:
  Reader(std::vector<ReaderInput> inputs, std::vector<std::vector<InputId>> watermark_groups, std::size_t key_kinds, Source& source,
         Executor& executor, ReaderSettings settings);

  // Partitions, known from now on; their numbers ascend by input, and may leave out those that are another reader's.
  void add_partitions(const std::vector<PartitionInfo>& partitions);
  // As of the end of the epoch with this decision record.
  void restore(const DecisionRecord& record, std::span<const std::int64_t> watermarks);

  // What is there to read now: everything of partitions that have ended, and of the others what has been decoded so far.
  [[nodiscard]] std::vector<ReadLimit> available();

  // Next records within `limits`, at most `records_max`; false when there are none. With `until_end` an unlimited partition that has nothing to
  // read has ended.
  // A replay finds an end where a record was read before it; for the others there is take_ended().
  bool next(const std::vector<ReadLimit>& limits, std::uint64_t records_max, Round& round);
  // Partitions that were found to have ended in the last next(), which read nothing.
  [[nodiscard]] std::vector<PartitionId> take_ended() { return std::exchange(ended_, {}); }
  // A round without records, at the watermarks of now.
  void stand_still(Round& round) const;

  // What a replay knows: a partition that had ended after the epoch at hand ends where it did then, whatever was added to it since; and what was
  // too far in the future then. Nothing, to go on live.
  void end_as_in(const std::vector<PartitionProgress>& recorded);
  void future_as_in(std::vector<std::uint64_t> recorded) { future_as_recorded_ = std::move(recorded); }

  // From now on a record of a later time than this, which would carry its partition's event time there, is rejected instead.
  void limit_future(std::int64_t latest_ms) { latest_ms_ = latest_ms; }
  // Packed positions of the records so rejected that were read since this was last called or are next to be read, ascending.
  [[nodiscard]] std::vector<std::uint64_t> take_future();

  // Looks whether partitions that were read to the end of what was there have ended: before an epoch ends, so that it ends the same way when
  // it is executed again.
  void settle() { fill(1); }

  // A block of records that were read before, as a checkpoint kept them: columns and keys.
  void decode_again(KeyedBlock& block) { decode(block, *scratch_[0][block.records.partition.input]); }

  // Counts the round's records into their buckets, after the shards are done with it.
  void account(const Round& round);

  void release(PartitionId id);  // a recorded decision: idle, or ended
  void flush_to(std::int64_t watermark_ms) { watermarks_.flush_to(watermark_ms); }

  [[nodiscard]] const Watermarks& watermarks() const { return watermarks_; }
  [[nodiscard]] std::vector<PartitionProgress> progress() const;
  [[nodiscard]] const PartitionProgress& progress(PartitionId id) const { return partitions_[id.input][id.partition]->progress; }
  [[nodiscard]] const std::vector<PartitionInfo>& partitions() const { return infos_; }
  [[nodiscard]] const Schema& schema(InputId input) const { return inputs_[input].schema; }
  [[nodiscard]] std::uint64_t sequence() const { return sequence_; }
  // Records of an input, by SkipCode, that its decoder passed over since this reader was made.
  using PassedOver = std::array<std::uint64_t, kSkipCodes>;
  [[nodiscard]] const PassedOver& passed_over(InputId input) const { return passed_over_[input]; }
  [[nodiscard]] const Decoder& decoder(InputId input) const { return *inputs_[input].decoder; }
  // Of records read; kNoWatermark = none yet. With those that were handed on, as far as was told.
  [[nodiscard]] std::int64_t highest_event_time() const { return highest_event_time(inputs_.size()); }
  [[nodiscard]] std::int64_t highest_event_time_of_all() const { return highest_event_time(partitions_.size()); }
  // How far each watermark group is where no earlier record of any input can come.
  [[nodiscard]] std::vector<std::int64_t> groups_at_end() const;
  [[nodiscard]] bool is_handed_on(InputId input) const { return input >= inputs_.size(); }
  // Of what is read 0.
  [[nodiscard]] std::uint32_t hop(InputId input) const {
    return is_handed_on(input) ? static_cast<std::uint32_t>((input - inputs_.size()) / inputs_of_hop()) + 1 : 0;
  }
  // This reader's number for what comes in a hop of the input of this place among those that are handed on; behind these, of what rules put into lists.
  [[nodiscard]] InputId handed_on_input(std::uint32_t hop, std::size_t place) const {
    return static_cast<InputId>(inputs_.size() + (hop - 1) * inputs_of_hop() + place);
  }

 private:
  struct Partition {
    PartitionProgress progress;
    Position read_from;                             // where the next block begins
    std::deque<std::shared_ptr<KeyedBlock>> ahead;  // decoded, not yet merged completely
    std::uint32_t row = 0;                          // next row of ahead.front()
    bool drained = false;                           // the source had nothing more when last asked
    std::uint64_t until = 0;                        // limit of the step at hand
    std::uint64_t end = ReadLimit::kUnlimited;      // record number at which a replay knows that it ended
    std::uint64_t judged = 0;                       // records before this one were looked at for a time in the future
    // Number of the next record, as far as is known: there may be gaps before it.
    [[nodiscard]] std::uint64_t next_number() const {
      if (ahead.empty()) return progress.next.record;
      const RecordBlock& records = ahead.front()->records;
      return records.handed_on.empty() ? records.first.record + row : records.handed_on[row].next - 1;
    }
    [[nodiscard]] std::uint64_t left() const { return std::min(until, end) - std::min({until, end, next_number()}); }
    [[nodiscard]] bool has_row() const { return !ahead.empty() && left() > 0; }
  };

  [[nodiscard]] std::int64_t highest_event_time(std::size_t inputs) const;
  [[nodiscard]] InputId input_as_read(InputId input) const {
    if (!is_handed_on(input)) return input;
    return is_of_lists(input) ? settings_.handed_on.front() : settings_.handed_on[(input - inputs_.size()) % inputs_of_hop()];
  }
  [[nodiscard]] std::size_t inputs_of_hop() const { return settings_.handed_on.size() + (settings_.lists ? 1 : 0); }
  [[nodiscard]] bool is_of_lists(InputId input) const {
    return is_handed_on(input) && (input - inputs_.size()) % inputs_of_hop() == settings_.handed_on.size();
  }
  [[nodiscard]] const ReaderInput& input_of(PartitionId id) const { return inputs_[input_as_read(id.input)]; }
  Partition& partition(PartitionId id) { return *partitions_[id.input][id.partition]; }
  void begin(Round& round) const;
  void end(Round& round) const;
  bool fill(std::size_t blocks);
  void read_ahead(Partition& partition);
  void wait_for_others(std::vector<ReadLimit>& limits);
  void wait_for_others(std::vector<ReadLimit>& limits, std::uint32_t of_hop);
  std::int64_t told_ahead(Partition& partition);
  [[nodiscard]] std::uint64_t first_after(const Partition& partition, std::int64_t time) const;
  void decode(KeyedBlock& block, Decoder::Scratch& scratch) const;
  bool judge(Partition& partition);
  void forget_future();
  [[nodiscard]] bool is_future(const Partition& partition, std::int64_t time, std::uint64_t position) const;
  [[nodiscard]] std::int64_t head_time(const Partition& partition) const;
  Partition* earliest();
  void take(Partition& partition, Round& round);
  void take_run(Partition& partition, std::uint64_t records_max, Round& round);
  static std::uint32_t block_index(const std::shared_ptr<KeyedBlock>& block, Round& round);
  [[nodiscard]] static RowState state_of(const KeyedBlock& block, std::uint32_t row);
  [[nodiscard]] static Bucket bucket_of(const Round& round, std::size_t row);
  void account_run(const Round& round, std::size_t begin, std::size_t end);
  void account_passed_over(const Round& round, std::size_t begin, std::size_t end);
  static void see(Partition& partition, std::int64_t event_time);
  void leave_row(Partition& partition);
  void leave_handed_on(Partition& partition, const HandedOn& row);
  void promise(Partition& partition, bool with_head);
  std::shared_ptr<KeyedBlock> fresh_block();

  std::vector<ReaderInput> inputs_;
  std::size_t key_kinds_;
  Source& source_;
  Executor& executor_;
  ReaderSettings settings_;
  Watermarks watermarks_;
  std::vector<PartitionInfo> infos_;
  std::vector<std::vector<std::unique_ptr<Partition>>> partitions_;      // [input][partition]; null = not this reader's
  std::vector<Partition*> active_;                                       // of the step at hand
  std::vector<PartitionId> ended_;                                       // for take_ended()
  std::vector<std::vector<std::unique_ptr<Decoder::Scratch>>> scratch_;  // [thread][input]
  std::vector<std::shared_ptr<KeyedBlock>> spare_;
  std::vector<std::shared_ptr<KeyedBlock>> used_;  // blocks of rounds that may be reused when nobody holds them
  std::uint64_t sequence_ = 0;
  static constexpr std::int64_t kAnyTime = std::numeric_limits<std::int64_t>::max();
  std::int64_t latest_ms_ = kAnyTime;
  std::vector<std::uint64_t> future_;  // for take_future()
  std::vector<std::uint64_t> future_as_recorded_;
  std::vector<PassedOver> passed_over_;  // [input]
};

}  // namespace reckoner
