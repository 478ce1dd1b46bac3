// A shard's way back on a thread of its own, while the process works on others: restore, and replay up to its takeover.
#pragma once

#include <memory>
#include <string>

#include "app/kafka_shard.hpp"
#include "connectors/kafka_client.hpp"
#include "engine/background.hpp"

namespace reckoner {

// Single-threaded, but for what it does itself.
class ShardRecovery {
 public:
  // Ground and reader outlive it.
  ShardRecovery(const KafkaGround& ground, KafkaClient& reader, std::unique_ptr<KafkaShard> shard);
  // Gives up what is not over, and waits until it is: as long as the brokers take to say where a partition ends.
  ~ShardRecovery();
  ShardRecovery(const ShardRecovery&) = delete;
  ShardRecovery& operator=(const ShardRecovery&) = delete;

  void start();  // once
  [[nodiscard]] bool is_started() const { return started_; }
  [[nodiscard]] bool is_over() { return started_ && !thread_.busy(); }
  // Of the shard nothing but this may be used before it is over: its log, for its sections.
  [[nodiscard]] KafkaShardLog& log() { return *shard_->log; }
  // Ends it soon; it is over when it says so, and ended with an error.
  void give_up() { log().stop(); }
  // When it is over: the shard as it was at its takeover, or why it did not come back.
  [[nodiscard]] Result<std::unique_ptr<KafkaShard>> take();

 private:
  const KafkaGround& ground_;
  KafkaClient& reader_;
  std::unique_ptr<KafkaShard> shard_;
  Result<void> result_;
  bool started_ = false;
  Background thread_;  // last: it works on the others
};

}  // namespace reckoner
