// An instance of a Kafka job as the commit protocol knows it: a slot in the group, two producers used in turn, and the steps by which shards
// are acquired and epochs committed. docs/protocol.md has the steps under these names, and what breaks without each.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "connectors/kafka_dead_letter.hpp"
#include "connectors/kafka_group.hpp"
#include "connectors/kafka_log_record.hpp"
#include "connectors/kafka_log_scan.hpp"
#include "connectors/kafka_members.hpp"
#include "connectors/kafka_offset_hint.hpp"
#include "connectors/kafka_producer.hpp"
#include "engine/error.hpp"

namespace reckoner {

struct KafkaInstanceSettings {
  KafkaSettings kafka;
  std::string job;
  std::string slot;
  std::vector<std::string> input_topics;  // the driver first
  std::vector<std::string> output_topics;
  std::vector<std::string> key_fields;
  KafkaLogPlace log;
  std::size_t dead_letters = 0;  // number of the output whose rows are sent as the records that they tell of
  std::size_t handed_on = 0;     // and of the one that holds records for other shards (engine/handed_record.hpp)
  DeadLetterOrigin origin;
  std::size_t inputs = 1;  // topics of which a shard reads a partition
};

// A section on its way, with the rows of its epoch by output.
struct OutgoingSection {
  LogSection section;
  std::vector<std::vector<char>> rows;
  std::int64_t offset = -1;          // of its record, once it is committed
  std::int64_t log_ns = 0;           // that writing down its decisions took
  std::vector<std::int64_t> next{};  // of an epoch: offsets in the shard's partitions, by input, at which it ends
};

// What a commit() was about, and how it went.
struct CommitReport {
  TransactionTimes times;
  std::uint64_t row_bytes = 0;  // of outputs
  std::uint64_t log_bytes = 0;  // of the records of the log
  std::int64_t log_ns = 0;      // that it took to make them
};

struct AcquiredShard {
  std::uint32_t shard = 0;
  EpochId takeover;        // the section that it begins with
  std::int64_t seen = -1;  // offset of the section before it
  ShardHistory history{true};
};

// serve(), acquire(), renew_producers() belong to one thread; commit() may run in another while serve() does.
class KafkaInstance {
 public:
  static constexpr std::size_t kProducers = 2;

  [[nodiscard]] static Result<std::unique_ptr<KafkaInstance>> join(KafkaInstanceSettings settings, std::function<void()> on_revoke);

  // serve_assignment. kConfiguration also when the group has members that are no processes of the job: then the slot has left it.
  [[nodiscard]] Result<void> serve(int wait_ms);
  [[nodiscard]] const GroupSnapshot* assignment() const { return group_->assignment(); }
  // Next offsets as of what is committed, for tools that look at the group.
  [[nodiscard]] KafkaOffsetHint& hint() { return *hint_; }
  // The last thing that it does: others get the slot's shards at once.
  void leave() { group_->leave(); }

  // renew_producer: both. False when the group did not confirm that the slot is still a member: serve() on, and try again.
  [[nodiscard]] Result<bool> renew_producers();
  void drop_producers();
  [[nodiscard]] bool has_producers() const { return producers_[0] != nullptr; }

  enum class AcquireEnd : std::uint8_t {
    kDone,
    kStale,    // the assignment is another by now: nothing was acquired
    kDropped,  // a producer was lost or fenced: drop work
    kStopped,
  };
  // probe, read_last, fence, read_again, take_over, read back. `from` are the shards with the offset in the log to begin at.
  [[nodiscard]] Result<AcquireEnd> acquire(std::map<std::uint32_t, std::int64_t> from, const std::atomic<bool>& stop,
                                           std::vector<AcquiredShard>& acquired);

  // produce_epoch or produce_release, commit, abort: the sections of some shards and their rows in one transaction. What was aborted and
  // answered is sent again. Ends in kCommitted, or in kLost or kFenced: drop work.
  [[nodiscard]] TransactionEnd commit(std::vector<OutgoingSection>& sections);
  [[nodiscard]] const CommitReport& last_commit() const { return last_commit_; }
  [[nodiscard]] const Error& last_error() const { return last_error_; }
  [[nodiscard]] bool lasts() const { return lasts_; }  // the last error: no retry mends it

  [[nodiscard]] KafkaClient& reader() { return *reader_; }          // for inputs
  [[nodiscard]] KafkaClient& log_reader() { return *log_reader_; }  // for the log

 private:
  explicit KafkaInstance(KafkaInstanceSettings settings) : settings_(std::move(settings)) {}
  static void add_handed_on(std::span<const char> addressed, std::size_t topic, std::vector<KafkaOutgoing>& records);
  void add_dead_letters(std::span<const char> rows, std::int32_t partition, std::vector<KafkaOutgoing>& records) const;
  [[nodiscard]] std::string producer_id(const std::string& slot, std::size_t number) const;
  [[nodiscard]] std::vector<KafkaLogEntry> log_entries(const std::vector<OutgoingSection>& sections) const;
  [[nodiscard]] TransactionEnd transact(KafkaTransaction& transaction);
  [[nodiscard]] Result<AcquireEnd> end_of_check(TransactionEnd end) const;
  [[nodiscard]] Result<bool> fence(KafkaLogScan& scan, const std::map<std::uint32_t, std::int64_t>& from);
  [[nodiscard]] Result<AcquireEnd> acquire_once(std::map<std::uint32_t, std::int64_t>& from, const std::atomic<bool>& stop,
                                                std::vector<AcquiredShard>& acquired);
  [[nodiscard]] Result<AcquireEnd> take_over(KafkaLogScan& scan, const std::map<std::uint32_t, std::int64_t>& from,
                                             std::map<std::uint32_t, std::int64_t>& offsets);
  [[nodiscard]] Result<bool> read_back(KafkaLogScan& scan, const std::map<std::uint32_t, std::int64_t>& offsets, const std::atomic<bool>& stop);

  KafkaInstanceSettings settings_;
  std::unique_ptr<KafkaClient> reader_;
  std::unique_ptr<KafkaClient> log_reader_;
  std::unique_ptr<KafkaGroup> group_;
  std::unique_ptr<KafkaMembersWatch> members_;
  std::unique_ptr<KafkaOffsetHint> hint_;
  std::array<std::unique_ptr<KafkaProducer>, kProducers> producers_;
  std::size_t turn_ = 0;
  std::set<std::pair<std::uint32_t, std::int64_t>> fenced_;  // shard and offset of each section whose producers were fenced
  std::uint64_t served_ = 0;                                 // number of the assignment at hand
  CommitReport last_commit_;
  Error last_error_;
  bool lasts_ = false;
};

}  // namespace reckoner
