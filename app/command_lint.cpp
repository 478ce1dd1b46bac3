#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "app/commands.hpp"
#include "app/exit_code.hpp"
#include "app/job_options.hpp"
#include "app/job_wiring.hpp"

namespace reckoner {

namespace {

constexpr std::string_view kRuleSetFile = "ruleset.yaml";

// The folder, when the argument is a rule set: the folder itself or its main file. "" = a job file.
std::string rule_set_folder(const std::string& argument) {
  const std::filesystem::path path(argument);
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return argument;
  if (path.filename() != kRuleSetFile) return {};
  return path.has_parent_path() ? path.parent_path().string() : ".";
}

void print_summary(const Plan& plan) {
  std::size_t facts = 0;
  std::size_t totals = 0;
  std::size_t scores = 0;
  std::size_t rules = 0;
  for (const KeyPlan& key : plan.keys) {
    facts += key.facts.size();
    totals += key.totals.size();
    scores += key.scores.size();
    rules += key.rules.size();
  }
  fmt::print("rule set {} version {}, hash {:016x}: {} inputs, {} keys, {} facts, {} totals, {} scores, {} rules; nothing to mend\n", plan.rule_set,
             plan.version, plan.hash, plan.inputs.size(), plan.keys.size(), facts, totals, scores, rules);
}

int lint(const JobOptions& options) {
  if (const std::string folder = rule_set_folder(options.job); !folder.empty()) {
    const auto plan = load_plan(folder);
    if (!plan) return report_error(plan.error());
    print_summary(**plan);
    return 0;
  }
  const auto file = load_job_file(options);
  if (!file) return report_error(file.error());
  const auto plan = load_plan(*file);
  if (!plan) return report_error(plan.error());
  if (const auto checked = check_inputs(*file, **plan); !checked) return report_error(checked.error());
  print_summary(**plan);
  return 0;
}

}  // namespace

void add_lint_command(CLI::App& app, CommandAction& action) {
  auto options = std::make_shared<JobOptions>();
  CLI::App* command = app.add_subcommand("lint", "Every problem of a rule set, or of a job and its rule set; nothing is started");
  command->add_option("RULESET_OR_JOB", options->job, "Folder of a rule set, or a job file")->required();
  add_set_option(*command, options->overrides);
  command->callback([&action, options] { action = [options] { return lint(*options); }; });
}

}  // namespace reckoner
