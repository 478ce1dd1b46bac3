#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <memory>

#include "app/command_line.hpp"
#include "app/commands.hpp"
#include "app/exit_code.hpp"
#include "app/job_opening.hpp"
#include "app/job_options.hpp"
#include "app/kafka_run.hpp"
#include "app/progress_line.hpp"
#include "app/run_report.hpp"
#include "connectors/local_commit_log.hpp"
#include "connectors/system_clock.hpp"
#include "rules/literals.hpp"

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
  JobOptions job;
  bool until_end = false;
  bool quiet = false;
  std::string status_every = "10s";
  std::vector<std::string> gaps;
  std::string reason;
  std::string trace;
};

void print_kafka_report(const KafkaRun::Counts& counts) {
  const double seconds = std::max(static_cast<double>(counts.elapsed_ns) / 1e9, 1e-9);
  fmt::print(stderr,
             "{} records in {:.2f} s ({:.0f} a second), {} transactions with {} epochs of shards; {} shards were acquired, {} records replayed",
             counts.records, seconds, static_cast<double>(counts.records) / seconds, counts.transactions, counts.epochs, counts.acquired,
             counts.replayed_records);
  if (counts.dropped > 0) fmt::print(stderr, "; uncommitted work was dropped {} times", counts.dropped);
  fmt::print(stderr, "\n");
  if (counts.epochs > 0) fmt::print(stderr, "{}\n", log_cost_text(counts.log, counts.transactions, counts.epochs, counts.elapsed_ns));
}

// Brokers may start after the job does: tried for about a minute, since each try waits for them by itself.
Result<std::unique_ptr<KafkaRun>> open_on_topics(const JobFile& file, const KafkaRun::Options& options) {
  constexpr int kTriesMax = 6;
  constexpr std::int64_t kPauseMs = 1000;
  for (int tries = 1;; ++tries) {
    auto run = KafkaRun::open(file, options);
    if (run || run.error().retry == Retry::kNever || tries == kTriesMax || stop_asked.load()) return run;
    if (tries == 1) fmt::print(stderr, "{}; tried again for a minute\n", run.error().text);
    SystemClock().sleep_ms(kPauseMs);
  }
}

Result<std::vector<AcceptedGap>> accepted_gaps(const RunOptions& options) {
  std::vector<AcceptedGap> accepted;
  std::vector<std::string> problems;
  for (const std::string& text : options.gaps) {
    Result<AcceptedGap> gap = parse_range(text);
    if (!gap) {
      problems.push_back(fmt::format("--accept-gap {}", gap.error().text));
      continue;
    }
    gap->reason = options.reason;
    accepted.push_back(std::move(*gap));
  }
  const bool has_reason = options.reason.find_first_not_of(' ') != std::string::npos;
  if (!options.gaps.empty() && !has_reason)
    problems.emplace_back("--accept-gap: say why with --reason TEXT; the log keeps it, and `reckoner verify` and `reckoner lag` show it");
  if (options.gaps.empty() && has_reason) problems.emplace_back("--reason: it is that of --accept-gap TOPIC/PARTITION:FROM-TO, which is not there");
  if (problems.empty()) return accepted;
  return fail(ErrorKind::kConfiguration, fmt::format("{}", fmt::join(problems, "\n")));
}

int run_on_topics(const JobFile& file, const RunOptions& options) {
  const auto every = parse_duration(options.status_every);
  if (!every || *every < 0) {
    fmt::print(stderr, "--status-every {}: write a duration, as 10s, or 0s for none\n", options.status_every);
    return static_cast<int>(ExitCode::kUsage);
  }
  auto accepted = accepted_gaps(options);
  if (!accepted) {
    fmt::print(stderr, "{}\n", accepted.error().text);
    return static_cast<int>(ExitCode::kUsage);
  }
  auto run = open_on_topics(file, {options.until_end, options.quiet ? 0 : *every, std::move(*accepted), options.trace});
  if (!run) return report_error(run.error());
  const auto ran = (*run)->run(stop_asked);
  if (!ran) return report_error(ran.error());
  if (options.quiet) return 0;
  (*run)->print_decoding();
  print_kafka_report((*run)->counts());
  return 0;
}

int run_job(const RunOptions& options) {
  std::signal(SIGINT, on_signal);  // before the lock is taken: who sees it may send one
  std::signal(SIGTERM, on_signal);
  auto file = load_job_file(options.job);
  if (!file) return report_error(file.error());
  if (file->is_kafka()) return run_on_topics(*file, options);
  if (!options.gaps.empty() || !options.reason.empty()) {
    fmt::print(stderr, "--accept-gap and --reason: they are for jobs on topics; what is gone of a file is restored from a copy\n");
    return static_cast<int>(ExitCode::kUsage);
  }
  if (!options.trace.empty()) {
    fmt::print(stderr, "--trace: it is for jobs on topics; a job on files has no transactions whose times it would tell, so leave it out\n");
    return static_cast<int>(ExitCode::kUsage);
  }
  auto wired = open_job(std::move(*file), options.until_end);
  if (!wired) return report_error(wired.error());
  for (const std::string& warning : wired->warnings) fmt::print(stderr, "warning: {}\n", warning);
  ProgressLine line(*wired->job, *wired->ground.files);
  if (!options.quiet) wired->job->on_progress([&line](const JobProgress& progress) { line.show(progress); });
  const auto ran = wired->job->run(stop_asked);
  line.clear();
  if (!ran) return report_error(ran.error());
  if (const auto published = wired->local_log->publish(); !published) return report_error(published.error());
  if (!options.quiet) print_run_report(*wired);
  return 0;
}

}  // namespace

void add_run_command(Command& program) {
  auto options = std::make_shared<RunOptions>();
  Command run = program.add_command("run", "Run a job: reckoner run examples/seed/job.yaml --until-end");
  add_job_options(run, options->job);
  run.flag("--until-end", options->until_end, "Take what is there now as all there is, and stop after it");
  run.flag("-q,--quiet", options->quiet, "No report at the end, and no status");
  run.option("--status-every", options->status_every, "Of a job on topics: how often to say how it is getting on; 0s = never").with_default_shown();
  run.option("--accept-gap", options->gaps, "Of a job on topics: TOPIC/PARTITION:FROM-TO, offsets that are gone and that it goes on without");
  run.option("--reason", options->reason, "Why, for the job's log");
  run.option("--trace", options->trace, "Of a job on topics: a file for when records were read and transactions began and ended");
  run.when_asked_for([options] { return run_job(*options); });
}

}  // namespace reckoner
