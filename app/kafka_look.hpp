// A job's topics as somebody sees them who takes no part in the job: for commands that only look.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "app/job_options.hpp"
#include "app/kafka_topics_plan.hpp"
#include "connectors/kafka_client.hpp"
#include "connectors/kafka_log_scan.hpp"
#include "operators/plan.hpp"

namespace reckoner {

struct KafkaLook {
  JobFile file;
  std::unique_ptr<Plan> plan;
  JobTopics topics;
  std::unique_ptr<KafkaClient> client;
  KafkaLogPlace log;
};

// kConfiguration when the job is not on topics, or they are not there.
[[nodiscard]] Result<KafkaLook> look_at_topics(const JobOptions& options);
[[nodiscard]] Result<KafkaLook> look_at_topics(JobFile file);

// Every shard's last section, from as near to the end of the log as all of them are found.
[[nodiscard]] Result<std::unique_ptr<KafkaLogScan>> last_sections(const KafkaLook& job);

// The decision record of a shard's last epoch; nothing = it has none.
[[nodiscard]] Result<std::optional<DecisionRecord>> last_decisions(const ShardHistory& history);

}  // namespace reckoner
