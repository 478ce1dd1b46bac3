// How far a process says that its shards have read, for tools that show a consumer group's lag (connectors/kafka_offset_hint.hpp).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "app/kafka_shard.hpp"
#include "connectors/kafka_offset_hint.hpp"

namespace reckoner {

// Next offsets in every input, as of each shard's last committed epoch: what is decided and not committed is not in them. And, with shard 0, behind
// its last record in the log, since checks of who is a member leave an offset of that partition in the group.
[[nodiscard]] Result<std::vector<NextOffset>> committed_offsets(const JobTopics& topics,
                                                                const std::map<std::uint32_t, std::unique_ptr<KafkaShard>>& shards);

}  // namespace reckoner
