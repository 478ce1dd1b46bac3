// How far a process says that its shards have read, for tools that show a consumer group's lag (connectors/kafka_offset_hint.hpp).
#pragma once

#include <vector>

#include "app/kafka_shards.hpp"
#include "app/kafka_topics_plan.hpp"
#include "connectors/kafka_offset_hint.hpp"

namespace reckoner {

// Next offsets in every input, as of each shard's last committed epoch: what is decided and not committed is not in them. And, with shard 0, behind
// its last record in the log, since checks of who is a member leave an offset of that partition in the group.
[[nodiscard]] std::vector<NextOffset> committed_offsets(const JobTopics& topics, const KafkaShards::Live& shards);

}  // namespace reckoner
