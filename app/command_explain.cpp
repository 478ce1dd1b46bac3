#include <fmt/format.h>

#include <memory>

#include "app/command_line.hpp"
#include "app/commands.hpp"
#include "app/environment_option.hpp"
#include "app/exit_code.hpp"
#include "app/rule_explanation.hpp"
#include "app/rule_set_path.hpp"
#include "rules/load.hpp"
#include "rules/reference_pages.hpp"

namespace reckoner {

namespace {

struct ExplainOptions {
  std::string path;
  std::string rule;
  std::string environment;
};

// Rules of the folder that are asked for: by id, those of one file, or all.
Result<std::vector<std::string>> wanted_rules(const RuleSetNames& names, const RuleSetPath& place, const std::string& asked) {
  std::vector<std::string> all;
  std::vector<std::string> wanted;
  for (const FactNames& group : names.groups) {
    if (group.owner != FactOwner::kRule) continue;
    all.push_back(group.name);
    const bool in_file = place.file.empty() || place.file == kRuleSetFile || place.file == group.place.file;
    if (asked.empty() ? in_file : asked == group.name) wanted.push_back(group.name);
  }
  if (wanted.empty())
    return fail(ErrorKind::kConfiguration, asked.empty() ? fmt::format("{}: there is no rule in it", place.file)
                                                         : fmt::format("no rule has the id '{}'; {}", asked, name_advice(asked, all)));
  return wanted;
}

int explain(const ExplainOptions& options) {
  const auto place = find_rule_set(options.path);
  if (!place) return report_error(place.error());
  const LoadResult loaded = load_rule_set(place->folder, options.environment);
  if (!loaded.plan) {
    for (const Diagnostic& finding : loaded.diagnostics) fmt::print(stderr, "{}\n", to_text_with_line(finding, place->folder));
    return static_cast<int>(ExitCode::kConfiguration);
  }
  const auto rules = wanted_rules(loaded.names, *place, options.rule);
  if (!rules) return report_error(rules.error());
  for (std::size_t i = 0; i < rules->size(); ++i) fmt::print("{}{}", i == 0 ? "" : "\n", explain_rule(*loaded.plan, loaded.names, (*rules)[i]));
  return 0;
}

int explain_code(const std::string& asked) {
  std::vector<std::string> names;
  for (const DiagnosticInfo& info : diagnostic_table()) {
    if (asked.empty()) fmt::print("{:<22} {:<8} {}\n", info.name, to_text(info.level), info.summary);
    if (info.name == asked) {
      fmt::print("{}", code_text(info));
      return 0;
    }
    names.emplace_back(info.name);
  }
  if (asked.empty()) return 0;
  return report_error({ErrorKind::kConfiguration, Retry::kNever, fmt::format("no finding has the code '{}'; {}", asked, name_advice(asked, names))});
}

}  // namespace

void add_explain_commands(Command& program) {
  auto options = std::make_shared<ExplainOptions>();
  Command command = program.add_command("explain", "Rules in plain words, and what they cost: reckoner explain examples/card-fraud VEL-01");
  command.option("PATH", options->path, "Folder of a rule set, or a rule's file").required();
  command.option("RULE", options->rule, "Id of one rule; otherwise all of them");
  add_environment_option(command, options->environment);
  command.when_asked_for([options] { return explain(*options); });
  auto code = std::make_shared<std::string>();
  Command codes = program.add_command("explain-code", "What a finding of lint means: reckoner explain-code unknown-field");
  codes.option("CODE", *code, "In brackets at the end of a finding; otherwise all of them");
  codes.when_asked_for([code] { return explain_code(*code); });
}

}  // namespace reckoner
