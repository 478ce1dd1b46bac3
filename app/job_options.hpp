// The arguments of every command that is about a job: the job file, and settings that override it.
#pragma once

#include <string>
#include <vector>

#include "app/job_file.hpp"

namespace CLI {
class App;
}

namespace reckoner {

struct JobOptions {
  std::string job;
  std::vector<std::string> overrides;  // path=value
};

// `options` outlive the parsing.
void add_job_options(CLI::App& command, JobOptions& options);
void add_set_option(CLI::App& command, std::vector<std::string>& overrides);

[[nodiscard]] Result<JobFile> load_job_file(const JobOptions& options);

}  // namespace reckoner
