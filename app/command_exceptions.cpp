#include <fmt/format.h>

#include <memory>

#include "app/command_line.hpp"
#include "app/commands.hpp"
#include "app/committed_outputs.hpp"
#include "app/exceptions_report.hpp"
#include "app/exit_code.hpp"
#include "app/job_options.hpp"
#include "app/job_wiring.hpp"
#include "app/topic_output.hpp"
#include "connectors/committed_merge.hpp"
#include "connectors/posix_files.hpp"

namespace reckoner {

namespace {

Result<void> report_on_topics(JobFile file) {
  const auto job = look_at_topics(std::move(file));
  if (!job) return std::unexpected(job.error());
  ExceptionsReport report(*job->plan);
  TopicOutput alerts(*job, OutputId::kAlerts);
  const Result<void> read = alerts.read([&](std::string_view row) -> Result<void> {
    report.add(row);
    return {};
  });
  if (read) fmt::print("{}", report.text());
  return read;
}

Result<void> report_on_files(const JobFile& file, const JobOptions& options) {
  const auto plan = load_plan(file);
  if (!plan) return std::unexpected(plan.error());
  const auto place = find_output(options.job, std::string(to_text(OutputId::kAlerts)), options.overrides);
  if (!place) return std::unexpected(place.error());
  PosixFiles files;
  const auto state = committed_at(files, *place);
  if (!state) return std::unexpected(state.error());
  ExceptionsReport report(**plan);
  CommittedMerge merge(files, place->directory, place->output);
  const Result<void> read = merge.read(*state, [&](std::string_view row) -> Result<void> {
    report.add(row);
    return {};
  });
  if (read) fmt::print("{}", report.text());
  return read;
}

Result<void> report_exceptions(const JobOptions& options) {
  auto file = load_job_file(options);
  if (!file) return std::unexpected(file.error());
  return file->is_kafka() ? report_on_topics(std::move(*file)) : report_on_files(*file, options);
}

}  // namespace

void add_exceptions_command(Command& program) {
  Command exceptions = program.add_command("exceptions", "What the exceptions of a rule set hide");
  exceptions.require_command();
  auto options = std::make_shared<JobOptions>();
  Command report = exceptions.add_command("report", "What each exception hid, week by week: reckoner exceptions report job.yaml");
  add_job_options(report, *options);
  report.when_asked_for([options] {
    const Result<void> reported = report_exceptions(*options);
    return reported ? 0 : report_error(reported.error());
  });
}

}  // namespace reckoner
