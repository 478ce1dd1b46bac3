#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "app/command_line.hpp"
#include "app/commands.hpp"
#include "app/exit_code.hpp"
#include "app/job_options.hpp"
#include "app/job_wiring.hpp"
#include "connectors/kafka_settings.hpp"

namespace reckoner {

namespace {

std::string shown_values(const std::string& path, const Setting& setting) {
  std::vector<std::string> values = setting.values;
  if (path == "kafka.settings") std::transform(values.begin(), values.end(), values.begin(), shown_setting);
  return fmt::format("{}", fmt::join(values, ","));
}

// Sorted by path, one a line, so that two of these can be compared with diff.
void print_settings(const JobFile& file) {
  std::size_t path_width = 0;
  std::size_t value_width = 0;
  for (const auto& [path, setting] : file.settings()) {
    path_width = std::max(path_width, path.size());
    value_width = std::max(value_width, shown_values(path, setting).size());
  }
  for (const auto& [path, setting] : file.settings()) {
    fmt::print("{:<{}}  {:<{}}  {}\n", path, path_width, shown_values(path, setting), value_width, setting.origin);
  }
}

int show_config(const JobOptions& options) {
  const auto file = load_job_file(options);
  if (!file) return report_error(file.error());
  print_settings(*file);
  const auto plan = load_plan(*file);
  if (!plan) return report_error(plan.error());
  fmt::print("\nrule set {} version {}, hash {:016x}, facts {:016x}\n", (*plan)->rule_set, (*plan)->version, (*plan)->hash, (*plan)->facts_hash);
  if (const auto checked = check_inputs(*file, **plan); !checked) return report_error(checked.error());
  return 0;
}

}  // namespace

void add_config_command(Command& program) {
  auto options = std::make_shared<JobOptions>();
  Command config = program.add_command("config", "Settings of a job");
  config.require_command();
  Command show = config.add_command("show", "Each setting, its value, and where it came from; then the rule set");
  add_job_options(show, *options);
  show.when_asked_for([options] { return show_config(*options); });
}

}  // namespace reckoner
