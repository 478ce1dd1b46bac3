#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "app/command_line.hpp"
#include "app/commands.hpp"
#include "app/exit_code.hpp"
#include "app/job_options.hpp"
#include "app/kafka_gaps.hpp"
#include "app/kafka_look.hpp"
#include "app/people_text.hpp"
#include "connectors/kafka_topics.hpp"

namespace reckoner {

namespace {

Result<void> print_shard(const KafkaLook& job, std::uint32_t shard, const ShardHistory& history) {
  const Result<std::optional<DecisionRecord>> decisions = last_decisions(history);
  if (!decisions) return std::unexpected(decisions.error());
  const std::optional<DecisionRecord>& last = *decisions;
  for (std::size_t input = 0; input < job.topics.inputs.size(); ++input) {
    const auto range = offset_range(*job.client, job.topics.inputs[input], static_cast<std::int32_t>(shard));
    if (!range) return std::unexpected(range.error());
    std::int64_t next = range->begin;
    std::string event_time = "-";
    if (last) {
      for (const PartitionProgress& progress : last->partitions) {
        if (progress.id.input != input) continue;
        if (progress.next.record > 0) next = static_cast<std::int64_t>(progress.next.record);
        if (progress.started) event_time = minute_text(progress.high_ms);
      }
    }
    const bool has_owner = !history.is_empty() && history.last_kind() != SectionKind::kRelease;
    fmt::print("{:<32} {:>6} {:<16} {:>10} {:>14} {:>14} {:>12}  {}\n", job.topics.inputs[input], shard, has_owner ? history.last_slot() : "-",
               history.last_id().epoch, next, range->end, range->end - next, event_time);
  }
  return {};
}

int show_lag(const JobOptions& options) {
  const auto job = look_at_topics(options);
  if (!job) return report_error(job.error());
  const auto scan = last_sections(*job);
  if (!scan) return report_error(scan.error());
  fmt::print("{:<32} {:>6} {:<16} {:>10} {:>14} {:>14} {:>12}  {}\n", "topic", "shard", "slot", "epoch", "next", "end", "lag", "event time");
  for (std::uint32_t shard = 0; shard < job->log.shards; ++shard) {
    if (const auto printed = print_shard(*job, shard, (*scan)->history(shard)); !printed) return report_error(printed.error());
  }
  for (std::uint32_t shard = 0; shard < job->log.shards; ++shard) {
    for (const ShardHistory::Gap& gap : (*scan)->history(shard).gaps()) fmt::print("{}\n", gap_line(gap));
  }
  return 0;
}

}  // namespace

void add_lag_command(Command& program) {
  auto options = std::make_shared<JobOptions>();
  Command lag = program.add_command("lag", "How far a job on Kafka is behind its inputs, shard by shard");
  add_job_options(lag, *options);
  lag.when_asked_for([options] { return show_lag(*options); });
}

}  // namespace reckoner
