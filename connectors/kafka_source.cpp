#include "connectors/kafka_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "connectors/kafka_topics.hpp"
#include "engine/check.hpp"
#include "engine/checksum.hpp"
#include "engine/topic_block.hpp"

namespace reckoner {

namespace {

constexpr int kWaitMs = 100;
constexpr int kWaitsMax = 600;                        // without a record that is known to be there: a minute
constexpr std::size_t kWaitingBytesMax = 64U << 20U;  // of records that were handed on

void append_record(RecordBlock& block, const KafkaRecord& record, const KafkaPartition& partition) {
  TopicRecord& appended = append_topic_record(block, record.key, record.value, record.timestamp_ms);
  partition.append_headers(block.topic_text);
  appended.headers.length = static_cast<std::uint32_t>(block.topic_text.size()) - appended.headers.offset;
}

}  // namespace

KafkaSource::KafkaSource(KafkaClient& client, std::vector<std::string> topics, std::uint32_t shard, int wake, const std::atomic<bool>& stopped)
    : client_(client), shard_(shard), stopped_(stopped) {
  for (std::string& topic : topics)
    inputs_.push_back({std::make_unique<KafkaPartition>(client, std::move(topic), static_cast<std::int32_t>(shard), wake), -1, {}, -1});
}

void KafkaSource::expect(std::vector<std::int64_t> offsets, bool as_end) {
  RECKONER_CHECK(offsets.size() == inputs_.size(), "{} ends of {} inputs", offsets.size(), inputs_.size());
  expected_ = std::move(offsets);
  ends_ = as_end;
}

void KafkaSource::receive(std::string topic, HandedQueues queues, int wake) {
  handed_on_ = std::move(queues);
  through_.partition = std::make_unique<KafkaPartition>(client_, std::move(topic), static_cast<std::int32_t>(shard_), wake);
}

void KafkaSource::resume(const std::vector<std::pair<PartitionId, Position>>& next) {
  if (!handed_on_) return;
  for (const auto& [partition, position] : next) {
    if (handed_on_->has(partition)) handed_on_->resume(partition, position);
  }
  through_.next = -1;
}

Result<void> KafkaSource::begin_at(const std::vector<PartitionProgress>& progress) {
  std::vector<std::uint64_t> next(inputs_.size(), 0);
  for (const PartitionProgress& at : progress) {
    if (at.id.input < next.size()) next[at.id.input] = at.next.record;
  }
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (inputs_[i].next == static_cast<std::int64_t>(next[i])) continue;
    if (Result<void> sought = seek(inputs_[i], next[i]); !sought) return sought;
  }
  if (!handed_on_ || through_.next >= 0) return {};
  return seek(through_, handed_on_->resume_from());
}

std::vector<PartitionInfo> KafkaSource::all_partitions() const {
  std::vector<PartitionInfo> all;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const std::string& topic = inputs_[i].partition->topic();
    all.push_back({{static_cast<InputId>(i), shard_}, fmt::format("{}[{}]", topic, shard_), checksum(topic), 0, false});
  }
  for (std::size_t i = 0; handed_on_ && i < handed_on_->inputs(); ++i) {
    const auto input = static_cast<InputId>(handed_on_->first() + i);
    for (std::uint32_t shard = 0; shard < handed_on_->shards(); ++shard) {
      const std::uint32_t hop = handed_on_->hop(input);
      const std::string what = handed_on_->is_of_lists(input) ? std::string("lists") : inputs_[handed_on_->origin(input)].partition->topic();
      const std::string name =
          fmt::format("{}[{}]: {}[{}]{}", through_.partition->topic(), shard_, what, shard, hop == 1 ? "" : fmt::format(", hop {}", hop));
      all.push_back({{input, shard}, name, checksum(through_.partition->topic()), 0, false});
    }
  }
  return all;
}

Result<std::vector<PartitionInfo>> KafkaSource::discover(const std::vector<PartitionInfo>& known) {
  std::vector<PartitionInfo> fresh;
  for (PartitionInfo& info : all_partitions()) {
    const auto same = std::find_if(known.begin(), known.end(), [&](const PartitionInfo& other) { return other.id == info.id; });
    if (same == known.end()) {
      fresh.push_back(std::move(info));
    } else if (same->name != info.name) {
      return fail(ErrorKind::kConfiguration,
                  fmt::format("input number {} was read from {}, and the job names {} now; name the topic as before, or start a new job",
                              info.id.input, same->name, info.name));
    }
  }
  return fresh;
}

std::int64_t KafkaSource::lag(InputId input, std::int64_t next) const {
  const auto range = inputs_[input].partition->known_range();
  return range ? std::max<std::int64_t>(range->second - std::max(next, range->first), 0) : 0;
}

std::int64_t KafkaSource::behind(InputId input, std::int64_t next) const {
  const Input& read = inputs_[input];
  return read.next == next ? std::max(next, read.partition->end().value_or(next)) : next;
}

Result<bool> KafkaSource::has_ended(PartitionId partition) {
  if (!handed_on_ || !handed_on_->has(partition)) return ends_;
  if (handed_on_ends_.empty()) return false;
  return handed_on_->has_ended(partition, handed_on_ends_);
}

// look_ahead() has taken in what there is; what is known to be there is waited for.
Result<bool> KafkaSource::read_handed_on(PartitionId partition, std::size_t bytes, RecordBlock& block) {
  RECKONER_CHECK(handed_on_.has_value());
  while (handed_on_->is_empty(partition)) {
    if (expected_handed_on_ == 0) return false;
    const Result<bool> fed = feed_one();
    if (!fed || !*fed) return fed;
  }
  return handed_on_->take(partition, bytes, block);
}

Result<bool> KafkaSource::look_ahead() {
  if (!handed_on_) return true;
  while (!is_crowded()) {
    const Result<bool> fed = feed_one();
    if (!fed) return fed;
    if (!*fed) return true;
  }
  return false;
}

std::optional<std::int64_t> KafkaSource::told_watermark(PartitionId partition) const {
  RECKONER_CHECK(handed_on_.has_value());
  return handed_on_->is_empty(partition) ? std::optional(handed_on_->told_watermark(partition)) : std::nullopt;
}

bool KafkaSource::is_crowded() const { return handed_on_ && handed_on_->waiting_bytes() > kWaitingBytesMax; }

Result<bool> KafkaSource::feed_one() {
  RECKONER_CHECK(handed_on_.has_value());
  if (through_.next < 0) {
    if (Result<void> sought = seek(through_, handed_on_->resume_from()); !sought) return std::unexpected(sought.error());
  }
  const Result<const KafkaRecord*> record = front(through_, expected_handed_on_, false);
  if (!record || *record == nullptr) return record ? Result<bool>(false) : std::unexpected(record.error());
  const std::int64_t offset = (*record)->offset;
  if (Result<void> fed = handed_on_->feed(static_cast<std::uint64_t>(offset), (*record)->value.value_or(std::string_view{})); !fed) {
    Error error = fed.error();
    error.text = fmt::format(
        "{}[{}], offset {}: {}. Only the job itself may write there; restore the topic, or start a new job with another name "
        "and state.dir",
        through_.partition->topic(), shard_, offset, error.text);
    return std::unexpected(std::move(error));
  }
  through_.partition->pop();
  through_.next = offset + 1;
  return true;
}

Result<bool> KafkaSource::read(PartitionId partition, Position from, std::size_t bytes, RecordBlock& block) {
  if (handed_on_ && handed_on_->has(partition)) return read_handed_on(partition, bytes, block);
  Input& input = inputs_[partition.input];
  const auto next_offset = static_cast<std::int64_t>(from.record);
  const bool at_gap = input.passed != next_offset && behind_gaps(input, next_offset) != next_offset;
  if (input.next != next_offset || at_gap) {
    if (Result<void> sought = seek(input, from.record); !sought) return std::unexpected(sought.error());
  }
  Result<const KafkaRecord*> record = front(input, expected_.empty() ? 0 : expected_[partition.input], ends_);
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
    if (block.text_bytes >= bytes || behind_gaps(input, next) != next) break;
    record = input.partition->front(0);
    if (!record) return std::unexpected(record.error());
  } while (*record != nullptr && (*record)->offset == next && !(ends_ && next >= expected_[partition.input]));
  input.next = next;
  end_topic_block(block);
  block.next_byte = from.byte + block.text_bytes;
  block.next_record = static_cast<std::uint64_t>(next);
  return true;
}

// Null when there is none now, or none any more. Up to `expected` records are there; with `ends` no further one counts.
Result<const KafkaRecord*> KafkaSource::front(Input& input, std::int64_t expected, bool ends) const {
  if (ends && input.next >= expected) return nullptr;
  for (int waits = 0;; ++waits) {
    const std::int64_t reached = input.partition->end().value_or(0);
    // All that was recorded lies before the last stable offset, and so before the first end that is reached.
    const bool waiting = input.next < expected && (ends ? reached < expected : !input.partition->end());
    Result<const KafkaRecord*> record = input.partition->front(waiting ? kWaitMs : 0);
    if (!record) return record;
    if (*record != nullptr) return ends && (*record)->offset >= expected ? nullptr : *record;
    if (!waiting) return nullptr;
    if (stopped_.load()) return fail(ErrorKind::kExternal, "the shard was given up while it waited for records", Retry::kLater);
    if (waits < kWaitsMax) continue;
    return fail(
        ErrorKind::kExternal,
        fmt::format("Kafka: {}[{}] did not give its records from offset {} on within a minute, though they are there up to {}; check that the "
                    "brokers run, and start again",
                    input.partition->topic(), shard_, input.next, expected),
        Retry::kLater);
  }
}

std::int64_t KafkaSource::behind_gaps(const Input& input, std::int64_t offset) {
  for (const auto& [from, to] : input.gaps) {
    if (from <= offset && offset <= to) offset = to + 1;
  }
  return offset;
}

Result<void> KafkaSource::seek(Input& input, std::uint64_t record) {
  const std::string& topic = input.partition->topic();
  const Result<OffsetRange> range = offset_range(client_, topic, static_cast<std::int32_t>(shard_));
  if (!range) return std::unexpected(range.error());
  auto offset = static_cast<std::int64_t>(record);
  if (offset == 0) offset = range->begin;  // nothing was read yet: the job begins where the topic does
  offset = behind_gaps(input, offset);
  if (offset < range->begin || offset > range->end) {
    return fail(ErrorKind::kData,
                fmt::format("{}[{}] has offsets {} to {}, but the job has to go on at {}: {}. Nothing was changed; restore the topic, give "
                            "the job a state.dir with a newer checkpoint, or start a new job with another name, state.dir and outputs",
                            topic, shard_, range->begin, range->end, offset,
                            offset < range->begin
                                ? fmt::format("offsets {} to {} are gone, which are to be executed again from the newest checkpoint in state.dir",
                                              offset, range->begin - 1)
                                : "the topic was deleted and made again, or lost its end"));
  }
  input.next = input.passed = static_cast<std::int64_t>(record);
  return input.partition->start(offset);
}

}  // namespace reckoner
