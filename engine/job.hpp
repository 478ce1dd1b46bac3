// A job: reads rounds, lets the shards work on them, and cuts the history into epochs, each committed with its decision record; copies the
// state now and then; and after a restart brings back the newest copy and executes again what was decided since, comparing the outputs'
// hashes. Recovery and going on are the same code: an epoch is executed either along a recorded decision or while one is made.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/added_entries.hpp"
#include "engine/background.hpp"
#include "engine/checkpoint_store.hpp"
#include "engine/checksum.hpp"
#include "engine/clock.hpp"
#include "engine/commit_log.hpp"
#include "engine/derived_inputs.hpp"
#include "engine/event_time_order.hpp"
#include "engine/exchange.hpp"
#include "engine/executor.hpp"
#include "engine/pause_histogram.hpp"
#include "engine/reader.hpp"
#include "engine/rule_set_watch.hpp"
#include "engine/shard.hpp"

namespace reckoner {

struct EpochSettings {
  std::int64_t time_max_ms = 1000;
  std::uint64_t records_max = 4'000'000;
  std::uint64_t bytes_max = 256U << 20U;  // of outputs
};

struct JobSettings {
  EpochSettings epoch;
  std::int64_t checkpoint_every_ms = 10'000;  // 0 = only at the end
  std::size_t gather_records = 128;           // copied between two rounds by each thread, spread over its shards; more while nothing is read
  std::size_t gather_bytes = 4U << 20U;       // at the end, by all shards: about as much again is copied while they are written
  std::size_t close_rows_max = 65'536;        // rows of closed windows a round and shard
  bool until_end = false;                     // what is there now is all there is
  bool background = true;                     // commit and write checkpoints in threads of their own
  bool commit_at_once = false;                // commit in the job's own thread, though checkpoints are written in another
  std::int64_t idle_after_ms = 30'000;        // live: a partition silent for so long holds nothing back; all of them, and event time goes on
  std::int64_t max_skew_ms = 300'000;         // live: a record whose time is further ahead of the clock is rejected
  std::int64_t silence_max_ms = 0;            // live: after so long without an epoch one is committed with nothing in it; 0 = never
  std::int64_t poll_ms = 5;                   // live: pause when there was nothing to read
  std::int64_t discover_every_ms = 500;       // live: how often to look for new partitions
  double rejected_share_max = 0.5;            // of the records since the start of the run; more stops the job
  std::uint64_t rejected_least = 1000;        // but never before so many records
  std::uint64_t plan_hash = 0;
};

struct JobPorts {
  Source& source;
  CommitLog& log;
  CheckpointStore& checkpoints;
  Clock& clock;
};

// Tells of a record that is late for a key kind whose records come in order of event time: a row of the output of late records.
using WriteLate = std::function<void(ByteBuffer&, const Round&, const EventTimeOrder::Late&)>;

// What a rule set's plan is made into.
struct JobParts {
  std::unique_ptr<Reader> reader;
  std::vector<std::unique_ptr<Shard>> shards;
  std::unique_ptr<EventTimeOrder> order = nullptr;   // null = no key kind asks for one
  WriteLate write_late = nullptr;                    // with `order`
  std::unique_ptr<DerivedInputs> derived = nullptr;  // null = no key kind looks at derived records
  std::unique_ptr<AddedEntries> added = nullptr;     // null = rules add to no list
  std::unique_ptr<Exchange> exchange = nullptr;      // null = each key kind's records are all here
};

// Where the job's own thread spent its time, in nanoseconds: what background threads do is not in it.
struct StageTimes {
  std::int64_t read = 0;     // reading, decoding, keys
  std::int64_t work = 0;     // screens and shards: look-up, operators, rows
  std::int64_t close = 0;    // windows that are over, as rows
  std::int64_t outputs = 0;  // counting, hashing and handing on rows
  std::int64_t gather = 0;   // copying for a checkpoint
};

// What a run did, for people.
struct JobReport {
  std::uint64_t records = 0;    // read by this run
  std::uint64_t handed_on = 0;  // and those that other shards told of or handed on
  std::uint64_t replayed_epochs = 0;
  std::uint64_t replayed_records = 0;
  std::uint64_t epochs = 0;
  std::uint64_t checkpoints = 0;
  std::int64_t elapsed_ns = 0;
  std::int64_t reading_ns = 0;  // of it, up to the last commit; the last checkpoint follows
  std::int64_t commit_wait_ns = 0;
  StageTimes stages;
  PauseHistogram pauses;              // of checkpoints, nanoseconds
  std::vector<std::string> warnings;  // of coming back
  std::vector<std::string> left_out;  // by limits that were reached
};

struct JobProgress {
  std::uint64_t records = 0;
  std::int64_t event_time_ms = 0;
  std::int64_t elapsed_ns = 0;
};

class Job {
 public:
  Job(JobSettings settings, JobPorts ports, std::unique_ptr<Executor> executor, JobParts parts);
  // In a shard's section and for the commit log, of what an exchange hands on.
  static constexpr std::size_t kHandedOnOutput = kOutputs;
  ~Job();

  // Brings back what was committed. Once, before run(). Stops before the first epoch that another rule set decided and returns that rule set's
  // hash: then checkpoint(), and a job of that rule set goes on from there. nullopt = all of it is back.
  [[nodiscard]] Result<std::optional<std::uint64_t>> recover();
  // Copies the state that recover() brought back, unless the newest copy is of it.
  [[nodiscard]] Result<void> checkpoint();
  // Until the input ends (settings.until_end) or `stop` is set; then the epoch at hand is committed and a checkpoint taken.
  [[nodiscard]] Result<void> run(const std::atomic<bool>& stop);

  // The same in steps, for who drives several jobs and decides when each one's epoch ends.
  // Looks once at the input and works on what is there: false when nothing was.
  [[nodiscard]] Result<bool> advance();
  [[nodiscard]] bool input_is_over() const { return over_; }  // settings.until_end, and all of it is in the state
  [[nodiscard]] bool epoch_is_open() const;                   // there is something to commit, or nothing was for too long
  [[nodiscard]] bool epoch_has_rows() const;                  // by now
  [[nodiscard]] bool epoch_has_room() const;                  // for more records and rows; else only its end helps
  // Commits the epoch at hand, if there is something in it, and begins a checkpoint when it is time. How long an epoch may last is the caller's.
  [[nodiscard]] Result<void> end_epoch_here();
  // Epochs are numbered from here on, by `next.owner`: after a change of owner that is no epoch of the job.
  void number_from(EpochId next) { next_id_ = next; }

  // What the next epochs are decided by may change from now on; null = it does not.
  void watch(RuleSetWatch* watch) { watch_ = watch; }
  // The same by who drives several jobs of one rule set, between two epochs: the hash in the decision records of those that follow.
  void decide_by(std::uint64_t plan_hash);

  void on_progress(std::function<void(const JobProgress&)> callback) { progress_ = std::move(callback); }
  [[nodiscard]] const JobReport& report() const { return report_; }
  [[nodiscard]] const Reader& reader() const { return *reader_; }
  // Of the last epoch that is in the state.
  [[nodiscard]] EpochId last_id() const { return last_id_; }
  [[nodiscard]] std::span<const std::unique_ptr<Shard>> shards() const { return shards_; }
  [[nodiscard]] const std::optional<DecisionRecord>& last() const { return last_; }

 private:
  void read_log(EpochId after, const std::function<void(const DecisionRecord&)>& visit);
  void restore_checkpoint();
  void learn_partitions(const std::vector<PartitionInfo>& named);
  void replay(const DecisionRecord& record);
  void compare(const DecisionRecord& recorded, const DecisionRecord& again) const;
  void run_live(const std::atomic<bool>& stop);
  void discover();
  void refresh_limits();
  [[nodiscard]] bool limits_are_settled() const;
  void end_input();
  void release_idle();
  bool flush_idle();
  bool read_step(const std::vector<ReadLimit>& limits);
  void screen_round();
  void process_round();
  // What comes to an end behind a round without records: a hop, or the input as a whole.
  struct Ending {
    std::optional<std::uint32_t> hop;
  };
  void process_shards(const Ending* ending = nullptr);
  void process_in_order(const Ending* ending);
  void process_levels(Round& round, KindSet kinds, std::uint32_t begin, std::uint32_t end);
  void lend(Round& round) const;
  void take_additions(std::uint32_t level);
  void take_handed_additions();
  void settle_added();
  void note_left_out();
  void route(const Round& round, KindSet kinds);
  template <typename Visit>
  void visit_kinds(const Round& round, std::uint32_t row, KindSet kinds, const Visit& visit);
  void refuse_late(const EventTimeOrder::Late& late);
  [[nodiscard]] std::uint32_t owner_of(const RecordKey& key) const;
  void hand_on();
  void hand_over();
  void tell_others(bool read);
  void end_hops();
  [[nodiscard]] std::uint32_t held_hop() const;
  void note_read();
  void write_dead_letters();
  [[nodiscard]] std::uint64_t records_until_close() const;
  bool close_portion(std::optional<std::int64_t> end_of_input_ms);
  void run_shards(std::int64_t StageTimes::* stage, const std::function<void(std::size_t)>& task);
  Result<void> collect(std::size_t shard);
  Result<void> collect(std::size_t shard, std::size_t output, std::span<const char> bytes, std::uint64_t rows);
  void apply(const ClockDecision& decision);
  void fire_timers();
  void end_order(const Ending& ending);
  bool look();
  [[nodiscard]] bool epoch_is_full() const;
  DecisionRecord end_epoch();
  void commit_epoch();
  [[nodiscard]] bool was_silent() const;
  void maybe_checkpoint(bool final);
  [[nodiscard]] bool checkpoint_is_near() const;
  void take_change();
  void gather_step(std::size_t records_max);
  bool gather(std::size_t records_max, std::size_t bytes_least);
  void gather_rest();
  void write_portion();
  void end_gathering();
  [[nodiscard]] std::string engine_state() const;
  void load_engine_state(std::string_view state);
  void check_rejects() const;
  void end_stage(std::int64_t StageTimes::* stage);

  JobSettings settings_;
  JobPorts ports_;
  std::unique_ptr<Executor> executor_;
  std::unique_ptr<Reader> reader_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::unique_ptr<EventTimeOrder> order_;
  WriteLate write_late_;
  std::unique_ptr<DerivedInputs> derived_;
  std::unique_ptr<AddedEntries> added_;
  std::unique_ptr<Exchange> exchange_;
  RuleSetWatch* watch_ = nullptr;
  KindSet as_read_ = 0;  // key kinds that look at records as read, and so on; idle ones are in none
  KindSet in_order_ = 0;
  KindSet of_derived_ = 0;
  std::uint32_t levels_ = 1;                    // of key kinds
  std::vector<std::uint32_t> deciding_groups_;  // watermark groups of key kinds, of those that have a time
  std::size_t lent_places_ = 0;
  std::size_t outputs_of_a_shard_;
  JobReport report_;
  std::int64_t stage_began_ns_ = 0;
  std::function<void(const JobProgress&)> progress_;

  // The epoch at hand.
  Round round_;
  std::vector<ListAddition> leaving_additions_;  // of the round, on their way to other shards
  DecisionRecord open_;
  std::uint64_t epoch_records_ = 0;
  std::int64_t epoch_began_ns_ = 0;
  bool closing_more_ = false;      // windows wait for the next portion
  bool suppress_outputs_ = false;  // replaying
  struct OutputState {             // of one shard and output
    std::uint64_t bytes = 0;
    std::uint64_t rows = 0;
    std::uint64_t epoch_bytes = 0;
    ChecksumStream epoch_hash;
  };
  std::vector<OutputState> outputs_;  // [shard * outputs_of_a_shard_ + output]
  ByteBuffer dead_letters_;

  // History.
  EpochId last_id_;
  EpochId next_id_{1, 1};  // of the epoch at hand
  std::optional<DecisionRecord> last_;
  std::vector<PartitionInfo> found_;  // by the source, not yet read
  std::vector<ReadLimit> limits_;
  std::int64_t next_discovery_ns_ = 0;
  std::vector<std::int64_t> silent_since_ns_;  // of partitions, in the order of limits_
  std::int64_t next_flush_ns_ = 0;
  bool input_ended_ = false;  // the last decision was an end of input and nothing was read since
  bool over_ = false;
  std::int64_t nothing_since_ns_ = 0;  // since when nothing was read of any

  // Checkpoints.
  bool gathering_ = false;
  CheckpointHeader header_;
  std::vector<const CheckpointParts*> parts_;  // all of it, or else:
  std::vector<CheckpointPortion> portions_;    // being added to it; empty = there were none
  std::int64_t last_checkpoint_ns_ = 0;
  std::uint64_t records_since_checkpoint_ = 0;
  std::int64_t began_ns_ = 0;

  // Last: what they are at work on when the job goes away is among the others.
  Background committer_;
  Background writer_;
};

}  // namespace reckoner
