#include "connectors/kafka_log_scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "connectors/kafka_topics.hpp"

namespace reckoner {

namespace {}  // namespace

void ShardHistory::add(const LogSection& section, const std::string& slot, std::int64_t offset) {
  // Takeovers alone can be void: an epoch or a release is written by who holds the shard.
  if (!known_ && section.kind == SectionKind::kTakeover) return;
  if (known_ && section.previous != last_id_) return;
  known_ = true;
  last_id_ = section.id;
  last_kind_ = section.kind;
  last_offset_ = offset;
  last_slot_ = slot;
  if (section.kind != SectionKind::kEpoch) return;
  if (!keeps_epochs_) epochs_.clear();
  epochs_.push_back({section.id, offset, section.decisions});
  ended_at_ = section.ended_at;
}

KafkaLogScan::KafkaLogScan(KafkaClient& client, KafkaLogPlace place, const std::map<std::uint32_t, std::int64_t>& from, bool keeps_epochs)
    : client_(client), place_(std::move(place)) {
  for (const auto& [shard, offset] : from) {
    const std::int32_t number = place_.partition_of(shard);
    const auto [at, fresh] = partitions_.try_emplace(number);
    at->second.next = fresh ? offset : std::min(at->second.next, offset);
  }
  for (auto& [number, partition] : partitions_) partition.records = std::make_unique<KafkaPartition>(client_, place_.topic, number);
  for (const auto& [shard, offset] : from)
    histories_.emplace(shard, ShardHistory(partitions_.at(place_.partition_of(shard)).next == 0, keeps_epochs));
}

std::int64_t KafkaLogScan::position(std::uint32_t shard) const { return partitions_.at(place_.partition_of(shard)).next; }

Result<void> KafkaLogScan::advance() {
  for (auto& [number, partition] : partitions_) {
    if (Result<void> advanced = advance(partition); !advanced) return advanced;
  }
  return {};
}

// What is kept of the log may begin later than what was remembered, or be another log that is shorter.
Result<void> KafkaLogScan::begin(Partition& partition) {
  partition.begun = true;
  const Result<OffsetRange> range = offset_range(client_, place_.topic, partition.records->partition());
  if (!range) return std::unexpected(range.error());
  if (partition.next >= range->begin && partition.next <= range->end && (partition.next > 0 || range->begin == 0)) return {};
  partition.next = range->begin;
  for (auto& [shard, history] : histories_) {
    if (place_.partition_of(shard) == partition.records->partition()) history = ShardHistory(range->begin == 0, history.keeps_epochs());
  }
  return {};
}

Result<void> KafkaLogScan::advance(Partition& partition) {
  if (!partition.begun) {
    if (Result<void> begun = begin(partition); !begun) return begun;
  }
  KafkaPartition& records = *partition.records;
  const Result<std::int64_t> next = read_to_end(records, partition.next, [&](const KafkaRecord& record) { return take(record, records); });
  if (!next) return std::unexpected(next.error());
  partition.next = *next;
  return {};
}

Result<void> KafkaLogScan::take(const KafkaRecord& stored, const KafkaPartition& partition) {
  const Result<LogRecord> record = decode_log_record(stored.value.value_or(""));
  if (!record) {
    return fail(record.error().kind,
                fmt::format("{}[{}] offset {}: {}", partition.topic(), partition.partition(), stored.offset, record.error().text));
  }
  if (record->job_hash != place_.job_hash) {
    return fail(ErrorKind::kConfiguration,
                fmt::format("{}[{}] offset {} is of another job: other facts, or another number of partitions. What the facts compute and the number "
                            "of partitions are fixed when a job begins; give a new job another name, or go back to the earlier rule set",
                            partition.topic(), partition.partition(), stored.offset));
  }
  for (const LogSection& section : record->sections) {
    const auto found = histories_.find(section.shard);
    if (found != histories_.end()) found->second.add(section, record->slot, stored.offset);
  }
  return {};
}

}  // namespace reckoner
