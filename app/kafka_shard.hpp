// One shard of a Kafka job in this process: a job of its own around one partition of each input, with its own epochs and checkpoints.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/copy_sharing.hpp"
#include "app/job_wiring.hpp"
#include "app/kafka_topics_plan.hpp"
#include "connectors/kafka_gap.hpp"
#include "connectors/kafka_instance.hpp"
#include "connectors/kafka_shard_log.hpp"
#include "connectors/kafka_source.hpp"
#include "connectors/wake.hpp"

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
  std::unique_ptr<Wake> wake;                   // of who waits for what arrives; null = nobody does
};

// Where this process keeps what it knows of a shard, and the copies of its state.
[[nodiscard]] std::string shard_directory(const JobFile& file, std::uint32_t shard);
[[nodiscard]] std::string shard_checkpoints(const JobFile& file, std::uint32_t shard);

// With the shard in its text.
[[nodiscard]] Error of_shard(std::uint32_t shard, Error error);

struct KafkaShard {
  std::uint32_t number = 0;
  std::unique_ptr<KafkaSource> source;
  std::unique_ptr<KafkaShardLog> log;
  std::unique_ptr<CheckpointStore> checkpoints;
  CopySharing* sharing = nullptr;  // of these; null = they are not shared
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

// Builds the shard's job with this rule set on these checkpoints, and executes again what its log holds; the hash of the rule set that decided the next
// epoch, if that is another.
[[nodiscard]] Result<std::optional<std::uint64_t>> bring_back(const KafkaGround& ground, const Plan& plan, KafkaShard& shard, KafkaClient& reader,
                                                              std::unique_ptr<CheckpointStore> checkpoints);

// One that was taken over: nothing but its log yet. `accepted` are gaps that are about to be written into the log, beside those that are in it.
[[nodiscard]] std::unique_ptr<KafkaShard> make_shard(const KafkaGround& ground, AcquiredShard acquired, const std::vector<AcceptedGap>& accepted);

// Restore and replay up to the takeover, until the shard's log is stopped. Epochs of another rule set are executed by that one, which the state directory
// keeps. What the shard decides next is numbered by its log's last section.
[[nodiscard]] Result<void> restore_shard(const KafkaGround& ground, KafkaClient& reader, KafkaShard& shard);

}  // namespace reckoner
