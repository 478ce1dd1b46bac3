// The shards of a Kafka job that this process has: those that are live, and those that come back, each on a thread of its own; and those that it released,
// which go on as they are when nobody else had them since.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "app/kafka_shard.hpp"
#include "app/shard_recovery.hpp"
#include "connectors/kafka_client.hpp"
#include "connectors/kafka_gap.hpp"
#include "connectors/kafka_instance.hpp"

namespace reckoner {

// Single-threaded.
class KafkaShards {
 public:
  // At most `at_once` come back at the same time; the ground outlives it.
  KafkaShards(const KafkaGround& ground, std::size_t at_once) : ground_(ground), at_once_(at_once) {}

  using Live = std::map<std::uint32_t, std::unique_ptr<KafkaShard>>;
  [[nodiscard]] const Live& live() const { return live_; }
  [[nodiscard]] bool has(std::uint32_t shard) const { return live_.contains(shard) || coming_.contains(shard); }
  [[nodiscard]] bool is_empty() const { return live_.empty() && coming_.empty(); }
  [[nodiscard]] std::size_t coming() const { return coming_.size(); }
  // Epochs that those which come back have still to execute again.
  [[nodiscard]] std::size_t epochs_left() const;
  // Whether the plan must stay as it is: shards come back that were built from it, or that were kept or given up meanwhile.
  [[nodiscard]] bool is_restoring() const;
  // Of a shard that is live or comes back.
  [[nodiscard]] KafkaShardLog& log(std::uint32_t shard);
  [[nodiscard]] std::vector<std::uint32_t> numbers() const;  // of these, ascending

  // A shard with its takeover. One that this process released, and that nobody had since, goes on as it is; another comes back. The reader outlives that.
  void take(AcquiredShard acquired, const std::vector<AcceptedGap>& accepted, KafkaClient& reader);
  // Those that came back since the last call are live, and in the answer; others begin. An error is of one that did not, which is gone.
  [[nodiscard]] Result<std::vector<const KafkaShard*>> look();

  // After their releases were committed: all are kept, at the offsets of these.
  void keep();
  [[nodiscard]] const Live& kept() const { return kept_; }  // but for those that were still coming back
  void forget_kept();
  // Live ones go, with what is uncommitted in them. Those that come back have nothing uncommitted: they are kept, as of their takeovers.
  void drop();
  // Waits for threads: when nothing is done with shards any more.
  void clear();

 private:
  using Coming = std::map<std::uint32_t, std::unique_ptr<ShardRecovery>>;
  void keep_coming();
  void begin_some();

  const KafkaGround& ground_;
  std::size_t at_once_;
  Live live_;
  Coming coming_;
  Live kept_;
  Coming kept_coming_;
  Coming ending_;  // given up, and not over yet: they hold the shards' directories
};

}  // namespace reckoner
