#include "app/job_options.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace reckoner {

void add_set_option(CLI::App& command, std::vector<std::string>& overrides) {
  command.add_option("--set", overrides, "path=value: overrides the job file; may be repeated")->allow_extra_args(false);
}

void add_job_options(CLI::App& command, JobOptions& options) {
  command.add_option("JOB", options.job, "Job file")->required();
  add_set_option(command, options.overrides);
}

Result<JobFile> load_job_file(const JobOptions& options) { return JobFile::load(options.job, options.overrides, reckoner_environment()); }

Result<JobFile> load_job_on_files(const JobOptions& options) {
  Result<JobFile> file = load_job_file(options);
  if (!file || !file->is_kafka()) return file;
  return fail(
      ErrorKind::kConfiguration,
      fmt::format("{0}: topics stand behind its inputs, and this command looks into jobs on files alone; its rows are to be had with: reckoner "
                  "cat {0} OUTPUT, and how far it is with: reckoner lag {0}",
                  options.job));
}

}  // namespace reckoner
