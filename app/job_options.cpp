#include "app/job_options.hpp"

#include <CLI/CLI.hpp>

namespace reckoner {

void add_set_option(CLI::App& command, std::vector<std::string>& overrides) {
  command.add_option("--set", overrides, "path=value: overrides the job file; may be repeated")->allow_extra_args(false);
}

void add_job_options(CLI::App& command, JobOptions& options) {
  command.add_option("JOB", options.job, "Job file")->required();
  add_set_option(command, options.overrides);
}

Result<JobFile> load_job_file(const JobOptions& options) { return JobFile::load(options.job, options.overrides, reckoner_environment()); }

}  // namespace reckoner
