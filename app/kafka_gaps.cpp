#include "app/kafka_gaps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "connectors/kafka_topics.hpp"

namespace reckoner {

namespace {

std::string count_text(const AcceptedGap& gap) {
  const std::int64_t count = gap.to - gap.from + 1;
  return fmt::format("{} {}", count, count == 1 ? "offset" : "offsets");
}

// Where reading goes on, behind what was passed over; 0 = at the topic's beginning, wherever that is.
Result<std::vector<std::int64_t>> committed_next(const KafkaGround& ground, const AcquiredShard& shard) {
  std::vector<std::int64_t> next(ground.topics.inputs.size(), 0);
  const std::vector<ShardHistory::Epoch>& epochs = shard.history.epochs();
  if (epochs.empty()) return next;
  const Result<DecisionRecord> last = decisions_of(epochs, epochs.size() - 1);
  if (!last) return std::unexpected(last.error());
  for (const PartitionProgress& progress : last->partitions) {
    if (progress.id.input < next.size()) next[progress.id.input] = static_cast<std::int64_t>(progress.next.record);
  }
  for (const ShardHistory::Gap& known : shard.history.gaps()) {
    for (std::size_t input = 0; input < next.size(); ++input) {
      const bool covers = known.gap.topic == ground.topics.inputs[input] && known.gap.from <= next[input] && next[input] <= known.gap.to;
      if (covers) next[input] = known.gap.to + 1;
    }
  }
  return next;
}

std::string trimmed_text(const KafkaGround& ground, const AcceptedGap& gone) {
  return fmt::format(
      "{}[{}]: offsets {} to {} ({}) are gone before the job has read them: the topic begins at {} now. Restore them, or go on without them: "
      "reckoner "
      "run {} --accept-gap {} --reason TEXT",
      gone.topic, gone.partition, gone.from, gone.to, count_text(gone), gone.to + 1, ground.file.file(), range_text(gone));
}

std::string cut_text(const AcceptedGap& gone) {
  return fmt::format(
      "{}[{}]: offsets {} to {} ({}) were read and are gone: the topic ends before {} now. It was deleted and made again, or lost its end, and new "
      "records would get offsets that the job has seen. Restore the topic, or start a new job with another name, state.dir and outputs",
      gone.topic, gone.partition, gone.from, gone.to, count_text(gone), gone.from);
}

}  // namespace

Result<ShardGaps> gaps_to_pass_over(const KafkaGround& ground, KafkaClient& reader, const std::vector<AcquiredShard>& shards,
                                    const std::vector<AcceptedGap>& accepted) {
  ShardGaps gaps;
  std::vector<std::string> problems;
  for (const AcquiredShard& shard : shards) {
    const auto next = committed_next(ground, shard);
    if (!next) return std::unexpected(next.error());
    for (std::size_t input = 0; input < next->size(); ++input) {
      const auto partition = static_cast<std::int32_t>(shard.shard);
      const std::string& topic = ground.topics.inputs[input];
      const std::int64_t at = (*next)[input];
      const auto range = offset_range(reader, topic, partition);
      if (!range) return std::unexpected(range.error());
      if (at > range->end) problems.push_back(cut_text({topic, partition, range->end, at - 1, {}}));
      if (at == 0 || at >= range->begin) continue;
      AcceptedGap gone{topic, partition, at, range->begin - 1, {}};
      const auto cover = std::find_if(accepted.begin(), accepted.end(), [&](const AcceptedGap& gap) {
        return gap.topic == topic && gap.partition == partition && gap.from <= gone.from && gone.to <= gap.to;
      });
      if (cover == accepted.end()) {
        problems.push_back(trimmed_text(ground, gone));
      } else {
        gone.reason = cover->reason;
        gaps[shard.shard].push_back(std::move(gone));
      }
    }
  }
  if (problems.empty()) return gaps;
  return fail(ErrorKind::kData, fmt::format("{}", fmt::join(problems, "\n")));
}

// Not all offsets are records', so that fewer than there were may be found missing, but never records that are there.
Result<std::optional<std::string>> gone_of_replay(const KafkaGround& ground, KafkaClient& reader, const DecisionRecord& last) {
  for (const PartitionProgress& progress : last.partitions) {
    if (progress.id.input >= ground.topics.inputs.size()) continue;
    const std::string& topic = ground.topics.inputs[progress.id.input];
    const auto range = offset_range(reader, topic, static_cast<std::int32_t>(progress.id.partition));
    if (!range) return std::unexpected(range.error());
    const std::int64_t there = std::max<std::int64_t>(static_cast<std::int64_t>(progress.next.record) - range->begin, 0);
    const std::int64_t missing = static_cast<std::int64_t>(progress.counts.read) - there;
    if (missing <= 0) continue;
    return fmt::format(
        "{}[{}]: the offsets before {} are gone, at least {} records that are to be executed again, since state.dir has no checkpoint to begin from. "
        "Restore the topic, give the job a state.dir with a checkpoint or the directory where its processes share theirs (checkpoint.shared_dir), or "
        "start a new job with another name, state.dir and outputs",
        topic, progress.id.partition, range->begin, missing);
  }
  return std::optional<std::string>();
}

std::string gap_line(const ShardHistory::Gap& gap) {
  return fmt::format("{}: {} were gone and are passed over, as accepted in epoch {} by slot {}: {}", range_text(gap.gap), count_text(gap.gap),
                     gap.id.epoch, gap.slot, gap.gap.reason);
}

}  // namespace reckoner
