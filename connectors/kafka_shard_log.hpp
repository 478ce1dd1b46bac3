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
#include "engine/clock.hpp"
#include "engine/commit_log.hpp"
#include "engine/decision_stream.hpp"

namespace reckoner {

// The port's calls come from the job's thread; wait_committed() from another. While the shard comes back, recover(), read() and holds() may run beside
// what concerns its sections: these do not look at its epochs.
class KafkaShardLog final : public CommitLog {
 public:
  // The clock outlives it.
  KafkaShardLog(AcquiredShard acquired, std::size_t outputs, Clock& clock);

  [[nodiscard]] Result<std::optional<DecisionRecord>> recover() override;
  // kCorruption when `after` is {0, 0} and the log no longer has the shard's first epoch.
  [[nodiscard]] Result<void> read(EpochId after, const Visitor& visitor) override;
  [[nodiscard]] Result<bool> holds(const DecisionRecord& record) override;
  [[nodiscard]] Result<void> append_output(std::uint32_t shard, std::uint16_t output, std::span<const char> rows) override;
  [[nodiscard]] Result<void> commit(const DecisionRecord& record) override;  // stages it; one at a time
  [[nodiscard]] Result<void> forget_before(EpochId oldest_needed) override;

  // Coming back ends, with an error that may be tried again. From any thread.
  void stop() { stopped_.store(true); }
  [[nodiscard]] const std::atomic<bool>& stopped() const { return stopped_; }
  // Committed epochs that read() has still to give out; before it began, all that the log holds. From any thread.
  [[nodiscard]] std::size_t epochs_left() const { return epochs_left_.load(); }
  // The epochs of coming back are not needed any more.
  void forget_history() { epochs_ = {}; }
  // Whether the log holds the shard's first epoch.
  [[nodiscard]] bool is_whole() const { return whole_; }

  // What commit() staged, following the shard's last section.
  [[nodiscard]] std::optional<OutgoingSection> take_staged();
  [[nodiscard]] OutgoingSection release_section();
  [[nodiscard]] OutgoingSection gap_section(const std::vector<AcceptedGap>& gaps);
  // The shard's last section is this one now, at this offset of the log; its buffers are used again.
  void settle(OutgoingSection&& committed);
  // After a section of this instance: the takeover that it went on with, and its offset.
  void go_on_from(EpochId takeover, std::int64_t offset) {
    last_id_ = takeover;
    last_offset_ = offset;
  }

  [[nodiscard]] EpochId last_id() const { return last_id_; }
  [[nodiscard]] std::int64_t last_offset() const { return last_offset_; }
  // Offsets in the shard's partitions, by input, at which the last committed epoch ended; empty before the first.
  [[nodiscard]] const std::vector<std::int64_t>& next_offsets() const { return next_; }

  // Until this epoch is committed; false when the shard was given up before.
  [[nodiscard]] bool wait_committed(EpochId id);
  void give_up();
  // Offset of a record from which on the log tells this epoch; forgets earlier ones.
  [[nodiscard]] std::int64_t offset_of(EpochId id);

 private:
  std::uint32_t shard_;
  Clock& clock_;
  std::atomic<bool> stopped_{false};
  std::vector<ShardHistory::Epoch> epochs_;
  std::atomic<std::size_t> epochs_left_;
  bool whole_;
  EpochId last_id_;
  std::int64_t last_offset_;
  std::vector<std::int64_t> next_;
  std::vector<std::vector<char>> open_;   // rows of the epoch at hand, by output
  std::vector<std::vector<char>> spare_;  // empty, with memory
  std::optional<OutgoingSection> staged_;
  DecisionWriter writer_;
  std::int64_t whole_ns_ = 0;  // when decisions were last written whole

  std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  EpochId committed_;
  bool given_up_ = false;
  std::vector<std::pair<EpochId, std::int64_t>> offsets_;  // of committed epochs whose decisions are whole, oldest first
};

}  // namespace reckoner
