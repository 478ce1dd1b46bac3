#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>

#include "app/command_line.hpp"
#include "app/commands.hpp"
#include "app/environment_option.hpp"
#include "app/exit_code.hpp"
#include "app/file_stamps.hpp"
#include "app/rule_set_path.hpp"
#include "app/test_session.hpp"
#include "connectors/system_clock.hpp"

namespace reckoner {

namespace {

struct TestOptions {
  std::vector<std::string> paths;
  std::string filter;
  std::string junit;
  std::string environment;
  bool update = false;
  bool watch = false;
};

constexpr std::int64_t kWatchEveryMs = 200;

struct Totals {
  std::size_t passed = 0;
  std::size_t failed = 0;
  std::size_t broken = 0;  // rule sets with findings
};

void print_session(const TestSession& session, Totals& totals) {
  fmt::print("{}", session.findings);
  totals.broken += session.findings.empty() ? 0U : 1U;
  for (std::size_t i = 0; i < session.result.verdicts.size(); ++i) {
    const bool passed = session.result.verdicts[i].passed();
    (passed ? totals.passed : totals.failed) += 1;
    if (!passed) fmt::print("{}\n", session.result.failure_texts[i]);
    if (passed) fmt::print("{}", limits_text(session.result.folder, session.result.verdicts[i]));
  }
  if (session.coverage.empty()) return;
  fmt::print("{}: {}\n", session.result.folder, session.coverage);
  for (const std::string& line : session.uncovered) fmt::print("  no test: {}\n", line);
}

// Folder -> test files that were asked for; all when there are none.
Result<std::map<std::string, std::vector<std::string>>> folders_of(const std::vector<std::string>& paths) {
  std::map<std::string, std::vector<std::string>> folders;
  std::vector<std::string> whole;
  for (const std::string& path : paths) {
    const auto place = find_rule_set(path);
    if (!place) return std::unexpected(place.error());
    std::vector<std::string>& files = folders[place->folder];
    if (place->file.empty() || place->file == kRuleSetFile)
      whole.push_back(place->folder);
    else
      files.push_back(test_file_of(place->file));
  }
  for (const std::string& folder : whole) folders[folder].clear();
  return folders;
}

int run_once(const TestOptions& options) {
  const auto folders = folders_of(options.paths);
  if (!folders) return report_error(folders.error());
  SystemClock clock;
  const std::int64_t began = clock.monotonic_ns();
  Totals totals;
  std::vector<TestSession> sessions;
  for (const auto& [folder, files] : *folders) {
    auto session = run_tests(folder, {files, options.filter, options.environment}, clock);
    if (!session) return report_error(session.error());
    print_session(*session, totals);
    sessions.push_back(std::move(*session));
  }
  const std::int64_t elapsed_ms = (clock.monotonic_ns() - began) / 1'000'000;
  std::size_t updated = 0;
  std::vector<TestFolderResult> results;
  for (TestSession& session : sessions) {
    if (options.update) {
      updated += session.edits.size();
      if (const auto written = write_edits(session.result.folder, std::move(session.edits)); !written) return report_error(written.error());
    }
    results.push_back(std::move(session.result));
  }
  if (!options.junit.empty()) {
    std::ofstream file(options.junit, std::ios::binary);
    file << junit_text(results) << std::flush;
    if (!file) return report_error({ErrorKind::kExternal, Retry::kLater, fmt::format("{}: cannot write it", options.junit)});
  }
  if (totals.broken > 0) return static_cast<int>(ExitCode::kConfiguration);
  if (totals.passed + totals.failed == 0) {
    fmt::print(stderr, "no test {}; tests stand in rules/NAME.test.yaml and tests/*.yaml of a rule set\n",
               options.filter.empty() ? "is there" : fmt::format("fits --filter {}", options.filter));
    return static_cast<int>(ExitCode::kConfiguration);
  }
  fmt::print("{} passed, {} failed, in {} ms\n", totals.passed, totals.failed, elapsed_ms);
  if (updated > 0) fmt::print("{} expectations were rewritten: read them before you keep them\n", updated);
  return totals.failed == 0 || options.update ? 0 : static_cast<int>(ExitCode::kFindings);
}

// Runs again whenever a file of a rule set changes, until the process is ended.
int watch(const TestOptions& options) {
  SystemClock clock;
  for (;;) {
    const auto folders = folders_of(options.paths);
    std::vector<std::string> watched;
    if (folders) {
      for (const auto& [folder, files] : *folders) watched.push_back(folder);
    }
    const FileStamps before = file_stamps(watched);
    const int code = run_once(options);
    if (!folders) return code;
    fmt::print("waiting for a change, end with Ctrl-C\n\n");
    std::fflush(stdout);
    while (file_stamps(watched) == before) clock.sleep_ms(kWatchEveryMs);
  }
}

}  // namespace

void add_test_command(Command& program) {
  auto options = std::make_shared<TestOptions>();
  Command command = program.add_command("test", "Run the tests of rule sets, in virtual time: reckoner test examples/card-fraud");
  command.option("PATH", options->paths, "Folder of a rule set, a rule's file or a file of tests").required();
  command.option("--filter", options->filter, "Only tests whose \"file: name\" has this in it");
  command.option("--junit", options->junit, "Also write a report in the form of JUnit to this file");
  add_environment_option(command, options->environment);
  command.flag("--update", options->update, "Write what came out into the tests that failed");
  command.flag("--watch", options->watch, "Run again whenever a file changes");
  command.when_asked_for([options] { return options->watch ? watch(*options) : run_once(*options); });
}

}  // namespace reckoner
