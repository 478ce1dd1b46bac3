#include "app/kafka_replica.hpp"

#include <fmt/format.h>

#include "app/kafka_checkpoints.hpp"
#include "app/kafka_look.hpp"
#include "app/kept_rule_sets.hpp"
#include "app/state_identity.hpp"
#include "connectors/posix_files.hpp"
#include "connectors/system_clock.hpp"
#include "operators/handing_on.hpp"
#include "state/checkpoint_reader.hpp"

namespace reckoner {

Result<std::unique_ptr<KafkaReplica>> KafkaReplica::open(JobFile file) {
  auto job = look_at_topics(std::move(file));
  if (!job) return std::unexpected(job.error());
  std::unique_ptr<KafkaReplica> replica(new KafkaReplica);
  replica->client_ = std::move(job->client);
  replica->log_ = job->log;
  KafkaGround& ground = replica->ground_;
  ground.file = std::move(job->file);
  ground.plan = std::move(job->plan);
  ground.topics = std::move(job->topics);
  ground.shards = job->log.shards;
  ground.files = std::make_shared<PosixFiles>();
  ground.clock = std::make_shared<SystemClock>();
  const StateIdentity identity{ground.plan->rule_set, ground.shards, ground.plan->facts_hash};
  if (const auto own = check_state_identity(*ground.files, ground.file.text("state.dir"), identity); !own) return std::unexpected(own.error());
  return replica;
}

std::vector<std::uint32_t> KafkaReplica::kept_here() const {
  std::vector<std::uint32_t> kept;
  for (std::uint32_t shard = 0; shard < ground_.shards; ++shard) {
    if (ground_.files->exists(shard_checkpoints(ground_.file, shard))) kept.push_back(shard);
  }
  return kept;
}

// One try, with the rule set that the replica has: the hash of the one that decided the next epoch, if that is another.
Result<std::optional<std::uint64_t>> KafkaReplica::replicate(ShardReplica& replica) {
  const std::uint32_t number = replica.shard.number;
  const auto from = kept_log_offset(*ground_.files, shard_directory(ground_.file, number));
  if (!from) return std::unexpected(from.error());
  KafkaLogScan scan(*client_, log_, {{number, from->value_or(0)}});
  if (Result<void> read = scan.advance(); !read) return std::unexpected(read.error());
  ShardHistory& history = scan.history(number);
  if (history.epochs().empty()) {
    return fail(ErrorKind::kConfiguration, fmt::format("shard {}: nothing is committed of it yet; run the job first", number));
  }
  replica.newest = history.epochs().back().id;
  replica.shard.gaps.clear();
  for (const ShardHistory::Gap& known : history.gaps()) replica.shard.gaps.push_back(known.gap);
  const EpochId last = history.last_id();
  const std::int64_t seen = history.last_offset();
  replica.shard.built = {};  // before the log that it uses
  replica.shard.log =
      std::make_unique<KafkaShardLog>(AcquiredShard{number, last, seen, std::move(history)}, Job::kHandedOnOutput + 1, *ground_.clock);
  auto store = CheckpointReader::open(shard_checkpoints(ground_.file, number));
  if (!store) return std::unexpected(store.error());
  const CheckpointReader& reader = **store;
  const auto next = bring_back(ground_, plan(replica), replica.shard, *client_, std::move(*store));
  if (!next) return std::unexpected(of_shard(number, next.error()));
  replica.as_of = replica.shard.job().last_id();
  replica.checkpoint = reader.restored();
  return next;
}

Result<const ShardReplica*> KafkaReplica::look(std::uint32_t shard) {
  std::unique_ptr<ShardReplica>& known = replicas_[shard];
  if (known) return known.get();
  auto replica = std::make_unique<ShardReplica>();
  replica->shard.number = shard;
  auto next = replicate(*replica);
  if (!next) return std::unexpected(next.error());
  if (const std::optional<std::uint64_t> other_hash = *next; other_hash && replica->shard.job().report().replayed_epochs == 0) {
    // Facts are the same whichever of the job's rule sets is asked; what is replayed must be its own.
    auto kept = load_kept_rule_set(*ground_.files, ground_.file.text("state.dir"), *other_hash);
    if (!kept) return std::unexpected(kept.error());
    replica->shard.built = {};  // before the rule set that it was built from
    replica->kept = std::move(*kept);
    set_hops(*replica->kept);
    next = replicate(*replica);
    if (!next) return std::unexpected(next.error());
  }
  known = std::move(replica);
  return known.get();
}

}  // namespace reckoner
