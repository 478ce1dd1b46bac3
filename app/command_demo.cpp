#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>

#include "app/child_process.hpp"
#include "app/command_line.hpp"
#include "app/commands.hpp"
#include "app/demo_data.hpp"
#include "app/demo_report.hpp"
#include "app/exit_code.hpp"
#include "app/job_opening.hpp"
#include "app/people_text.hpp"
#include "app/progress_line.hpp"
#include "connectors/local_commit_log.hpp"
#include "connectors/posix_files.hpp"

namespace reckoner {

namespace {

constexpr double kKilledAtShare = 0.5;  // of the input

struct DemoOptions {
  std::string directory = "out/demo";
  std::string job = "examples/card-fraud/job.yaml";
  bool is_victim = false;
};

struct RunResult {
  JobReport report;
  std::vector<Conservation> found;  // by input, in the order of the rule set
};

std::string outputs_directory(const DemoOptions& options, const std::string& name) { return join_path(join_path(options.directory, name), "out"); }

std::vector<std::string> settings_of(const DemoOptions& options, const std::string& name) {
  std::vector<std::string> settings = {"outputs.dir=" + outputs_directory(options, name),
                                       "state.dir=" + join_path(join_path(options.directory, name), "state"), "epoch.time=250ms",
                                       "checkpoint.every=1s"};
  for (const std::string_view input : kDemoInputs)
    settings.push_back(fmt::format("inputs.{}.files={}", input, join_path(demo_data_directory(options.directory), fmt::format("{}.jsonl", input))));
  return settings;
}

// Runs the job to its end, or until it kills itself without a word.
Result<RunResult> run_job(const DemoOptions& options, const std::string& name, bool is_victim) {
  auto file = JobFile::load(options.job, settings_of(options, name), reckoner_environment());
  if (!file) return std::unexpected(file.error());
  auto wired = open_job(std::move(*file), true);
  if (!wired) return std::unexpected(wired.error());
  Job& job = *wired->job;
  ProgressLine line(job, *wired->ground.files);
  job.on_progress([&](const JobProgress& progress) {
    line.show(progress);
    if (is_victim && share_read(job.reader(), *wired->ground.files).value_or(1) >= kKilledAtShare) kill(getpid(), SIGKILL);
  });
  const std::atomic<bool> stop{false};
  if (const auto ran = job.run(stop); !ran) return std::unexpected(ran.error());
  if (const auto published = wired->local_log->publish(); !published) return std::unexpected(published.error());
  RunResult result{job.report(), std::vector<Conservation>(read_inputs(*wired->plan))};
  for (const PartitionProgress& partition : job.reader().progress()) {
    Conservation& sum = result.found[partition.id.input];
    sum.read += partition.counts.read;
    for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) sum.records[bucket] += partition.counts.records[bucket];
  }
  return result;
}

// The same job in a process of its own, which kills itself half-way.
Result<void> run_victim(const DemoOptions& options) {
  std::fflush(stdout);
  auto child = ChildProcess::start({"demo", "--victim", "--dir", options.directory, "--job", options.job});
  if (!child) return std::unexpected(child.error());
  const int code = child->wait();
  if (isatty(STDERR_FILENO) == 1) fmt::print(stderr, "\r\033[K");
  if (code != 128 + SIGKILL) return fail(ErrorKind::kInternal, fmt::format("the run to be killed ended with {}; its message is above", code));
  fmt::print("A run of {} killed itself with SIGKILL at half of the input\n", options.job);
  return {};
}

Result<bool> demonstrate(const DemoOptions& options) {
  PosixFiles files;
  const auto counts = make_demo_data(files, options.directory);
  if (!counts) return std::unexpected(counts.error());
  if (const auto killed = run_victim(options); !killed) return std::unexpected(killed.error());
  const auto resumed = run_job(options, "killed", false);
  if (!resumed) return std::unexpected(resumed.error());
  fmt::print("Started again, it took its state back, repeated {} records of {} epochs since, and went on with the other {}\n",
             with_commas(resumed->report.replayed_records), resumed->report.replayed_epochs, with_commas(resumed->report.records));
  const auto unbroken = run_job(options, "unbroken", false);
  if (!unbroken) return std::unexpected(unbroken.error());
  const auto found = digest_of_outputs(rows_of_files(files, outputs_directory(options, "killed")));
  if (!found) return std::unexpected(found.error());
  const auto expected = digest_of_outputs(rows_of_files(files, outputs_directory(options, "unbroken")));
  if (!expected) return std::unexpected(expected.error());

  fmt::print("\n");
  const std::string outputs = outputs_directory(options, "killed");
  const DemoFacts facts{demo_data_directory(options.directory), rows_of_files(files, outputs), *counts, CardFraudSettings{}.accounts, resumed->found};
  const auto as_planted = print_demo_report(files, facts);
  if (!as_planted) return std::unexpected(as_planted.error());
  const double seconds = static_cast<double>(unbroken->report.elapsed_ns) / 1e9;
  fmt::print("\nrate: {} rows/s, the unbroken run's\n",
             with_commas(static_cast<std::uint64_t>(static_cast<double>(unbroken->report.records) / seconds)));
  fmt::print("same digest as an unbroken run: {}\n", *found == *expected ? "yes" : "NO");
  fmt::print(
      "\nTry next:\n"
      "  change a threshold in examples/card-fraud/rules/ and run make demo again\n"
      "  look into {}: totals, scores, alerts, what was late, what was rejected and why\n"
      "  read \"Writing a rule\" in README.md\n",
      outputs);
  return *as_planted && *found == *expected;
}

int run_demo(const DemoOptions& options) {
  if (options.is_victim) {
    const auto survived = run_job(options, "killed", true);
    return survived ? static_cast<int>(ExitCode::kOk) : report_error(survived.error());
  }
  const auto good = demonstrate(options);
  if (!good) return report_error(good.error());
  return static_cast<int>(*good ? ExitCode::kOk : ExitCode::kInternal);
}

}  // namespace

void add_demo_command(Command& program) {
  auto options = std::make_shared<DemoOptions>();
  Command demo = program.add_command("demo", "Generate events, find fraud, be killed half-way, and end with the same results");
  demo.option("--dir", options->directory, "Where its files go; what is there is removed").with_default_shown();
  demo.option("--job", options->job, "The card-fraud example's job file").with_default_shown();
  demo.flag("--victim", options->is_victim).hidden();  // the run that is killed; not for people
  demo.when_asked_for([options] { return run_demo(*options); });
}

}  // namespace reckoner
