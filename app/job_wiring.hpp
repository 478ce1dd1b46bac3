// From a job file to a job that can run: the one place where ports meet what stands behind them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/job_file.hpp"
#include "engine/clock.hpp"
#include "engine/files.hpp"
#include "engine/job.hpp"
#include "operators/build.hpp"
#include "operators/plan.hpp"

namespace reckoner {

class FileSource;
class LocalCommitLog;

// What a job stands on. A part that is not given is the machine's own.
struct JobGround {
  std::shared_ptr<Files> files;
  std::shared_ptr<Clock> clock;
  std::shared_ptr<CheckpointStore> checkpoints;
};

// Everything a job needs, in the order in which it must go away again.
class ListWatch;

struct WiredJob {
  WiredJob();
  ~WiredJob();
  WiredJob(WiredJob&&) noexcept;
  WiredJob& operator=(WiredJob&&) noexcept;

  JobFile file;
  bool until_end = false;
  JobGround ground;
  std::unique_ptr<FileLock> lock;
  std::unique_ptr<Plan> plan;
  std::unique_ptr<FileSource> source;
  std::unique_ptr<CommitLog> log;
  LocalCommitLog* local_log = nullptr;             // the same; none in a replica
  std::unique_ptr<ListWatch> lists;                // null = they stay as they are
  std::vector<std::vector<BuiltKeySpace>> spaces;  // [shard][key kind]; the key spaces themselves belong to the job's shards
  std::unique_ptr<Job> job;
  const AddedEntries* added = nullptr;  // the job's; null = rules add to no list
  std::vector<std::string> warnings;    // of coming back, for people
  std::uint64_t replayed_epochs = 0;    // of all rule sets
  std::uint64_t replayed_records = 0;
};

// The job of `shards` shards around these ports, and the key spaces that are in them. `decoders` by input.
struct BuiltJob {
  std::vector<std::vector<BuiltKeySpace>> spaces;  // [shard][key kind]
  std::unique_ptr<Job> job;
  const AddedEntries* added = nullptr;  // the job's; null = rules add to no list
};
// `of`: which of how many shards this one is, where each is a job of its own and they exchange records (operators/handing_on.hpp).
struct ShardOfMany {
  std::uint32_t shard = 0;
  std::uint32_t shards = 1;
};
[[nodiscard]] BuiltJob build_job(const JobFile& file, const Plan& plan, const std::vector<std::shared_ptr<const Decoder>>& decoders,
                                 const JobPorts& ports, const JobSettings& settings, std::uint32_t shards, std::size_t threads,
                                 std::optional<ShardOfMany> of = std::nullopt);
[[nodiscard]] JobSettings job_settings(const JobFile& file, const Plan& plan, bool until_end);

// Builds the source, the job and all that depends on the plan, anew, on the ground of `wired` and around this log.
[[nodiscard]] Result<void> build_job(WiredJob& wired, std::unique_ptr<CommitLog> log);

// An input of the plan as the reader takes it.
[[nodiscard]] ReaderInput reader_input(const Plan& plan, std::size_t input, std::shared_ptr<const Decoder> decoder);

// The rule set of a job, in the environment that the job names, or its findings as one error.
[[nodiscard]] Result<std::unique_ptr<Plan>> load_plan(const JobFile& file, std::string* resolved = nullptr);

// Whether files stand behind each input of the rule set, and no others.
[[nodiscard]] Result<void> check_inputs(const JobFile& file, const Plan& plan);

// Names of the outputs and of the columns with their rows' event time, in the order of output numbers.
[[nodiscard]] std::vector<std::string> output_names();
[[nodiscard]] std::vector<std::string> output_time_columns();
[[nodiscard]] std::string log_directory(const JobFile& file);
[[nodiscard]] std::string checkpoint_directory(const JobFile& file);

}  // namespace reckoner
