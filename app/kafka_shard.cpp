#include "app/kafka_shard.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/input_decoder.hpp"
#include "app/kafka_checkpoints.hpp"
#include "app/kafka_gaps.hpp"
#include "app/kept_rule_sets.hpp"
#include "app/shared_state.hpp"
#include "connectors/kafka_topics.hpp"
#include "operators/handing_on.hpp"
#include "state/rocksdb_checkpoint.hpp"

namespace reckoner {

namespace {

Result<std::vector<std::shared_ptr<const Decoder>>> make_decoders(const JobFile& file, const Plan& plan) {
  std::vector<std::shared_ptr<const Decoder>> decoders;
  for (std::size_t input = 0; input < read_inputs(plan); ++input) {
    auto made = make_input_decoder(file, plan.inputs[input].schema, nullptr);  // check_kafka_job() asks for the columns of CSV
    if (!made) return std::unexpected(made.error());
    decoders.push_back(std::move(*made));
  }
  return decoders;
}

// All that was recorded lies before the present ends.
Result<void> expect_what_is_there(const KafkaGround& ground, KafkaClient& reader, KafkaShard& shard) {
  std::vector<std::int64_t> ends;
  for (const std::string& topic : ground.topics.inputs) {
    const auto range = offset_range(reader, topic, static_cast<std::int32_t>(shard.number));
    if (!range) return std::unexpected(range.error());
    ends.push_back(range->end);
  }
  if (!ground.topics.repartition.empty()) {
    const auto range = offset_range(reader, ground.topics.repartition, static_cast<std::int32_t>(shard.number));
    if (!range) return std::unexpected(range.error());
    shard.source->expect_handed_on(range->end);
  }
  shard.source->expect(std::move(ends), false);
  return {};
}

CopySharingSettings sharing_settings(const KafkaGround& ground, std::uint32_t shard) {
  return {.every_ms = ground.file.number("checkpoint.share_every"),
          .before = [&ground] { return share_rule_sets(*ground.files, ground.file); },
          .say = [shard](const std::string& what) { fmt::print(stderr, "warning: shard {}: {}\n", shard, what); }};
}

Result<std::unique_ptr<CheckpointStore>> open_checkpoints(const KafkaGround& ground, KafkaShard& shard) {
  CheckpointSettings settings;
  settings.copies_kept = static_cast<std::uint32_t>(ground.file.number("checkpoint.keep"));
  const std::string directory = shard_directory(ground.file, shard.number);
  if (const auto made = ground.files->make_directories(directory); !made) return std::unexpected(made.error());
  settings.shared_directory = shared_checkpoints(ground.file, shard.number);
  settings.shared_copies_kept = std::max(settings.shared_copies_kept, settings.copies_kept);
  auto store = RocksDbCheckpoint::open(shard_checkpoints(ground.file, shard.number), settings);
  if (!store) return std::unexpected(store.error());
  (*store)->restore_until([&log = *shard.log] { return log.stopped().load(); });
  std::unique_ptr<CopySharing> sharing;
  if (!settings.shared_directory.empty()) sharing = std::make_unique<CopySharing>(**store, *ground.clock, sharing_settings(ground, shard.number));
  shard.sharing = sharing.get();
  return std::make_unique<KafkaCheckpoints>(std::move(*store), *ground.files, directory, *shard.log, std::move(sharing));
}

Result<void> recover(const KafkaGround& ground, KafkaShard& shard, KafkaClient& reader) {
  std::unique_ptr<Plan> kept;
  for (;;) {
    const Plan& plan = kept ? *kept : *ground.plan;
    shard.built = {};
    shard.sharing = nullptr;
    shard.checkpoints.reset();
    auto checkpoints = open_checkpoints(ground, shard);
    if (!checkpoints) return std::unexpected(checkpoints.error());
    const auto next = bring_back(ground, plan, shard, reader, std::move(*checkpoints));
    if (!next) return std::unexpected(next.error());
    const std::optional<std::uint64_t>& other_hash = *next;
    if (!other_hash && !kept) return {};
    if (shard.job().report().replayed_epochs > 0) {
      if (const auto copied = shard.job().checkpoint(); !copied) return copied;
    }
    shard.built = {};  // before the rule set that it was built from
    if (!other_hash) {
      kept.reset();
      continue;
    }
    auto loaded = find_rule_set(*ground.files, ground.file, *other_hash);
    if (!loaded) return std::unexpected(loaded.error());
    kept = std::move(*loaded);
    set_hops(*kept);
  }
}

// What a replay from the first epoch on has failed for, where the counts tell.
std::optional<std::string> gone_text(const KafkaGround& ground, KafkaClient& reader, KafkaShardLog& log) {
  const Result<std::optional<DecisionRecord>> read = log.recover();
  if (!read) return std::nullopt;
  const std::optional<DecisionRecord>& last = *read;
  if (!last) return std::nullopt;
  const Result<std::optional<std::string>> gone = gone_of_replay(ground, reader, *last);
  return gone ? *gone : std::nullopt;
}

}  // namespace

Error of_shard(std::uint32_t shard, Error error) {
  error.text = fmt::format("shard {}: {}", shard, error.text);
  return error;
}

std::string shard_directory(const JobFile& file, std::uint32_t shard) { return join_path(file.text("state.dir"), fmt::format("shard-{}", shard)); }

std::string shard_checkpoints(const JobFile& file, std::uint32_t shard) { return join_path(shard_directory(file, shard), "checkpoints"); }

Result<std::optional<std::uint64_t>> bring_back(const KafkaGround& ground, const Plan& plan, KafkaShard& shard, KafkaClient& reader,
                                                std::unique_ptr<CheckpointStore> checkpoints) {
  shard.built = {};
  shard.checkpoints = std::move(checkpoints);
  const int wake = ground.wake ? ground.wake->descriptor() : -1;
  shard.source = std::make_unique<KafkaSource>(reader, ground.topics.inputs, shard.number, wake, shard.log->stopped());
  if (!ground.topics.repartition.empty()) {
    HandedQueues queues(handed_on_inputs(plan), static_cast<InputId>(read_inputs(plan)), ground.shards, hops_before(plan), !plan.added_lists.empty());
    shard.source->receive(ground.topics.repartition, std::move(queues), wake);
  }
  for (const AcceptedGap& gap : shard.gaps) {
    const std::vector<std::string>& inputs = ground.topics.inputs;
    const auto input = std::find(inputs.begin(), inputs.end(), gap.topic);
    if (input != inputs.end()) shard.source->pass_over(static_cast<InputId>(input - inputs.begin()), gap.from, gap.to);
  }
  if (const auto expected = expect_what_is_there(ground, reader, shard); !expected) return std::unexpected(expected.error());
  auto decoders = make_decoders(ground.file, plan);
  if (!decoders) return std::unexpected(decoders.error());
  JobSettings job = job_settings(ground.file, plan, ground.until_end);
  job.silence_max_ms = ground.file.number("kafka.log_silence");
  job.commit_at_once = true;  // a commit only stages: the instance puts the shards' epochs into one transaction
  const JobPorts ports{*shard.source, *shard.log, *shard.checkpoints, *ground.clock};
  shard.built = build_job(ground.file, plan, *decoders, ports, job, 1, 1, ShardOfMany{shard.number, ground.shards});
  auto next = shard.job().recover();
  const JobReport& report = shard.job().report();
  shard.warnings.insert(shard.warnings.end(), report.warnings.begin(), report.warnings.end());
  shard.replayed_records += report.replayed_records;
  return next;
}

KafkaShard::~KafkaShard() {
  if (log) log->give_up();  // a checkpoint may wait for a commit that does not come
  built.job.reset();
}

std::unique_ptr<KafkaShard> make_shard(const KafkaGround& ground, AcquiredShard acquired, const std::vector<AcceptedGap>& accepted) {
  auto shard = std::make_unique<KafkaShard>();
  shard->number = acquired.shard;
  for (const ShardHistory::Gap& known : acquired.history.gaps()) shard->gaps.push_back(known.gap);
  shard->gaps.insert(shard->gaps.end(), accepted.begin(), accepted.end());
  shard->log = std::make_unique<KafkaShardLog>(std::move(acquired), Job::kHandedOnOutput + 1, *ground.clock);
  return shard;
}

Result<void> restore_shard(const KafkaGround& ground, KafkaClient& reader, KafkaShard& shard) {
  if (Result<void> recovered = recover(ground, shard, reader); !recovered) {
    if (shard.log->stopped().load()) return recovered;
    Error error = recovered.error();
    const bool from_first = shard.checkpoints && shard.checkpoints->oldest_kept() == EpochId{};
    if (const std::optional<std::string> gone = from_first ? gone_text(ground, reader, *shard.log) : std::nullopt)
      error = {ErrorKind::kData, Retry::kNever, *gone};
    const Result<std::int64_t> read_from = needed_log_offset(*ground.files, ground.file, shard.number);
    if (from_first && read_from && *read_from > 0) {
      // The log was read from where copies began that are lost.
      const Result<void> forgotten = forget_log_offset(*ground.files, shard_directory(ground.file, shard.number));
      if (forgotten) error = {ErrorKind::kExternal, Retry::kLater, error.text + "; the log is read from its beginning next"};
    }
    return std::unexpected(of_shard(shard.number, std::move(error)));
  }
  if (Result<void> begun = shard.source->begin_at(shard.job().reader().progress()); !begun)
    return std::unexpected(of_shard(shard.number, begun.error()));
  shard.log->forget_history();
  if (ground.until_end) {
    shard.source->expect(ground.ends[shard.number], true);
    shard.source->end_handed_on_at(ground.ends);
  } else {
    shard.source->forget_ends();
  }
  return {};
}

}  // namespace reckoner
