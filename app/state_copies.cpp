#include "app/state_copies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "engine/key.hpp"

namespace reckoner {

namespace {

void warn(const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) fmt::print(stderr, "warning: {}\n", warning);
}

std::vector<std::uint32_t> first_shards(std::size_t count) {
  std::vector<std::uint32_t> shards(count);
  std::iota(shards.begin(), shards.end(), 0U);
  return shards;
}

}  // namespace

Result<std::unique_ptr<StateCopies>> StateCopies::open(JobFile file, bool all_shards) {
  std::unique_ptr<StateCopies> copies(new StateCopies);
  copies->state_directory_ = file.text("state.dir");
  if (!file.is_kafka()) {
    auto replica = open_replica(std::move(file));
    if (!replica) return std::unexpected(replica.error());
    warn(replica->wired.warnings);
    const JobReplica& kept = copies->files_.emplace(std::move(*replica));
    copies->shards_ = first_shards(kept.wired.job->shards().size());
    return copies;
  }
  auto replica = KafkaReplica::open(std::move(file));
  if (!replica) return std::unexpected(replica.error());
  copies->topics_ = std::move(*replica);
  copies->shards_ = all_shards ? first_shards(copies->topics_->shards()) : copies->topics_->kept_here();
  if (!copies->shards_.empty()) return copies;
  return fail(
      ErrorKind::kConfiguration,
      fmt::format("{}: no shard's state is kept there; ask with the state.dir of a process that runs the job, or add --all-shards, which executes "
                  "each shard from its first epoch",
                  copies->state_directory_));
}

Result<std::vector<std::uint32_t>> StateCopies::shards_of(const KeyPlan& key, std::string_view key_bytes) const {
  // Where a key of the topics lies is for whoever writes to them to say.
  if (is_on_topics() && key.hop == 0) return shards_;
  const std::size_t count = is_on_topics() ? topics_->shards() : shards_.size();
  const std::uint32_t owner = shard_of(hash_key(key_bytes), static_cast<std::uint32_t>(count));
  if (std::find(shards_.begin(), shards_.end(), owner) != shards_.end()) return std::vector{owner};
  return fail(
      ErrorKind::kConfiguration,
      fmt::format("the key is shard {}'s, whose state is not kept in {}; ask with the state.dir of the process that has it, or add --all-shards, "
                  "which executes it from its first epoch",
                  owner, state_directory_));
}

Result<StateCopy> StateCopies::look(std::uint32_t shard) {
  if (files_) {
    const WiredJob& wired = files_->wired;
    return StateCopy{shard,         wired.plan.get(), wired.job.get(),   wired.job->shards()[shard].get(), &wired.spaces[shard], wired.added,
                     files_->as_of, files_->newest,   files_->checkpoint};
  }
  const auto found = topics_->look(shard);
  if (!found) return std::unexpected(found.error());
  const ShardReplica& replica = **found;
  const Job& job = replica.shard.job();
  warn(replica.shard.warnings);
  return StateCopy{
      shard,          &topics_->plan(replica), &job, job.shards()[0].get(), &replica.shard.built.spaces[0], replica.shard.built.added, replica.as_of,
      replica.newest, replica.checkpoint};
}

}  // namespace reckoner
