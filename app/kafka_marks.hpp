// Marks by which it is found that a topic was deleted and made again: counts alone do not tell when it holds more records than before. A mark is the first
// record that a partition had when this state directory first saw it; it lies beside the shard's checkpoints. Where these are lost, everything is
// executed again from the first epoch, and compared.
#pragma once

#include <cstdint>
#include <span>

#include "app/kafka_shard.hpp"
#include "connectors/kafka_client.hpp"
#include "engine/error.hpp"

namespace reckoner {

// Of the partitions that these shards read: kData where one holds another record than the one that was marked, or begins before it. Marks what is not marked
// yet, or marked by a record that its retention has removed since.
[[nodiscard]] Result<void> check_marks(const KafkaGround& ground, KafkaClient& reader, std::span<const std::uint32_t> shards);

}  // namespace reckoner
