// The state of a job, on files or on topics, copied into this process to be looked at, shard by shard. Reads alone, takes no lock, and may be used while
// the job runs.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/job_replica.hpp"
#include "app/kafka_replica.hpp"
#include "engine/added_entries.hpp"

namespace reckoner {

// Of one shard. What it points to lives as long as the StateCopies that it is of.
struct StateCopy {
  std::uint32_t shard = 0;
  const Plan* plan = nullptr;  // that it was decided by
  const Job* job = nullptr;
  const Shard* state = nullptr;
  const std::vector<BuiltKeySpace>* spaces = nullptr;  // by key kind
  const AddedEntries* added = nullptr;                 // null = rules add to no list
  EpochId as_of;                                       // as JobReplica has them
  EpochId newest;
  std::uint64_t checkpoint = 0;
};

class StateCopies {
 public:
  // `all_shards`: of a job on topics also those that are not kept here, executed from their first epoch.
  [[nodiscard]] static Result<std::unique_ptr<StateCopies>> open(JobFile file, bool all_shards);

  [[nodiscard]] const Plan& plan() const { return files_ ? *files_->wired.plan : topics_->plan(); }
  [[nodiscard]] const std::vector<std::uint32_t>& shards() const { return shards_; }  // that can be looked at
  [[nodiscard]] bool is_on_topics() const { return topics_ != nullptr; }              // each shard has epochs of its own
  // The shards, of those that can be looked at, that may have the key of this kind. kConfiguration when none of them may.
  [[nodiscard]] Result<std::vector<std::uint32_t>> shards_of(const KeyPlan& key, std::string_view key_bytes) const;
  [[nodiscard]] Result<StateCopy> look(std::uint32_t shard);

 private:
  StateCopies() = default;

  std::optional<JobReplica> files_;
  std::unique_ptr<KafkaReplica> topics_;
  std::string state_directory_;
  std::vector<std::uint32_t> shards_;
};

}  // namespace reckoner
