#include "connectors/kafka_dead_letters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/kafka_dead_letter.hpp"
#include "connectors/kafka_partition.hpp"
#include "connectors/kafka_topics.hpp"

namespace reckoner {

namespace {

constexpr int kWaitMs = 100;
constexpr int kWaitsMax = 600;  // a minute without a record and without an end

using RecordVisitor = std::function<Result<void>(const KafkaRecord&, std::string_view headers)>;

Result<void> walk(KafkaClient& reader, const std::string& topic, std::int32_t number, const RecordVisitor& visitor) {
  const Result<OffsetRange> range = offset_range(reader, topic, number);
  if (!range) return std::unexpected(range.error());
  KafkaPartition partition(reader, topic, number);
  if (Result<void> started = partition.start(range->begin); !started) return started;
  std::vector<char> headers;
  for (int waits = 0; waits < kWaitsMax;) {
    const Result<const KafkaRecord*> record = partition.front(kWaitMs);
    if (!record) return std::unexpected(record.error());
    if (*record == nullptr) {
      if (partition.end()) return {};
      ++waits;
      continue;
    }
    waits = 0;
    headers.clear();
    partition.append_headers(headers);
    if (Result<void> visited = visitor(**record, {headers.data(), headers.size()}); !visited) return visited;
    partition.pop();
  }
  return fail(ErrorKind::kExternal, fmt::format("Kafka: {}[{}] gave no record and no end within a minute; check that the brokers run", topic, number),
              Retry::kLater);
}

}  // namespace

Result<void> visit_dead_letters(KafkaClient& reader, const std::string& topic, std::int32_t partition, const DeadLetterVisitor& visitor) {
  OffsetRanges replayed;
  Result<void> marked = walk(reader, topic, partition, [&](const KafkaRecord& record, std::string_view headers) -> Result<void> {
    if (record.key || record.value || read_dead_letter(record.key, record.value, headers)) return {};
    const std::optional<OffsetRanges> mark = read_replay_mark(headers);
    if (mark) replayed.insert(replayed.end(), mark->begin(), mark->end());
    return {};
  });
  if (!marked) return marked;
  return walk(reader, topic, partition, [&](const KafkaRecord& record, std::string_view headers) -> Result<void> {
    std::optional<DeadLetter> letter = read_dead_letter(record.key, record.value, headers);
    if (!letter) return {};
    const bool was = std::any_of(replayed.begin(), replayed.end(),
                                 [&](const auto& range) { return range.first <= record.offset && record.offset <= range.second; });
    return visitor({std::move(*letter), record.offset, was});
  });
}

}  // namespace reckoner
