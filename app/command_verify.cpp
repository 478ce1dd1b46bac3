#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>

#include "app/commands.hpp"
#include "app/conservation_report.hpp"
#include "app/exit_code.hpp"
#include "app/job_check.hpp"
#include "app/job_options.hpp"
#include "app/kept_rule_sets.hpp"
#include "connectors/posix_files.hpp"

namespace reckoner {

namespace {

int verify(const JobOptions& options) {
  const auto file = load_job_on_files(options);
  if (!file) return report_error(file.error());
  PosixFiles files;
  const JobCheck found = check_job(files, *file);
  if (const auto& last = found.history.last) {
    // The names and scales that the last epoch was run with, whatever the rule set says today.
    const auto plan = load_kept_rule_set(files, file->text("state.dir"), last->plan_hash);
    if (plan) print_conservation(stdout, **plan, lines_by_partition(**plan, last->partitions));
  }
  for (const std::string& line : found.passed) fmt::print("{}\n", line);
  for (const std::string& line : found.problems) fmt::print(stderr, "problem: {}\n", line);
  if (!found.problems.empty()) {
    fmt::print(stderr, "{} {}\n", found.problems.size(), found.problems.size() == 1 ? "problem" : "problems");
    return static_cast<int>(ExitCode::kFindings);
  }
  fmt::print("nothing is wrong\n");
  return 0;
}

}  // namespace

void add_verify_command(CLI::App& app, CommandAction& action) {
  auto options = std::make_shared<JobOptions>();
  CLI::App* command = app.add_subcommand("verify", "Whether everything a job left on the disk is whole and every record is accounted for");
  add_job_options(*command, *options);
  command->callback([&action, options] { action = [options] { return verify(*options); }; });
}

}  // namespace reckoner
