#include "app/kafka_hint.hpp"

#include <optional>

namespace reckoner {

Result<std::vector<NextOffset>> committed_offsets(const JobTopics& topics, const std::map<std::uint32_t, std::unique_ptr<KafkaShard>>& shards) {
  std::vector<NextOffset> offsets;
  for (const auto& [number, shard] : shards) {
    const Result<std::optional<DecisionRecord>> last = shard->log->last_decisions();
    if (!last) return std::unexpected(last.error());
    const std::optional<DecisionRecord>& decisions = *last;
    if (!decisions) continue;
    for (const PartitionProgress& progress : decisions->partitions) {
      if (progress.id.input >= topics.inputs.size()) continue;  // handed on by other shards
      const auto next = static_cast<std::int64_t>(progress.next.record);
      offsets.push_back({topics.inputs[progress.id.input], static_cast<std::int32_t>(number), shard->source->behind(progress.id.input, next)});
    }
    constexpr std::int64_t kRecordAndMark = 2;  // the mark that ends its transaction comes behind it
    if (number == 0) offsets.push_back({topics.log, 0, shard->log->last_offset() + kRecordAndMark});
  }
  return offsets;
}

}  // namespace reckoner
