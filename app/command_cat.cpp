#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>

#include "app/command_line.hpp"
#include "app/commands.hpp"
#include "app/committed_outputs.hpp"
#include "app/exit_code.hpp"
#include "app/job_options.hpp"
#include "app/job_wiring.hpp"
#include "app/topic_output.hpp"
#include "connectors/committed_merge.hpp"
#include "connectors/posix_files.hpp"
#include "connectors/system_clock.hpp"
#include "rules/diagnostic.hpp"

namespace reckoner {

namespace {

constexpr std::int64_t kFollowPauseMs = 200;

struct CatOptions {
  std::string where;
  std::string output;
  std::vector<std::string> overrides;
  bool follow = false;
};

Result<void> print_row(std::string_view row) {
  const bool whole = std::fwrite(row.data(), 1, row.size(), stdout) == row.size() && std::fputc('\n', stdout) != EOF;
  if (whole) return {};
  return fail(ErrorKind::kExternal, fmt::format("standard output: {}", std::strerror(errno)));
}

// Prints what `read` gives to print_row(), once, or on and on.
Result<void> print_all(bool follow, const std::function<Result<void>()>& read) {
  SystemClock clock;
  for (;;) {
    if (Result<void> printed = read(); !printed) return printed;
    if (std::fflush(stdout) != 0) return fail(ErrorKind::kExternal, fmt::format("standard output: {}", std::strerror(errno)));
    if (!follow) return {};
    clock.sleep_ms(kFollowPauseMs);
  }
}

Result<void> print_topic(JobFile file, const CatOptions& options) {
  const std::vector<std::string> names = output_names();
  const auto named = std::find(names.begin(), names.end(), options.output);
  if (named == names.end()) {
    return fail(ErrorKind::kConfiguration,
                fmt::format("{}: there is no output '{}'; {}", options.where, options.output,
                            options.output.empty() ? fmt::format("name one of {}", fmt::join(names, ", ")) : name_advice(options.output, names)));
  }
  const auto job = look_at_topics(std::move(file));
  if (!job) return std::unexpected(job.error());
  TopicOutput output(*job, static_cast<OutputId>(named - names.begin()));
  return print_all(options.follow, [&] { return output.read(print_row); });
}

Result<void> print_files(const CatOptions& options) {
  PosixFiles files;
  const auto place = find_output(options.where, options.output, options.overrides);
  if (!place) return std::unexpected(place.error());
  CommittedMerge merge(files, place->directory, place->output);
  return print_all(options.follow, [&]() -> Result<void> {
    const auto state = committed_at(files, *place);
    if (!state) return std::unexpected(state.error());
    return merge.read(*state, print_row);
  });
}

// A job on topics is known by its job file alone.
Result<void> print_output(const CatOptions& options) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(options.where, ignored)) {
    auto file = load_job_file({options.where, options.overrides});
    if (!file) return std::unexpected(file.error());
    if (file->is_kafka()) return print_topic(std::move(*file), options);
  }
  return print_files(options);
}

}  // namespace

void add_cat_command(Command& program) {
  auto options = std::make_shared<CatOptions>();
  Command cat =
      program.add_command("cat", "The committed rows of an output, all shards in event-time order: reckoner cat out/alerts, reckoner cat JOB alerts");
  cat.option("WHERE", options->where, "Outputs directory or job file; or DIRECTORY/OUTPUT").required();
  cat.option("OUTPUT", options->output, "Name of the output");
  add_set_option(cat, options->overrides);
  cat.flag("-f,--follow", options->follow, "Go on with rows as they are committed, until interrupted");
  cat.when_asked_for([options] {
    const auto printed = print_output(*options);
    return printed ? 0 : report_error(printed.error());
  });
}

}  // namespace reckoner
