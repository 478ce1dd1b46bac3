#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "app/command_line.hpp"
#include "app/commands.hpp"
#include "app/environment_option.hpp"
#include "app/exit_code.hpp"
#include "app/rule_set_path.hpp"
#include "rules/rule_texts.hpp"

namespace reckoner {

namespace {

struct RulesOptions {
  std::string path;
  std::vector<std::string> rules;
  std::string environment;
  bool resolved = false;
};

// Those that are asked for by id; otherwise those of the file, or all of the folder.
Result<std::vector<const RuleText*>> wanted_rules(const std::vector<RuleText>& rules, const RuleSetPath& place,
                                                  const std::vector<std::string>& asked) {
  std::vector<std::string> ids;
  std::vector<const RuleText*> wanted;
  for (const RuleText& rule : rules) {
    ids.push_back(rule.id);
    const bool in_file = place.file.empty() || place.file == kRuleSetFile || place.file == rule.file;
    if (asked.empty() ? in_file : std::find(asked.begin(), asked.end(), rule.id) != asked.end()) wanted.push_back(&rule);
  }
  for (const std::string& id : asked) {
    if (std::find(ids.begin(), ids.end(), id) == ids.end())
      return fail(ErrorKind::kConfiguration, fmt::format("no rule has the id '{}'; {}", id, name_advice(id, ids)));
  }
  if (wanted.empty())
    return fail(ErrorKind::kConfiguration, fmt::format("{}: there is no rule in it", place.file.empty() ? place.folder : place.file));
  return wanted;
}

int show(const RulesOptions& options) {
  const auto place = find_rule_set(options.path);
  if (!place) return report_error(place.error());
  const RuleTexts texts = options.resolved ? resolved_rules(place->folder, options.environment) : written_rules(place->folder);
  if (!texts.diagnostics.empty()) {
    for (const Diagnostic& finding : texts.diagnostics) fmt::print(stderr, "{}\n", to_text_with_line(finding, place->folder));
    return static_cast<int>(ExitCode::kConfiguration);
  }
  const auto wanted = wanted_rules(texts.rules, *place, options.rules);
  if (!wanted) return report_error(wanted.error());
  for (std::size_t i = 0; i < wanted->size(); ++i) fmt::print("{}{}", i == 0 ? "" : "---\n", (*wanted)[i]->text);
  return 0;
}

}  // namespace

void add_rules_command(Command& program) {
  auto options = std::make_shared<RulesOptions>();
  Command rules = program.add_command("rules", "Rules of a rule set");
  rules.require_command();
  Command command = rules.add_command("show", "Rules as YAML: reckoner rules show examples/card-fraud STR-01 --resolved");
  command.option("PATH", options->path, "Folder of a rule set, or a rule's file").required();
  command.option("RULE", options->rules, "Ids of rules; otherwise all of them");
  const Argument resolved = command.flag("--resolved", options->resolved, "As it is in the end: macros and parameters filled in, defaults stated");
  add_environment_option(command, options->environment).needs(resolved);
  command.when_asked_for([options] { return show(*options); });
}

}  // namespace reckoner
