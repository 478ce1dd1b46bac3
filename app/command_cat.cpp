#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "app/commands.hpp"
#include "app/committed_outputs.hpp"
#include "app/exit_code.hpp"
#include "app/job_options.hpp"
#include "connectors/committed_merge.hpp"
#include "connectors/posix_files.hpp"
#include "connectors/system_clock.hpp"

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

Result<void> print_output(const CatOptions& options) {
  PosixFiles files;
  SystemClock clock;
  const auto place = find_output(options.where, options.output, options.overrides);
  if (!place) return std::unexpected(place.error());
  CommittedMerge merge(files, place->directory, place->output);
  for (;;) {
    const auto state = committed_at(files, *place);
    if (!state) return std::unexpected(state.error());
    if (Result<void> printed = merge.read(*state, print_row); !printed) return printed;
    if (std::fflush(stdout) != 0) return fail(ErrorKind::kExternal, fmt::format("standard output: {}", std::strerror(errno)));
    if (!options.follow) return {};
    clock.sleep_ms(kFollowPauseMs);
  }
}

}  // namespace

void add_cat_command(CLI::App& app, CommandAction& action) {
  auto options = std::make_shared<CatOptions>();
  CLI::App* cat = app.add_subcommand("cat", "The committed rows of an output, all shards in event-time order: reckoner cat out/alerts");
  cat->add_option("WHERE", options->where, "Outputs directory or job file; or DIRECTORY/OUTPUT")->required();
  cat->add_option("OUTPUT", options->output, "Name of the output");
  add_set_option(*cat, options->overrides);
  cat->add_flag("-f,--follow", options->follow, "Go on with rows as they are committed, until interrupted");
  cat->callback([&action, options] {
    action = [options] {
      const auto printed = print_output(*options);
      return printed ? 0 : report_error(printed.error());
    };
  });
}

}  // namespace reckoner
