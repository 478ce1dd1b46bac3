#include "app/job_options.hpp"

#include "app/command_line.hpp"

namespace reckoner {

void add_set_option(Command& command, std::vector<std::string>& overrides) {
  command.option("--set", overrides, "path=value: overrides the job file; may be repeated").one_value_each();
}

void add_job_options(Command& command, JobOptions& options) {
  command.option("JOB", options.job, "Job file").required();
  add_set_option(command, options.overrides);
}

Result<JobFile> load_job_file(const JobOptions& options) { return JobFile::load(options.job, options.overrides, reckoner_environment()); }

}  // namespace reckoner
