#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "app/commands.hpp"
#include "app/exit_code.hpp"
#include "app/job_options.hpp"
#include "app/job_wiring.hpp"
#include "app/kafka_topics_plan.hpp"
#include "app/people_text.hpp"
#include "connectors/kafka_topics.hpp"

namespace reckoner {

namespace {

constexpr std::int64_t kFirstLook = 10'000;  // records from the end of the log; ten times as many each time that a shard is not among them

struct Looked {
  JobFile file;
  std::unique_ptr<Plan> plan;
  JobTopics topics;
  std::unique_ptr<KafkaClient> client;
  KafkaLogPlace log;
};

Result<Looked> look_at(const JobOptions& options) {
  auto file = load_job_file(options);
  if (!file) return std::unexpected(file.error());
  auto plan = load_plan(*file);
  if (!plan) return std::unexpected(plan.error());
  if (const auto checked = check_kafka_job(*file, **plan); !checked) return std::unexpected(checked.error());
  const auto settings = kafka_settings(*file);
  if (!settings) return std::unexpected(settings.error());
  auto client = KafkaClient::make(*settings, KafkaRole::kReader);
  if (!client) return std::unexpected(client.error());
  JobTopics topics = job_topics(*file, **plan);
  const auto counts = check_partitions(**client, topics, TopicUse::kLook);
  if (!counts) return std::unexpected(counts.error());
  KafkaLogPlace log = log_place(topics, **plan, *counts);
  return Looked{std::move(*file), std::move(*plan), std::move(topics), std::move(*client), std::move(log)};
}

// Every shard's last section, from as near to the end of the log as all of them are found.
Result<std::unique_ptr<KafkaLogScan>> last_sections(const Looked& job) {
  for (std::int64_t back = kFirstLook;; back *= 10) {
    std::map<std::uint32_t, std::int64_t> from;
    bool whole = true;
    for (std::uint32_t shard = 0; shard < job.log.shards; ++shard) {
      const auto range = offset_range(*job.client, job.log.topic, job.log.partition_of(shard));
      if (!range) return std::unexpected(range.error());
      from[shard] = std::max(range->begin, range->end - back);
      whole = whole && from[shard] == range->begin;
    }
    auto scan = std::make_unique<KafkaLogScan>(*job.client, job.log, from, false);
    if (Result<void> read = scan->advance(); !read) return std::unexpected(read.error());
    bool found = true;
    for (std::uint32_t shard = 0; shard < job.log.shards; ++shard) found = found && !scan->history(shard).is_empty();
    if (found || whole) return scan;
  }
}

Result<void> print_shard(const Looked& job, std::uint32_t shard, const ShardHistory& history) {
  std::optional<DecisionRecord> last;
  if (!history.epochs().empty()) {
    auto decoded = decode_decision_record(history.epochs().back().decisions);
    if (!decoded) return std::unexpected(decoded.error());
    last = std::move(*decoded);
  }
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
  const auto job = look_at(options);
  if (!job) return report_error(job.error());
  const auto scan = last_sections(*job);
  if (!scan) return report_error(scan.error());
  fmt::print("{:<32} {:>6} {:<16} {:>10} {:>14} {:>14} {:>12}  {}\n", "topic", "shard", "slot", "epoch", "next", "end", "lag", "event time");
  for (std::uint32_t shard = 0; shard < job->log.shards; ++shard) {
    if (const auto printed = print_shard(*job, shard, (*scan)->history(shard)); !printed) return report_error(printed.error());
  }
  return 0;
}

}  // namespace

void add_lag_command(CLI::App& app, CommandAction& action) {
  auto options = std::make_shared<JobOptions>();
  CLI::App* lag = app.add_subcommand("lag", "How far a job on Kafka is behind its inputs, shard by shard");
  add_job_options(*lag, *options);
  lag->callback([&action, options] { action = [options] { return show_lag(*options); }; });
}

}  // namespace reckoner
