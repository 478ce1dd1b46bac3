#include "connectors/kafka_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "connectors/kafka_topics.hpp"
#include "engine/check.hpp"
#include "engine/checksum.hpp"

namespace reckoner {

namespace {

constexpr int kWaitMs = 100;
constexpr int kWaitsMax = 600;  // without a record that is known to be there: a minute

TextRef append_beside(RecordBlock& block, std::string_view bytes) {
  const TextRef ref{static_cast<std::uint32_t>(block.topic_text.size()), static_cast<std::uint32_t>(bytes.size())};
  block.topic_text.insert(block.topic_text.end(), bytes.begin(), bytes.end());
  return ref;
}

// A line end behind each value, which no decoder reads: a number's end is then seen as in a file.
void append_record(RecordBlock& block, const KafkaRecord& record, const KafkaPartition& partition) {
  const std::string_view value = record.value.value_or(std::string_view{});
  const std::size_t needed = block.text_bytes + value.size() + 1 + kTextPadding;
  if (block.text.size() < needed) block.text.resize(std::max(needed, block.text.size() * 2));
  char* const at = block.text.data() + block.text_bytes;
  std::copy(value.begin(), value.end(), at);
  at[value.size()] = '\n';
  TopicRecord& appended = block.topic_records.emplace_back();
  appended.value = {static_cast<std::uint32_t>(block.text_bytes), static_cast<std::uint32_t>(value.size())};
  appended.has_value = record.value.has_value();
  appended.has_key = record.key.has_value();
  appended.key = append_beside(block, record.key.value_or(std::string_view{}));
  const std::size_t headers = block.topic_text.size();
  partition.append_headers(block.topic_text);
  appended.headers = {static_cast<std::uint32_t>(headers), static_cast<std::uint32_t>(block.topic_text.size() - headers)};
  appended.timestamp_ms = record.timestamp_ms;
  block.text_bytes += value.size() + 1;
}

}  // namespace

KafkaSource::KafkaSource(KafkaClient& client, std::vector<std::string> topics, std::uint32_t shard, int wake) : client_(client), shard_(shard) {
  for (std::string& topic : topics)
    inputs_.push_back({std::make_unique<KafkaPartition>(client, std::move(topic), static_cast<std::int32_t>(shard), wake)});
}

void KafkaSource::expect(std::vector<std::int64_t> offsets, bool as_end) {
  RECKONER_CHECK(offsets.size() == inputs_.size(), "{} ends of {} inputs", offsets.size(), inputs_.size());
  expected_ = std::move(offsets);
  ends_ = as_end;
}

Result<std::vector<PartitionInfo>> KafkaSource::discover(const std::vector<PartitionInfo>& known) {
  std::vector<PartitionInfo> fresh;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const auto input = static_cast<InputId>(i);
    const std::string& topic = inputs_[i].partition->topic();
    PartitionInfo info{{input, shard_}, fmt::format("{}[{}]", topic, shard_), checksum(topic), 0, false};
    const auto same = std::find_if(known.begin(), known.end(), [&](const PartitionInfo& other) { return other.id == info.id; });
    if (same == known.end()) {
      fresh.push_back(std::move(info));
    } else if (same->name != info.name) {
      return fail(ErrorKind::kConfiguration,
                  fmt::format("input number {} was read from {}, and the job names {} now; name the topic as before, or start a new job", input,
                              same->name, info.name));
    }
  }
  return fresh;
}

std::int64_t KafkaSource::lag(InputId input, std::int64_t next) const {
  const auto range = inputs_[input].partition->known_range();
  return range ? std::max<std::int64_t>(range->second - std::max(next, range->first), 0) : 0;
}

Result<bool> KafkaSource::has_ended(PartitionId) { return ends_; }

Result<bool> KafkaSource::read(PartitionId partition, Position from, std::size_t bytes, RecordBlock& block) {
  Input& input = inputs_[partition.input];
  if (input.next < 0 || static_cast<std::uint64_t>(input.next) != from.record) {
    if (Result<void> sought = seek(input, from.record); !sought) return std::unexpected(sought.error());
  }
  Result<const KafkaRecord*> record = front(partition.input);
  if (!record || *record == nullptr) return record ? Result<bool>(false) : std::unexpected(record.error());
  if (static_cast<std::uint64_t>((*record)->offset) < from.record) {
    return fail(ErrorKind::kExternal,
                fmt::format("Kafka: {}[{}] gave offset {} where {} was next", input.partition->topic(), shard_, (*record)->offset, from.record),
                Retry::kLater);
  }
  block.partition = partition;
  block.first = {static_cast<std::uint64_t>((*record)->offset), from.byte};
  block.text_bytes = 0;
  block.topic_records.clear();
  block.topic_text.clear();
  // Rows of a block have numbers without a gap: one that control records or compaction left begins another block.
  std::int64_t next = (*record)->offset;
  do {
    append_record(block, **record, *input.partition);
    ++next;
    input.partition->pop();
    if (block.text_bytes >= bytes) break;
    record = input.partition->front(0);
    if (!record) return std::unexpected(record.error());
  } while (*record != nullptr && (*record)->offset == next && !(ends_ && next >= expected_[partition.input]));
  input.next = next;
  block.text.resize(block.text_bytes + kTextPadding);
  block.topic_text.resize(block.topic_text.size() + kTextPadding);
  block.next_byte = from.byte + block.text_bytes;
  block.next_record = static_cast<std::uint64_t>(next);
  return true;
}

// Null when there is none now, or none any more.
Result<const KafkaRecord*> KafkaSource::front(InputId number) {
  Input& input = inputs_[number];
  const std::int64_t expected = expected_.empty() ? 0 : expected_[number];
  if (ends_ && input.next >= expected) return nullptr;
  for (int waits = 0;; ++waits) {
    const std::int64_t reached = input.partition->end().value_or(0);
    // All that was recorded lies before the last stable offset, and so before the first end that is reached.
    const bool waiting = input.next < expected && (ends_ ? reached < expected : !input.partition->end());
    Result<const KafkaRecord*> record = input.partition->front(waiting ? kWaitMs : 0);
    if (!record) return record;
    if (*record != nullptr) return ends_ && (*record)->offset >= expected ? nullptr : *record;
    if (!waiting) return nullptr;
    if (waits < kWaitsMax) continue;
    return fail(
        ErrorKind::kExternal,
        fmt::format("Kafka: {}[{}] did not give its records from offset {} on within a minute, though they are there up to {}; check that the "
                    "brokers run, and start again",
                    input.partition->topic(), shard_, input.next, expected),
        Retry::kLater);
  }
}

Result<void> KafkaSource::seek(Input& input, std::uint64_t record) {
  const std::string& topic = input.partition->topic();
  const Result<OffsetRange> range = offset_range(client_, topic, static_cast<std::int32_t>(shard_));
  if (!range) return std::unexpected(range.error());
  auto offset = static_cast<std::int64_t>(record);
  if (offset == 0) offset = range->begin;  // nothing was read yet: the job begins where the topic does
  if (offset < range->begin || offset > range->end) {
    return fail(ErrorKind::kData,
                fmt::format("{}[{}] has offsets {} to {}, but the job has to go on at {}: {}. Nothing was changed; restore the topic, or start a new "
                            "job with another state.dir, log topic and outputs",
                            topic, shard_, range->begin, range->end, offset,
                            offset < range->begin ? fmt::format("offsets {} to {} were trimmed", offset, range->begin - 1)
                                                  : "the topic was deleted and made again, or lost its end"));
  }
  input.next = static_cast<std::int64_t>(record);
  return input.partition->start(offset);
}

}  // namespace reckoner
