// One shard's side of the log of a Kafka job: gives out its committed epochs for coming back, and stages what it decides for the next
// transaction of its instance.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "connectors/kafka_instance.hpp"
#include "connectors/kafka_log_scan.hpp"
#include "engine/commit_log.hpp"

namespace reckoner {

// The port's calls come from the job's thread; wait_committed() from another.
class KafkaShardLog final : public CommitLog {
 public:
  KafkaShardLog(AcquiredShard acquired, std::size_t outputs);

  [[nodiscard]] Result<std::optional<DecisionRecord>> recover() override;
  // kCorruption when `after` is {0, 0} and the log no longer has the shard's first epoch.
  [[nodiscard]] Result<void> read(EpochId after, const Visitor& visitor) override;
  [[nodiscard]] Result<bool> holds(const DecisionRecord& record) override;
  [[nodiscard]] Result<void> append_output(std::uint32_t shard, std::uint16_t output, std::span<const char> rows) override;
  [[nodiscard]] Result<void> commit(const DecisionRecord& record) override;  // stages it; one at a time
  [[nodiscard]] Result<void> forget_before(EpochId oldest_needed) override;

  // Coming back ends, with an error that may be tried again, when this says so.
  void stop_at(const std::atomic<bool>* stop) { stop_ = stop; }
  // The epochs of coming back are not needed any more.
  void forget_history() { epochs_ = {}; }

  // What commit() staged, following the shard's last section.
  [[nodiscard]] std::optional<OutgoingSection> take_staged();
  [[nodiscard]] OutgoingSection release_section();
  [[nodiscard]] OutgoingSection gap_section(const std::vector<AcceptedGap>& gaps);
  // The shard's last section is this one now, at this offset of the log; its buffers are used again.
  void settle(OutgoingSection&& committed);
  // After a release by this instance: the takeover that it went on with.
  void go_on_from(EpochId takeover) { last_id_ = takeover; }

  [[nodiscard]] EpochId last_id() const { return last_id_; }
  [[nodiscard]] std::int64_t last_offset() const { return last_offset_; }
  // Of the last committed epoch; nothing before the first.
  [[nodiscard]] Result<std::optional<DecisionRecord>> last_decisions() const;

  // Until this epoch is committed; false when the shard was given up before.
  [[nodiscard]] bool wait_committed(EpochId id);
  void give_up();
  // Offset of the record with this epoch, or of an earlier one; forgets earlier ones.
  [[nodiscard]] std::int64_t offset_of(EpochId id);

 private:
  std::uint32_t shard_;
  const std::atomic<bool>* stop_ = nullptr;
  std::vector<ShardHistory::Epoch> epochs_;
  bool whole_;
  EpochId last_id_;
  std::int64_t last_offset_;
  std::string last_decisions_;            // as encode() gives them
  std::vector<std::vector<char>> open_;   // rows of the epoch at hand, by output
  std::vector<std::vector<char>> spare_;  // empty, with memory
  std::optional<OutgoingSection> staged_;

  std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  EpochId committed_;
  bool given_up_ = false;
  std::vector<std::pair<EpochId, std::int64_t>> offsets_;  // of committed epochs, oldest first
};

}  // namespace reckoner
