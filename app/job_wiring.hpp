// From a job file to a job that can run: the one place where ports meet what stands behind them.
#pragma once

#include <memory>
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
struct WiredJob {
  WiredJob();
  ~WiredJob();
  WiredJob(WiredJob&&) noexcept;
  WiredJob& operator=(WiredJob&&) noexcept;

  JobFile file;
  std::unique_ptr<Plan> plan;
  JobGround ground;
  std::unique_ptr<FileLock> lock;
  std::unique_ptr<FileSource> source;
  std::unique_ptr<LocalCommitLog> log;
  std::vector<std::vector<BuiltKeySpace>> spaces;  // [shard][key kind]; the key spaces themselves belong to the job's shards
  std::unique_ptr<Job> job;
};

// Loads the rule set, locks and opens the state directory, checks that its state is this job's. Findings about the rule set come as one
// kConfiguration error, a line each.
[[nodiscard]] Result<WiredJob> wire_job(JobFile file, bool until_end, JobGround ground = {});

// The rule set of a job, or its findings as one error.
[[nodiscard]] Result<std::unique_ptr<Plan>> load_plan(const JobFile& file, std::string* resolved = nullptr);

// Names of the outputs, in the order of output numbers.
[[nodiscard]] std::vector<std::string> output_names();
[[nodiscard]] std::string log_directory(const JobFile& file);
[[nodiscard]] std::string checkpoint_directory(const JobFile& file);

}  // namespace reckoner
