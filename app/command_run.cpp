#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <memory>

#include "app/commands.hpp"
#include "app/conservation_report.hpp"
#include "app/exit_code.hpp"
#include "app/job_wiring.hpp"
#include "app/progress_line.hpp"
#include "connectors/local_commit_log.hpp"

namespace reckoner {

namespace {

std::atomic<bool> stop_asked{false};

// The first signal asks for an orderly end; the second ends at once, which is safe since nothing uncommitted is visible.
void on_signal(int signal) {
  if (stop_asked.exchange(true)) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
}

struct RunOptions {
  std::string job;
  std::vector<std::string> overrides;
  bool until_end = false;
  bool quiet = false;
};

int run_job(const RunOptions& options) {
  auto file = JobFile::load(options.job, options.overrides, reckoner_environment());
  if (!file) return report_error(file.error());
  auto wired = wire_job(std::move(*file), options.until_end);
  if (!wired) return report_error(wired.error());
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  Job& job = *wired->job;
  if (const auto recovered = job.recover(); !recovered) return report_error(recovered.error());
  for (const std::string& warning : job.report().warnings) fmt::print(stderr, "warning: {}\n", warning);
  ProgressLine line(job, *wired->ground.files);
  if (!options.quiet) job.on_progress([&line](const JobProgress& progress) { line.show(progress); });
  const auto ran = job.run(stop_asked);
  line.clear();
  if (!ran) return report_error(ran.error());
  if (const auto published = wired->log->publish(); !published) return report_error(published.error());
  if (!options.quiet) print_run_report(*wired);
  return 0;
}

}  // namespace

void add_run_command(CLI::App& app, CommandAction& action) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* run = app.add_subcommand("run", "Run a job: reckoner run examples/seed/job.yaml --until-end");
  run->add_option("JOB", options->job, "Job file")->required();
  run->add_option("--set", options->overrides, "path=value: overrides the job file; may be repeated")->allow_extra_args(false);
  run->add_flag("--until-end", options->until_end, "Take what is there now as all there is, and stop after it");
  run->add_flag("-q,--quiet", options->quiet, "No report at the end");
  run->callback([&action, options] { action = [options] { return run_job(*options); }; });
}

}  // namespace reckoner
