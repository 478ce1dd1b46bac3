#include "rules/load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/checksum.hpp"
#include "rules/compile.hpp"
#include "rules/derived_inputs.hpp"
#include "rules/doubts.hpp"
#include "rules/environment_findings.hpp"
#include "rules/environments.hpp"
#include "rules/resolved_text.hpp"
#include "rules/rule_set_files.hpp"
#include "rules/rule_set_reader.hpp"

namespace reckoner {

namespace {

// Many files in one, each text in one line: only its size bounds it.
constexpr YamlLimits kResolvedLimits{kResolvedBytesMax, kResolvedBytesMax, kResolvedBytesMax};

// The document with the entries of lists, or of those that calendars are made of, in the place of their files.
YamlNode with_entries(YamlNode document, const RuleSet& rule_set, bool of_calendars_alone = false) {
  const auto is_of_calendar = [&](const ListDefinition& list) {
    return std::any_of(rule_set.calendars.begin(), rule_set.calendars.end(),
                       [&](const CalendarDefinition& calendar) { return calendar.holidays && calendar.holidays->text == "list." + list.name.text; });
  };
  const auto item_of = [](YamlNode& map, std::string_view key) {
    const auto found = std::find_if(map.keys.begin(), map.keys.end(), [&](const YamlNode& one) { return one.text == key; });
    return map.items.begin() + (found - map.keys.begin());
  };
  for (const ListDefinition& list : rule_set.lists) {
    if (list.file_text == nullptr || (of_calendars_alone && !is_of_calendar(list))) continue;
    YamlNode& written = *item_of(*item_of(document, "lists"), list.name.text);
    const auto file = item_of(written, "file");
    written.keys[static_cast<std::size_t>(file - written.items.begin())].text = "entries";
    file->text = list.file_text->text();
    file->style = ScalarStyle::kDoubleQuoted;
  }
  return document;
}

// The document with the time zones that it uses.
YamlNode with_zones(YamlNode document, const TimeZones& zones) {
  if (zones.zones().empty()) return document;
  const auto scalar = [](std::string text) {
    YamlNode node;
    node.kind = YamlKind::kScalar;
    node.style = ScalarStyle::kDoubleQuoted;
    node.text = std::move(text);
    return node;
  };
  YamlNode map;
  map.kind = YamlKind::kMap;
  for (const auto& [name, zone] : zones.zones()) {
    map.keys.push_back(scalar(name));
    map.items.push_back(scalar(zone->text()));
  }
  const auto found = std::find_if(document.keys.begin(), document.keys.end(), [](const YamlNode& key) { return key.text == "time_zones"; });
  if (found != document.keys.end()) {
    document.items[static_cast<std::size_t>(found - document.keys.begin())] = std::move(map);
  } else {
    document.keys.push_back(scalar("time_zones"));
    document.items.push_back(std::move(map));
  }
  return document;
}

bool has_errors(const std::vector<Diagnostic>& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& one) { return diagnostic_info(one.code).level == DiagnosticLevel::kError; });
}

class Loader {
 public:
  explicit Loader(std::string environment = {}, bool warnings = false) : environment_(std::move(environment)), warnings_(warnings) {}

  LoadResult load_folder(const std::filesystem::path& directory) {
    files_.read_folder(directory);
    if (warnings_) files_.read_tests();
    return finish();
  }

  LoadResult load_text(std::string_view text, std::string name) {
    files_.read_text(text, std::move(name), kResolvedLimits);
    return finish();
  }

 private:
  LoadResult finish() {
    const std::vector<std::string> environments = look_at_environments();
    LoadResult result = environment_.empty() ? compiled(files_.trees()) : compiled_in(environment_);
    const bool others_too = warnings_ && environment_.empty();
    if (others_too || (!environment_.empty() && (warnings_ || has_errors(result.diagnostics)))) tell_apart(result, environments);
    if (has_errors(result.diagnostics)) {
      result.plan.reset();
      std::erase_if(result.diagnostics, [](const Diagnostic& one) { return diagnostic_info(one.code).level == DiagnosticLevel::kWarning; });
    }
    if (result.plan && warnings_) {
      for (Diagnostic& doubt : idle_overrides_.take_sorted()) result.diagnostics.push_back(std::move(doubt));
      sort_diagnostics(result.diagnostics);
    }
    result.environments = environments;
    return result;
  }

  // Names in all environments, whichever of them runs; their names. The one that is asked for is forgotten when it is none of them.
  std::vector<std::string> look_at_environments() {
    const RuleSetTrees& trees = files_.trees();
    std::vector<std::string> names = environment_names(trees, findings_);
    for (const std::string& name : names) static_cast<void>(in_environment(trees, name, findings_, idle_overrides_));
    if (environment_.empty() || std::find(names.begin(), names.end(), environment_) != names.end()) return names;
    if (trees.document)
      findings_.add_file(trees.document->source->name(), DiagnosticCode::kUnknownEnvironment,
                         fmt::format("no environment is named '{}'", environment_), name_advice(environment_, names));
    environment_.clear();
    return names;
  }

  LoadResult compiled_in(const std::string& environment) {
    Findings told;  // while environments were looked at
    return compiled(in_environment(files_.trees(), environment, told, told));
  }

  // Which findings are those of the rule set as it stands, and which of environments alone.
  void tell_apart(LoadResult& result, const std::vector<std::string>& environments) {
    const bool is_base = environment_.empty();
    EnvironmentFindings told(is_base ? std::move(result.diagnostics) : compiled(files_.trees()).diagnostics);
    for (const std::string& name : environments) {
      if (is_base || name == environment_) told.add(name, is_base ? compiled_in(name).diagnostics : result.diagnostics);
    }
    result.diagnostics = told.take_sorted();
  }

  // Reads and compiles the trees, beside the findings that the files have already.
  LoadResult compiled(const RuleSetTrees& trees) {
    Findings findings = findings_;
    RuleSet rule_set;
    LoadResult result;
    if (trees.document) read_rule_set_document(ValueReader(*trees.document->source, findings), trees.document->root, rule_set);
    for (const SourceTree& rule : trees.rules) read_rule_document(ValueReader(*rule.source, findings), rule.root, rule_set);
    // Without its main file nothing that a rule refers to is known.
    if (trees.document) compile_resolved(*trees.document, trees.rules, rule_set, findings, result);
    if (!findings.empty()) result.plan.reset();
    if (result.plan && warnings_) {
      find_doubts(rule_set, *result.plan, result.names, findings);
      find_untested(rule_set, files_.files_with_tests(), files_.test_texts(), findings);
    }
    result.diagnostics = findings.take_sorted();
    return result;
  }

  void compile_resolved(const SourceTree& document, const std::vector<SourceTree>& rules, RuleSet& rule_set, Findings& findings, LoadResult& result) {
    const std::string& file = document.source->name();
    if (rule_set.totals.empty() && rule_set.scores.empty() && rule_set.rules.empty())
      findings.add_file(file, DiagnosticCode::kNothingToCompute, "the rule set has no totals, scores and rules");
    files_.read_list_files(rule_set, findings);
    add_derived_inputs(rule_set);
    TimeZones zones;
    result.plan = compile(rule_set, zones, findings, result.names);
    result.resolved = resolved_text(with_zones(with_entries(document.root, rule_set), zones), rules);
    if (result.plan) {
      result.plan->hash = checksum(result.resolved);
      result.plan->hash_beside_lists = checksum(resolved_text(with_zones(with_entries(document.root, rule_set, true), zones), rules));
    }
    if (result.resolved.size() > kResolvedBytesMax)
      findings.add_file(file, DiagnosticCode::kTooMany, fmt::format("the rule set has more than {} MiB in all", kResolvedBytesMax >> 20U),
                        "split it into several jobs");
  }

  std::string environment_;  // that runs; empty = the rule set as it stands
  bool warnings_;
  Findings findings_;        // of files and of what environments name
  Findings idle_overrides_;  // warnings
  RuleSetFiles files_{findings_};
};

}  // namespace

LoadResult load_rule_set(const std::string& directory, const std::string& environment) { return Loader(environment).load_folder(directory); }

LoadResult lint_rule_set(const std::string& directory, const std::string& environment) { return Loader(environment, true).load_folder(directory); }

LoadResult load_resolved(std::string_view text, std::string name) { return Loader().load_text(text, std::move(name)); }

}  // namespace reckoner
