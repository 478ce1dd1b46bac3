// Sends records to topics one by one, as an application does whose job is not this program's: at once, in no transaction. For the demo and for
// measuring.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "connectors/kafka_client.hpp"
#include "engine/error.hpp"

struct rd_kafka_s;
struct rd_kafka_message_s;
struct rd_kafka_topic_s;

namespace reckoner {

// Single-threaded, but for what watch() says.
class KafkaFeed {
 public:
  // The number `topic` of a record, its partition and offset.
  using Delivered = std::function<void(std::size_t topic, std::int32_t partition, std::int64_t offset)>;

  [[nodiscard]] static Result<std::unique_ptr<KafkaFeed>> open(const KafkaSettings& settings, const std::vector<std::string>& topics);
  ~KafkaFeed();
  // Until flush() this is called for each record that the brokers have, as soon as they say so, in a thread of its own. Before the first send().
  void watch(Delivered delivered);
  // The partition of so many that Java clients choose for the key.
  [[nodiscard]] static std::uint32_t partition_of(std::string_view key, std::uint32_t partitions);
  KafkaFeed(const KafkaFeed&) = delete;
  KafkaFeed& operator=(const KafkaFeed&) = delete;

  // To the number `topic` of those; the partition is the one that Java clients choose for the key (murmur2). Copies both. Waits while its queue is full.
  [[nodiscard]] Result<void> send(std::size_t topic, std::string_view key, std::string_view value);
  // Until all of them are there; then nothing watches any more.
  [[nodiscard]] Result<void> flush();

 private:
  KafkaFeed() = default;
  static void on_delivery(rd_kafka_s* client, const rd_kafka_message_s* message, void* opaque);

  std::unique_ptr<KafkaClient> client_;
  std::vector<rd_kafka_topic_s*> topics_;
  Delivered delivered_;
  std::jthread watcher_;  // serves what is delivered; last: it uses the others
};

}  // namespace reckoner
