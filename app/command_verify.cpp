#include <fmt/format.h>

#include <memory>

#include "app/command_line.hpp"
#include "app/commands.hpp"
#include "app/conservation_report.hpp"
#include "app/exit_code.hpp"
#include "app/job_check.hpp"
#include "app/job_options.hpp"
#include "app/kafka_check.hpp"
#include "app/kept_rule_sets.hpp"
#include "connectors/posix_files.hpp"

namespace reckoner {

namespace {

int report_findings(const std::vector<std::string>& passed, const std::vector<std::string>& problems) {
  for (const std::string& line : passed) fmt::print("{}\n", line);
  for (const std::string& line : problems) fmt::print(stderr, "problem: {}\n", line);
  if (!problems.empty()) {
    fmt::print(stderr, "{} {}\n", problems.size(), problems.size() == 1 ? "problem" : "problems");
    return static_cast<int>(ExitCode::kFindings);
  }
  fmt::print("nothing is wrong\n");
  return 0;
}

int verify_topics(JobFile file) {
  const auto job = look_at_topics(std::move(file));
  if (!job) return report_error(job.error());
  const auto found = check_topics_of(*job);
  if (!found) return report_error(found.error());
  print_conservation(stdout, *job->plan, lines_by_partition(*job->plan, found->partitions));
  return report_findings(found->passed, found->problems);
}

int verify(const JobOptions& options) {
  auto file = load_job_file(options);
  if (!file) return report_error(file.error());
  if (file->is_kafka()) return verify_topics(std::move(*file));
  PosixFiles files;
  const JobCheck found = check_job(files, *file);
  if (const auto& last = found.history.last) {
    // The names and scales that the last epoch was run with, whatever the rule set says today.
    const auto plan = load_kept_rule_set(files, file->text("state.dir"), last->plan_hash);
    if (plan) print_conservation(stdout, **plan, lines_by_partition(**plan, last->partitions));
  }
  return report_findings(found.passed, found.problems);
}

}  // namespace

void add_verify_command(Command& program) {
  auto options = std::make_shared<JobOptions>();
  Command command =
      program.add_command("verify", "Whether everything that a job left, on the disk or in topics, is whole, and every record is accounted for");
  add_job_options(command, *options);
  command.when_asked_for([options] { return verify(*options); });
}

}  // namespace reckoner
