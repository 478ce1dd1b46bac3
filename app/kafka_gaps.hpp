// Input that is gone before the job has read it: found when shards are acquired, named to the offset, and passed over where somebody accepts that.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/kafka_shard.hpp"
#include "connectors/kafka_gap.hpp"
#include "connectors/kafka_instance.hpp"
#include "engine/decision_record.hpp"

namespace reckoner {

using ShardGaps = std::map<std::uint32_t, std::vector<AcceptedGap>>;

// Of the shards at hand, what is gone of their inputs behind what they have committed, and was not passed over before: as much as is gone now, each
// with the reason of the one in `accepted` that covers it. kData, naming every range that none covers or that cannot be passed over, and what to do.
[[nodiscard]] Result<ShardGaps> gaps_to_pass_over(const KafkaGround& ground, KafkaClient& reader, const std::vector<AcquiredShard>& shards,
                                                  const std::vector<AcceptedGap>& accepted);

// When a replay from the first epoch on has failed: what is gone of the records that it needs, as far as counts tell; nothing = they do not.
[[nodiscard]] Result<std::optional<std::string>> gone_of_replay(const KafkaGround& ground, KafkaClient& reader, const DecisionRecord& last);

// One that is in the log, for people.
[[nodiscard]] std::string gap_line(const ShardHistory::Gap& gap);

}  // namespace reckoner
