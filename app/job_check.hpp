// Checks whether all that a job left on the disk is whole and balances: commit log, committed output bytes, conservation, checkpoints, kept
// rule sets. Changes nothing, and may run beside the job.
#pragma once

#include <string>
#include <vector>

#include "app/job_file.hpp"
#include "app/job_history.hpp"
#include "engine/files.hpp"

namespace reckoner {

struct JobCheck {
  JobHistory history;                 // empty when the log could not be read
  std::vector<std::string> passed;    // a line for each thing that was found whole, with how much of it there was
  std::vector<std::string> problems;  // a line each; empty = all is well
};

[[nodiscard]] JobCheck check_job(Files& files, const JobFile& file);

}  // namespace reckoner
