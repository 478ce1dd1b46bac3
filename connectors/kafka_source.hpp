// The inputs of one shard of a Kafka job: the partition of the same number of each input's topic. A record's number is its offset; `byte` is the
// length that the values before it would have as lines. Records come whole, with key, headers and timestamp (RecordBlock::topic_records).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "connectors/kafka_client.hpp"
#include "connectors/kafka_partition.hpp"
#include "engine/decision_record.hpp"
#include "engine/handed_queues.hpp"
#include "engine/source.hpp"

namespace reckoner {

// Single-threaded; the client outlives it.
class KafkaSource final : public Source {
 public:
  // `topics` by input. `wake` as KafkaPartition says. Once `stopped` says so, no record is waited for any more; it outlives the source.
  KafkaSource(KafkaClient& client, std::vector<std::string> topics, std::uint32_t shard, int wake, const std::atomic<bool>& stopped);

  // From now on, read() waits for records before these offsets (by input), since they are known to be there: what is executed again must be
  // read as it was. With `as_end`, a partition ends there. After forget_ends() read() never waits.
  void expect(std::vector<std::int64_t> offsets, bool as_end);
  void forget_ends() {
    expected_.clear();
    expected_handed_on_ = 0;
  }

  // Asks the brokers for what the first read() of each input from there on would ask, so that no round of a live shard waits for them.
  [[nodiscard]] Result<void> begin_at(const std::vector<PartitionProgress>& progress);

  // Records that are handed on to this shard come through the partition of the same number of this topic.
  void receive(std::string topic, HandedQueues queues, int wake);
  // As expect() says, of that partition: until forget_ends().
  void expect_handed_on(std::int64_t offset) { expected_handed_on_ = offset; }
  // Each shard's records have been handed on when it has read its inputs up to these offsets: [shard][input].
  void end_handed_on_at(std::vector<std::vector<std::int64_t>> ends) {
    handed_on_ends_ = std::move(ends);
    expected_handed_on_ = 0;
  }

  // Offsets of an input, first and last, that are gone and passed over: in this order.
  void pass_over(InputId input, std::int64_t from, std::int64_t to) { inputs_[input].gaps.emplace_back(from, to); }

  // Records of an input from `next` on that are there to read, as far as the brokers told by now.
  [[nodiscard]] std::int64_t lag(InputId input, std::int64_t next) const;
  // The same offset, or, when all before it was read and nothing came since but marks that end transactions, the one behind these.
  [[nodiscard]] std::int64_t behind(InputId input, std::int64_t next) const;

  // kData when the topic does not hold what has to be read next, with the range that is missing.
  [[nodiscard]] Result<std::vector<PartitionInfo>> discover(const std::vector<PartitionInfo>& known) override;
  void resume(const std::vector<std::pair<PartitionId, Position>>& next) override;
  [[nodiscard]] Result<bool> look_ahead() override;
  [[nodiscard]] std::optional<std::int64_t> told_watermark(PartitionId partition) const override;
  [[nodiscard]] Result<bool> has_ended(PartitionId partition) override;
  [[nodiscard]] Result<bool> read(PartitionId partition, Position from, std::size_t bytes, RecordBlock& block) override;

 private:
  struct Input {
    std::unique_ptr<KafkaPartition> partition;
    std::int64_t next = -1;  // offset that the partition gives next, at the earliest
    std::vector<std::pair<std::int64_t, std::int64_t>> gaps;
    std::int64_t passed = -1;  // where a gap begins that was passed over last
  };

  [[nodiscard]] Result<void> seek(Input& input, std::uint64_t record);
  [[nodiscard]] static std::int64_t behind_gaps(const Input& input, std::int64_t offset);
  [[nodiscard]] Result<bool> read_handed_on(PartitionId partition, std::size_t bytes, RecordBlock& block);
  [[nodiscard]] bool is_crowded() const;
  [[nodiscard]] Result<bool> feed_one();
  [[nodiscard]] Result<const KafkaRecord*> front(Input& input, std::int64_t expected, bool ends) const;
  [[nodiscard]] std::vector<PartitionInfo> all_partitions() const;

  KafkaClient& client_;
  std::uint32_t shard_;
  const std::atomic<bool>& stopped_;
  std::vector<Input> inputs_;
  std::vector<std::int64_t> expected_;
  bool ends_ = false;

  std::optional<HandedQueues> handed_on_;
  Input through_;  // the partition that they come through
  std::int64_t expected_handed_on_ = 0;
  std::vector<std::vector<std::int64_t>> handed_on_ends_;  // empty = they do not end
};

}  // namespace reckoner
