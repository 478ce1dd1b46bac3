// The arguments of every command that is about a job: the job file, and settings that override it.
#pragma once

#include <string>
#include <vector>

#include "app/job_file.hpp"

namespace reckoner {

class Command;

struct JobOptions {
  std::string job;
  std::vector<std::string> overrides;  // path=value
};

// `options` outlive CommandLine::run().
void add_job_options(Command& command, JobOptions& options);
void add_set_option(Command& command, std::vector<std::string>& overrides);

[[nodiscard]] Result<JobFile> load_job_file(const JobOptions& options);

}  // namespace reckoner
