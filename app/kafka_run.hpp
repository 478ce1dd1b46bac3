// Runs a Kafka job in this process: takes the shards that the group gives to its slot, works on them, and commits what they decide, all of
// them in one transaction. docs/protocol.md has the protocol; this is who calls its steps.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/job_file.hpp"
#include "app/kafka_gaps.hpp"
#include "app/kafka_shard.hpp"
#include "app/kafka_shards.hpp"
#include "app/kafka_status.hpp"
#include "app/kafka_trace.hpp"
#include "app/list_watch.hpp"
#include "app/shard_watchdog.hpp"
#include "connectors/kafka_instance.hpp"
#include "engine/background.hpp"
#include "engine/executor.hpp"

namespace reckoner {

class KafkaRun {
 public:
  struct Options {
    bool until_end = false;
    std::int64_t status_every_ms = 0;   // a line on standard error; 0 = never
    std::vector<AcceptedGap> accepted;  // of input that is gone: to be passed over
    std::string trace{};                // file for when what happened (app/kafka_trace.hpp); empty = none
  };
  // Checks rule set, topics and state directory, and joins the group.
  [[nodiscard]] static Result<std::unique_ptr<KafkaRun>> open(JobFile file, Options options);
  ~KafkaRun();

  // Until `stop`, or with until_end until every shard of the job is done, in whichever process. Then shards are released in order.
  [[nodiscard]] Result<void> run(const std::atomic<bool>& stop);

  struct Counts {
    std::uint64_t records = 0;
    std::uint64_t replayed_records = 0;
    std::uint64_t transactions = 0;
    std::uint64_t epochs = 0;  // sections of shards in them
    std::uint64_t acquired = 0;
    std::uint64_t dropped = 0;  // times that work was dropped
    std::int64_t elapsed_ns = 0;
    LogCost log;
  };
  [[nodiscard]] const Counts& counts() const { return counts_; }
  // After run(), of the shards that it had at the end.
  void print_decoding() const;

 private:
  KafkaRun();

  [[nodiscard]] Result<void> prepare(JobFile file);
  [[nodiscard]] Result<void> note_ends();
  [[nodiscard]] Result<void> turn(const std::atomic<bool>& stop);
  [[nodiscard]] Result<void> follow_assignment(const std::atomic<bool>& stop);
  [[nodiscard]] Result<void> acquire(const std::atomic<bool>& stop, const GroupSnapshot& assignment);
  [[nodiscard]] Result<void> look_at_coming();
  [[nodiscard]] Result<void> check_new(const std::vector<AcquiredShard>& acquired);
  void note_gaps(const ShardGaps& gaps);
  [[nodiscard]] Result<void> check_shape();
  [[nodiscard]] Result<void> refuse_shard(std::uint32_t shard);
  [[nodiscard]] Result<void> work();
  [[nodiscard]] Result<void> start_commit();
  [[nodiscard]] Result<void> stage_open_epochs();
  [[nodiscard]] Result<void> look_at_lists();
  void take(const RuleSetChange& change);
  void commit_batch();
  void trace_reads(const std::vector<KafkaShard*>& shards, const std::vector<std::uint64_t>& records);
  void settle_commit();
  void send_hint();
  [[nodiscard]] Result<void> release_all();
  [[nodiscard]] Result<void> finish();
  [[nodiscard]] Result<void> take_failure();  // what failure_ holds is told once
  void drop_work(const std::string& why);
  void drop();
  [[nodiscard]] Result<bool> everything_is_done();
  [[nodiscard]] bool epoch_is_due(std::int64_t now_ns) const;
  void say_waiting();
  void show_status();
  [[nodiscard]] Result<void> pass_over(Result<void> result, const std::atomic<bool>& stop);

  Options options_;
  KafkaGround ground_;
  std::unique_ptr<FileLock> lock_;
  std::unique_ptr<ListWatch> lists_;     // null = they stay as they are
  std::optional<RuleSetChange> change_;  // to be taken when the next epochs of all shards are staged
  KafkaLogPlace log_;
  std::unique_ptr<KafkaInstance> instance_;
  std::unique_ptr<KafkaLogScan> others_;  // until_end: what the other processes have done
  std::int64_t next_look_ns_ = 0;
  std::int64_t next_shape_ns_ = 0;
  std::int64_t next_hint_ns_ = 0;
  std::unique_ptr<KafkaShards> shards_;
  std::set<std::uint32_t> checked_;  // shards whose topics are known to be the same
  std::uint64_t followed_ = 0;       // number of the assignment whose shards are all taken over

  std::vector<OutgoingSection> batch_;  // of the transaction at hand
  TransactionEnd batch_end_ = TransactionEnd::kCommitted;
  bool committing_ = false;
  std::int64_t epoch_began_ns_ = 0;
  std::uint64_t read_in_turn_ = 0;  // records
  std::optional<Error> failure_;    // in a callback
  std::int64_t dropped_ns_ = 0;     // when it was last told that work was dropped
  std::int64_t said_ns_ = 0;        // the same, or that shards are waited for, or none were missing
  Counts counts_;
  std::unique_ptr<KafkaTrace> trace_;  // null = nobody asked
  CommitTimes commit_times_;
  std::int64_t status_ns_ = 0;  // when the last line was shown
  Counts at_status_;            // as of then

  std::unique_ptr<ShardWatchdog> watchdog_;  // null: until_end, when a round may wait for what is known to be there
  std::unique_ptr<Executor> executor_;
  std::unique_ptr<Background> committer_;  // last: it uses the others
};

}  // namespace reckoner
