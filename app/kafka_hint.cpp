#include "app/kafka_hint.hpp"

#include <algorithm>

namespace reckoner {

std::vector<NextOffset> committed_offsets(const JobTopics& topics, const KafkaShards::Live& shards) {
  std::vector<NextOffset> offsets;
  for (const auto& [number, shard] : shards) {
    const std::vector<std::int64_t>& next = shard->log->next_offsets();
    if (next.empty()) continue;
    // Behind the inputs come those that other shards hand on.
    for (std::size_t input = 0; input < std::min(topics.inputs.size(), next.size()); ++input) {
      const std::int64_t behind = shard->source->behind(static_cast<InputId>(input), next[input]);
      offsets.push_back({topics.inputs[input], static_cast<std::int32_t>(number), behind});
    }
    constexpr std::int64_t kRecordAndMark = 2;  // the mark that ends its transaction comes behind it
    if (number == 0) offsets.push_back({topics.log, 0, shard->log->last_offset() + kRecordAndMark});
  }
  return offsets;
}

}  // namespace reckoner
