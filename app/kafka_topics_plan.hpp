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
};

[[nodiscard]] JobTopics job_topics(const JobFile& file, const Plan& plan);
[[nodiscard]] Result<KafkaSettings> kafka_settings(const JobFile& file);
[[nodiscard]] DeadLetterOrigin dead_letter_origin(const JobFile& file, const Plan& plan);

// What is found, and whether a job can run on it: all topics there, inputs and outputs equal in partitions.
struct TopicCounts {
  std::int32_t shards = 0;
  std::int32_t log_partitions = 0;
};
[[nodiscard]] Result<TopicCounts> check_partitions(KafkaClient& client, const JobTopics& topics);

// What to say of a topic that brokers do not list: they leave out those that a user has no right to.
[[nodiscard]] std::string missing_topic(const std::string& topic);

// The job's log, as this job file and rule set have it with so many shards.
[[nodiscard]] KafkaLogPlace log_place(const JobTopics& topics, const Plan& plan, const TopicCounts& counts);

// With the settings that a job needs, in the order in which they are made.
[[nodiscard]] std::vector<TopicPlan> topic_plans(const JobFile& file, const JobTopics& topics);

// Whether this job can run on topics at all; rule sets that need records to be exchanged between shards cannot yet.
[[nodiscard]] Result<void> check_kafka_job(const JobFile& file, const Plan& plan);

}  // namespace reckoner
