#include "connectors/kafka_log_scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "connectors/kafka_topics.hpp"
#include "engine/check.hpp"
#include "engine/decision_stream.hpp"

namespace reckoner {

namespace {

constexpr int kFirstRecordMs = 2000;

Result<LogRecord> decode(const KafkaRecord& stored, const KafkaPartition& partition) {
  Result<LogRecord> record = decode_log_record(stored.value.value_or(""));
  if (record) return record;
  return fail(record.error().kind, fmt::format("{}[{}] offset {}: {}", partition.topic(), partition.partition(), stored.offset, record.error().text));
}

}  // namespace

Result<void> check_log_partitions(KafkaClient& client, const KafkaLogPlace& place) {
  for (std::int32_t number = 0; number < place.partitions; ++number) {
    const Result<OffsetRange> range = offset_range(client, place.topic, number);
    if (!range) return std::unexpected(range.error());
    if (range->begin == range->end) continue;
    KafkaPartition partition(client, place.topic, number);
    if (Result<void> started = partition.start(range->begin); !started) return started;
    const Result<const KafkaRecord*> first = partition.front(kFirstRecordMs);
    if (!first) return std::unexpected(first.error());
    if (*first == nullptr) continue;  // nothing of it is decided yet
    const Result<LogRecord> record = decode(**first, partition);
    if (!record) return std::unexpected(record.error());
    for (const LogSection& section : record->sections) {
      if (section.shard >= place.shards || place.partition_of(section.shard) == number) continue;  // another job's is told elsewhere
      return fail(
          ErrorKind::kConfiguration,
          fmt::format("{} has {} partitions now, and was begun with another number: shard {} has its history in partition {}, and would be "
                      "looked for in {}. Give the topic its earlier number again, from a copy, or start a new job with another name and state.dir",
                      place.topic, place.partitions, section.shard, number, place.partition_of(section.shard)));
    }
  }
  return {};
}

Result<void> ShardHistory::add(const LogSection& section, const std::string& slot, std::int64_t offset) {
  // Takeovers alone can be void: all else is written by who holds the shard.
  if (!known_ && section.kind == SectionKind::kTakeover) return {};
  if (known_ && section.previous != last_id_) return {};
  if (known_ && section.kind != SectionKind::kTakeover && slot != last_slot_) without_takeover_.push_back(section.id);
  known_ = true;
  last_id_ = section.id;
  last_kind_ = section.kind;
  last_offset_ = offset;
  last_slot_ = slot;
  if (section.kind == SectionKind::kGap) {
    Result<std::vector<AcceptedGap>> gaps = decode_gaps(section.decisions);
    if (!gaps) return std::unexpected(gaps.error());
    for (AcceptedGap& gap : *gaps) gaps_.push_back({section.id, slot, std::move(gap)});
  }
  if (section.kind != SectionKind::kEpoch) return {};
  ended_at_ = section.ended_at;
  const bool whole = reckoner::is_whole(section.decisions);
  lacks_epochs_ = !whole && epochs_.empty();
  if (lacks_epochs_) return {};
  if (!keeps_epochs_ && whole) epochs_.clear();
  epochs_.push_back({section.id, offset, section.decisions});
  return {};
}

std::size_t whole_before(const std::vector<ShardHistory::Epoch>& epochs, std::size_t place) {
  RECKONER_CHECK(place < epochs.size());
  while (!is_whole(epochs[place].decisions)) {
    RECKONER_CHECK(place > 0, "epoch {} comes first, and tells of changes alone", epochs[place].id.epoch);
    --place;
  }
  return place;
}

Result<DecisionRecord> decisions_of(const std::vector<ShardHistory::Epoch>& epochs, std::size_t place) {
  DecisionReader reader;
  for (std::size_t at = whole_before(epochs, place);; ++at) {
    Result<DecisionRecord> record = reader.read(epochs[at].decisions);
    if (!record || at == place) return record;
  }
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

// What is kept of the log may begin later than what was remembered. One that ends before it is another, without what was committed.
Result<void> KafkaLogScan::begin(Partition& partition) {
  partition.begun = true;
  const Result<OffsetRange> range = offset_range(client_, place_.topic, partition.records->partition());
  if (!range) return std::unexpected(range.error());
  if (partition.next > range->end) {
    return fail(ErrorKind::kData,
                fmt::format("{}[{}] ends at offset {}, and state.dir tells of epochs behind {}: the log was deleted and made again, or lost its end. "
                            "Restore it; or, to begin anew, start the job with another name, state.dir and outputs",
                            place_.topic, partition.records->partition(), range->end, partition.next));
  }
  if (partition.next >= range->begin && (partition.next > 0 || range->begin == 0)) return {};
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
  const Result<LogRecord> record = decode(stored, partition);
  if (!record) return std::unexpected(record.error());
  if (record->job_hash != place_.job_hash) {
    return fail(ErrorKind::kConfiguration,
                fmt::format("{}[{}] offset {} is of another job: other facts, or another number of partitions. What the facts compute and the number "
                            "of partitions are fixed when a job begins; give a new job another name, or go back to the earlier rule set",
                            partition.topic(), partition.partition(), stored.offset));
  }
  for (const LogSection& section : record->sections) {
    const auto found = histories_.find(section.shard);
    if (found == histories_.end()) continue;
    if (Result<void> added = found->second.add(section, record->slot, stored.offset); !added) return added;
  }
  return {};
}

}  // namespace reckoner
