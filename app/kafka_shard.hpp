// One shard of a Kafka job in this process: a job of its own around one partition of each input, with its own epochs and checkpoints.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "app/job_wiring.hpp"
#include "app/kafka_topics_plan.hpp"
#include "connectors/kafka_gap.hpp"
#include "connectors/kafka_instance.hpp"
#include "connectors/kafka_shard_log.hpp"
#include "connectors/kafka_source.hpp"

namespace reckoner {

// What all shards of the process stand on; outlives them.
struct KafkaGround {
  JobFile file;
  std::unique_ptr<Plan> plan;
  JobTopics topics;
  std::uint32_t shards = 0;  // of the job
  std::shared_ptr<Files> files;
  std::shared_ptr<Clock> clock;
  bool until_end = false;
  std::vector<std::vector<std::int64_t>> ends;  // [shard][input], with until_end: where the input ended when the process began
  int wake = -1;                                // eventfd that is written to when something arrives
};

[[nodiscard]] std::string shard_directory(const KafkaGround& ground, std::uint32_t shard);

struct KafkaShard {
  std::uint32_t number = 0;
  std::unique_ptr<KafkaSource> source;
  std::unique_ptr<KafkaShardLog> log;
  std::unique_ptr<CheckpointStore> checkpoints;
  BuiltJob built;
  std::vector<AcceptedGap> gaps;  // of its inputs: not there, and passed over
  std::vector<std::string> warnings;
  std::uint64_t replayed_records = 0;

  KafkaShard() = default;
  ~KafkaShard();
  KafkaShard(const KafkaShard&) = delete;
  KafkaShard& operator=(const KafkaShard&) = delete;
  [[nodiscard]] Job& job() const { return *built.job; }
};

// Restore and replay up to the takeover; then it is live. Epochs of another rule set are executed by that one, which the state directory keeps.
// `accepted` are gaps that are about to be written into the log, beside those that are in it.
[[nodiscard]] Result<std::unique_ptr<KafkaShard>> open_shard(const KafkaGround& ground, KafkaClient& reader, AcquiredShard acquired,
                                                             const std::vector<AcceptedGap>& accepted);

}  // namespace reckoner
