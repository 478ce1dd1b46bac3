// Topics of a cluster: how many partitions they have, making them, and the settings that matter for a job.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "connectors/kafka_client.hpp"
#include "engine/error.hpp"

namespace reckoner {

struct TopicPlan {
  std::string name;
  std::int32_t partitions = 1;
  std::int32_t replication = -1;                              // -1 = the brokers' default
  std::vector<std::pair<std::string, std::string>> settings;  // to make it with
};

// Partitions by topic; a topic that is not there is not in the map.
[[nodiscard]] Result<std::map<std::string, std::int32_t>> partition_counts(KafkaClient& client, const std::vector<std::string>& topics);

// Those of `topics` that the user may not see, for want of DESCRIBE (or of READ or WRITE, which hold it): brokers leave them out of what
// partition_counts() gets, and tell nobody whether they are there.
[[nodiscard]] Result<std::vector<std::string>> hidden_topics(KafkaClient& client, const std::vector<std::string>& topics);

// Makes it. kConfiguration when it is there already.
[[nodiscard]] Result<void> create_topic(KafkaClient& client, const TopicPlan& topic);

// All settings of a topic by name, as the brokers have them now.
[[nodiscard]] Result<std::map<std::string, std::string>> topic_settings(KafkaClient& client, const std::string& topic);

// First offset that is there, and the one after the last.
struct OffsetRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};
[[nodiscard]] Result<OffsetRange> offset_range(KafkaClient& client, const std::string& topic, std::int32_t partition);

}  // namespace reckoner
