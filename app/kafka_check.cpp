#include "app/kafka_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "app/conservation_report.hpp"
#include "app/job_wiring.hpp"
#include "app/kafka_gaps.hpp"
#include "connectors/kafka_topics.hpp"
#include "engine/decision_stream.hpp"
#include "engine/job.hpp"

namespace reckoner {

namespace {

// Each section follows the one before, or the scan would have left it out; so what is left are the decisions themselves.
Result<void> check_epochs(std::uint32_t shard, const ShardHistory& history, KafkaCheck& check, std::optional<DecisionRecord>& last) {
  for (const EpochId id : history.without_takeover())
    check.problems.push_back(fmt::format("shard {}: epoch {} is of a process that did not take the shard over", shard, id.epoch));
  EpochId before;
  DecisionReader reader;
  for (const ShardHistory::Epoch& epoch : history.epochs()) {
    Result<DecisionRecord> decoded = reader.read(epoch.decisions);
    if (!decoded) return std::unexpected(decoded.error());
    if (decoded->id != epoch.id)
      check.problems.push_back(
          fmt::format("shard {}: the section of epoch {} holds the decisions of epoch {}", shard, epoch.id.epoch, decoded->id.epoch));
    if (last && decoded->previous != before)
      check.problems.push_back(
          fmt::format("shard {}: epoch {} follows epoch {}, but stands behind {}", shard, epoch.id.epoch, decoded->previous.epoch, before.epoch));
    before = epoch.id;
    last = std::move(*decoded);
  }
  return {};
}

void check_partition(const KafkaLook& job, const PartitionProgress& progress, KafkaCheck& check) {
  const Conservation& counts = progress.counts;
  const std::uint64_t accounted = std::accumulate(counts.records.begin(), counts.records.end(), std::uint64_t{0});
  const std::string& topic = job.topics.inputs[progress.id.input];
  if (accounted != counts.read)
    check.problems.push_back(fmt::format("{}[{}]: {} records read, {} accounted for", topic, progress.id.partition, counts.read, accounted));
  if (counts.read > progress.next.record)
    check.problems.push_back(fmt::format("{}[{}]: {} records read up to offset {}", topic, progress.id.partition, counts.read, progress.next.record));
  check.partitions.push_back(progress);
}

// Offsets are no count of rows: a transaction's end takes one.
Result<std::uint64_t> count_records(const KafkaLook& job, const std::string& topic) {
  std::uint64_t records = 0;
  for (std::uint32_t number = 0; number < job.log.shards; ++number) {
    const auto range = offset_range(*job.client, topic, static_cast<std::int32_t>(number));
    if (!range) return std::unexpected(range.error());
    KafkaPartition partition(*job.client, topic, static_cast<std::int32_t>(number));
    const auto end = read_to_end(partition, range->begin, [&](const KafkaRecord& record) -> Result<void> {
      if (record.value || record.key) ++records;  // else it tells of dead letters that were sent again
      return {};
    });
    if (!end) return std::unexpected(end.error());
  }
  return records;
}

}  // namespace

Result<KafkaCheck> check_topics_of(const KafkaLook& job) {
  KafkaCheck check;
  std::map<std::uint32_t, std::int64_t> from;
  for (std::uint32_t shard = 0; shard < job.log.shards; ++shard) from[shard] = 0;
  KafkaLogScan scan(*job.client, job.log, from);
  if (Result<void> read = scan.advance(); !read) return std::unexpected(read.error());
  std::vector<std::string> topics = job.topics.outputs;
  if (!job.topics.repartition.empty()) topics.push_back(job.topics.repartition);
  std::vector<std::uint64_t> rows(topics.size());
  std::size_t epochs = 0;
  for (std::uint32_t shard = 0; shard < job.log.shards; ++shard) {
    const ShardHistory& history = scan.history(shard);
    std::optional<DecisionRecord> last;
    epochs += history.epochs().size();
    if (Result<void> checked = check_epochs(shard, history, check, last); !checked) return std::unexpected(checked.error());
    for (const ShardHistory::Gap& gap : history.gaps()) check.passed.push_back(gap_line(gap));
    if (!last) continue;
    for (const PartitionProgress& progress : last->partitions) {
      if (progress.id.input < job.topics.inputs.size()) check_partition(job, progress, check);
    }
    for (const ShardSection& section : last->sections) {
      for (const OutputProgress& output : section.outputs) {
        if (output.output < rows.size()) rows[output.output] += output.rows;
      }
    }
  }
  if (epochs == 0) return fail(ErrorKind::kConfiguration, fmt::format("{}: nothing is committed yet", job.log.topic));
  check.passed.push_back(fmt::format("{}: {} epochs of {} shards follow each other", job.log.topic, epochs, job.log.shards));
  for (std::size_t output = 0; output < topics.size(); ++output) {
    const auto found = count_records(job, topics[output]);
    if (!found) return std::unexpected(found.error());
    if (*found == rows[output]) {
      check.passed.push_back(fmt::format("{}: {} rows, as committed", topics[output], *found));
    } else {
      check.problems.push_back(
          fmt::format("{}: {} rows are there and {} were committed; does another job write to it, has its retention passed, or does "
                      "the job run?",
                      topics[output], *found, rows[output]));
    }
  }
  return check;
}

}  // namespace reckoner
