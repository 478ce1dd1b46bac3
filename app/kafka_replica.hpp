// Copies of the state of a Kafka job's shards in this process, for looking at: of each the newest checkpoint that is kept here, and the epochs committed
// since executed again. Takes no part in the job, writes nothing, and may be made while the job runs.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "app/kafka_shard.hpp"
#include "connectors/kafka_client.hpp"
#include "connectors/kafka_log_scan.hpp"
#include "engine/decision_record.hpp"

namespace reckoner {

struct ShardReplica {
  std::unique_ptr<Plan> kept;  // the rule set that decided, where that is another than the job's; null = the job's
  KafkaShard shard;
  EpochId as_of;                 // the last epoch that is in it
  EpochId newest;                // the last one that was committed; later ones were decided by another rule set, and are not in it
  std::uint64_t checkpoint = 0;  // number of the one it began with; 0 = none
};

class KafkaReplica {
 public:
  // Looks for topics and state directory. kConfiguration when these are another job's.
  [[nodiscard]] static Result<std::unique_ptr<KafkaReplica>> open(JobFile file);

  [[nodiscard]] const Plan& plan() const { return *ground_.plan; }  // the job's
  [[nodiscard]] const Plan& plan(const ShardReplica& replica) const { return replica.kept ? *replica.kept : *ground_.plan; }
  [[nodiscard]] std::uint32_t shards() const { return ground_.shards; }  // of the job
  // Those with checkpoints in the job file's state.dir, ascending.
  [[nodiscard]] std::vector<std::uint32_t> kept_here() const;
  // Of any shard; one that is not kept here is executed from its first epoch. What it points to lives as long as this. kConfiguration when nothing
  // is committed of it.
  [[nodiscard]] Result<const ShardReplica*> look(std::uint32_t shard);

 private:
  KafkaReplica() = default;
  [[nodiscard]] Result<std::optional<std::uint64_t>> replicate(ShardReplica& replica);

  std::unique_ptr<KafkaClient> client_;
  KafkaGround ground_;
  KafkaLogPlace log_;
  std::map<std::uint32_t, std::unique_ptr<ShardReplica>> replicas_;  // before the ground that they stand on
};

}  // namespace reckoner
