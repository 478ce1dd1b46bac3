#include "app/kafka_look.hpp"

#include <algorithm>
#include <map>

#include "app/job_wiring.hpp"
#include "connectors/kafka_topics.hpp"

namespace reckoner {

namespace {
constexpr std::int64_t kFirstLook = 10'000;  // records from the end of the log; ten times as many each time that a shard is not among them
}  // namespace

Result<KafkaLook> look_at_topics(const JobOptions& options) {
  auto file = load_job_file(options);
  if (!file) return std::unexpected(file.error());
  return look_at_topics(std::move(*file));
}

Result<KafkaLook> look_at_topics(JobFile file) {
  auto plan = load_plan(file);
  if (!plan) return std::unexpected(plan.error());
  if (const auto checked = check_kafka_job(file, **plan); !checked) return std::unexpected(checked.error());
  const auto settings = kafka_settings(file);
  if (!settings) return std::unexpected(settings.error());
  auto client = KafkaClient::make(*settings, KafkaRole::kReader);
  if (!client) return std::unexpected(client.error());
  JobTopics topics = job_topics(file, **plan);
  const auto counts = check_partitions(**client, topics, TopicUse::kLook);
  if (!counts) return std::unexpected(counts.error());
  KafkaLogPlace log = log_place(topics, **plan, *counts);
  return KafkaLook{std::move(file), std::move(*plan), std::move(topics), std::move(*client), std::move(log)};
}

Result<std::unique_ptr<KafkaLogScan>> last_sections(const KafkaLook& job) {
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
    for (std::uint32_t shard = 0; shard < job.log.shards; ++shard)
      found = found && !scan->history(shard).is_empty() && !scan->history(shard).lacks_epochs();
    if (found || whole) return scan;
  }
}

Result<std::optional<DecisionRecord>> last_decisions(const ShardHistory& history) {
  if (history.epochs().empty()) return std::optional<DecisionRecord>();
  Result<DecisionRecord> decoded = decisions_of(history.epochs(), history.epochs().size() - 1);
  if (!decoded) return std::unexpected(decoded.error());
  return std::optional<DecisionRecord>(std::move(*decoded));
}

}  // namespace reckoner
