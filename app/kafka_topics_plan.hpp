// The topics of a Kafka job: which there are, what they must be like, and whether they are.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/job_file.hpp"
#include "connectors/kafka_dead_letter.hpp"
#include "connectors/kafka_log_scan.hpp"
#include "connectors/kafka_settings.hpp"
#include "connectors/kafka_topics.hpp"
#include "engine/error.hpp"
#include "operators/plan.hpp"

namespace reckoner {

struct JobTopics {
  std::vector<std::string> inputs;   // by number of input; the first is the driver
  std::vector<std::string> outputs;  // by number of output
  std::string log;
  std::string repartition;  // through which records are handed on to the shards of other keys; empty = none are
};

[[nodiscard]] JobTopics job_topics(const JobFile& file, const Plan& plan);
[[nodiscard]] Result<KafkaSettings> kafka_settings(const JobFile& file);
[[nodiscard]] DeadLetterOrigin dead_letter_origin(const JobFile& file, const Plan& plan);

// What the user must be allowed to.
enum class TopicUse : std::uint8_t {
  kRun,   // inputs are read, outputs written, the log both
  kLook,  // they are looked at alone
};

// What is found, and whether a job can run on it: all topics there, inputs and outputs equal in partitions.
struct TopicCounts {
  std::int32_t shards = 0;
  std::int32_t log_partitions = 0;
};
[[nodiscard]] Result<TopicCounts> check_partitions(KafkaClient& client, const JobTopics& topics, TopicUse use);

// What to say of topics that brokers do not list: they are not there, or the user may not see them and needs `right`.
struct UnlistedTopic {
  std::string topic;
  std::string right;
};
[[nodiscard]] Result<std::vector<std::string>> unlisted_topics(KafkaClient& client, const std::vector<UnlistedTopic>& topics);

// The job's log, as this job file and rule set have it with so many shards.
[[nodiscard]] KafkaLogPlace log_place(const JobTopics& topics, const Plan& plan, const TopicCounts& counts);

// With the settings that a job needs, in the order in which they are made.
[[nodiscard]] std::vector<TopicPlan> topic_plans(const JobFile& file, const JobTopics& topics);

// Whether this job can run on topics at all.
[[nodiscard]] Result<void> check_kafka_job(const JobFile& file, const Plan& plan);

}  // namespace reckoner
