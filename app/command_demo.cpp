#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "app/child_process.hpp"
#include "app/commands.hpp"
#include "app/exit_code.hpp"
#include "app/generate_seed.hpp"
#include "app/job_wiring.hpp"
#include "connectors/committed_reader.hpp"
#include "connectors/posix_files.hpp"
#include "connectors/system_clock.hpp"
#include "engine/checksum.hpp"

namespace reckoner {

namespace {

constexpr std::uint64_t kEvents = 500'000;
constexpr std::uint64_t kAccounts = 50'000;
constexpr std::size_t kAlertsShown = 5;
constexpr std::int64_t kNanosecondsPerMillisecond = 1'000'000;

struct DemoOptions {
  std::string directory = "out/demo";
  std::string job = "examples/seed/job.yaml";
};

std::vector<std::string> run_arguments(const DemoOptions& options, const std::string& name) {
  const std::string base = join_path(options.directory, name);
  return {"run",        options.job,
          "--set",      "inputs.events.files=" + join_path(options.directory, "events.jsonl"),
          "--set",      "outputs.dir=" + join_path(base, "out"),
          "--set",      "state.dir=" + join_path(base, "state"),
          "--set",      "epoch.time=100ms",
          "--set",      "checkpoint.every=200ms",
          "--until-end"};
}

Result<void> write_events(Files& files, const std::string& path) {
  auto file = files.open_append(path);
  if (!file) return std::unexpected(file.error());
  SeedSettings settings;
  settings.events = kEvents;
  settings.accounts = kAccounts;
  settings.seed = 1;
  return generate_seed(settings, [&](std::string_view bytes) { return (*file)->append(bytes); });
}

// Of every committed byte of a run's outputs.
Result<std::uint64_t> digest_of(Files& files, const std::string& outputs) {
  const auto state = committed_from_sidecar(files, outputs);
  if (!state) return std::unexpected(state.error());
  ChecksumStream hash;
  for (const std::string& name : output_names()) {
    for (CommittedRows& rows : committed_rows(files, outputs, *state, name)) {
      for (;;) {
        const auto row = rows.next();
        if (!row) return std::unexpected(row.error());
        if (!*row) break;
        hash.add(**row);
      }
    }
  }
  return hash.value();
}

Result<void> show_alerts(Files& files, const std::string& outputs) {
  const auto state = committed_from_sidecar(files, outputs);
  if (!state) return std::unexpected(state.error());
  fmt::print("\nThe first alerts:\n");
  std::size_t shown = 0;
  for (CommittedRows& rows : committed_rows(files, outputs, *state, "alerts")) {
    while (shown < kAlertsShown) {
      const auto row = rows.next();
      if (!row) return std::unexpected(row.error());
      if (!*row) break;
      fmt::print("  {}\n", **row);
      ++shown;
    }
  }
  return {};
}

Result<void> finish(const std::vector<std::string>& arguments) {
  auto child = ChildProcess::start(arguments);
  if (!child) return std::unexpected(child.error());
  if (const int code = child->wait(); code != 0) return fail(ErrorKind::kInternal, fmt::format("the run ended with {}; its message is above", code));
  return {};
}

Result<bool> demonstrate(const DemoOptions& options) {
  PosixFiles files;
  SystemClock clock;
  std::error_code ignored;
  std::filesystem::remove_all(options.directory, ignored);
  if (const auto made = files.make_directories(options.directory); !made) return std::unexpected(made.error());
  fmt::print("Generating {} events of {} accounts, with fraud planted, in {}\n", kEvents, kAccounts, options.directory);
  if (const auto written = write_events(files, join_path(options.directory, "events.jsonl")); !written) return std::unexpected(written.error());

  fmt::print("\nAn unbroken run:\n\n");
  std::fflush(stdout);
  const std::int64_t began = clock.monotonic_ns();
  if (const auto done = finish(run_arguments(options, "unbroken")); !done) return std::unexpected(done.error());
  const std::int64_t whole_ms = (clock.monotonic_ns() - began) / kNanosecondsPerMillisecond;

  auto victim = ChildProcess::start(run_arguments(options, "killed"));
  if (!victim) return std::unexpected(victim.error());
  const bool killed = victim->kill_after(std::max<std::int64_t>(whole_ms / 2, 1));
  fmt::print("\nA second run was {} in the middle; starting it again:\n\n", killed ? "killed with SIGKILL" : "too fast to be killed");
  std::fflush(stdout);
  if (const auto done = finish(run_arguments(options, "killed")); !done) return std::unexpected(done.error());

  const std::string outputs = join_path(join_path(options.directory, "killed"), "out");
  const auto expected = digest_of(files, join_path(join_path(options.directory, "unbroken"), "out"));
  if (!expected) return std::unexpected(expected.error());
  const auto found = digest_of(files, outputs);
  if (!found) return std::unexpected(found.error());
  if (const auto shown = show_alerts(files, outputs); !shown) return std::unexpected(shown.error());
  fmt::print("\nsame digest as an unbroken run: {}\n", *expected == *found ? "yes" : "NO");
  fmt::print("\nNext: edit a threshold in examples/seed/rules/ and run it again, or read README.md on writing a rule.\n");
  return *expected == *found;
}

int run_demo(const DemoOptions& options) {
  const auto same = demonstrate(options);
  if (!same) return report_error(same.error());
  return static_cast<int>(*same ? ExitCode::kOk : ExitCode::kInternal);
}

}  // namespace

void add_demo_command(CLI::App& app, CommandAction& action) {
  auto options = std::make_shared<DemoOptions>();
  CLI::App* demo = app.add_subcommand("demo", "Generate events, find fraud, be killed half-way, and end with the same results");
  demo->add_option("--dir", options->directory, "Where its files go; what is there is removed")->capture_default_str();
  demo->add_option("--job", options->job, "The seed workload's job file")->capture_default_str();
  demo->callback([&action, options] { action = [options] { return run_demo(*options); }; });
}

}  // namespace reckoner
