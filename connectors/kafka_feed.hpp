// Sends records to topics one by one, as an application does whose job is not this program's: at once, in no transaction. For the demo and for
// measuring.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/kafka_client.hpp"
#include "engine/error.hpp"

struct rd_kafka_topic_s;

namespace reckoner {

// Single-threaded.
class KafkaFeed {
 public:
  [[nodiscard]] static Result<std::unique_ptr<KafkaFeed>> open(const KafkaSettings& settings, const std::vector<std::string>& topics);
  ~KafkaFeed();
  KafkaFeed(const KafkaFeed&) = delete;
  KafkaFeed& operator=(const KafkaFeed&) = delete;

  // To the number `topic` of those; the partition is the one that Java clients choose for the key (murmur2). Copies both. Waits while its queue is full.
  [[nodiscard]] Result<void> send(std::size_t topic, std::string_view key, std::string_view value);
  // Until all of them are there.
  [[nodiscard]] Result<void> flush();

 private:
  KafkaFeed() = default;

  std::unique_ptr<KafkaClient> client_;
  std::vector<rd_kafka_topic_s*> topics_;
};

}  // namespace reckoner
