#include "rules/rule_texts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "rules/environments.hpp"
#include "rules/filled_texts.hpp"
#include "rules/load.hpp"
#include "rules/map_forms.hpp"
#include "rules/rule_set_files.hpp"
#include "rules/yaml_writer.hpp"

namespace reckoner {

namespace {

// The origin of values that nobody wrote.
const SourceText& defaults() {
  static const SourceText source("default", "");
  return source;
}

YamlNode default_value(YamlNode value) {
  value.origin = &defaults();
  for (YamlNode& item : value.items) item.origin = &defaults();
  return value;
}

YamlNode scalar(std::string text) {
  YamlNode node;
  node.kind = YamlKind::kScalar;
  node.text = std::move(text);
  return node;
}

void state_default(YamlNode& map, std::string_view key, YamlNode value) {
  if (map.find(key) != nullptr) return;
  map.keys.push_back(scalar(std::string(key)));
  map.items.push_back(default_value(std::move(value)));
}

// The rule with its keys in the order of the reference, and with what it leaves out.
YamlNode with_defaults(const YamlNode& rule, const YamlNode& document) {
  YamlNode whole = rule;
  const YamlNode* const evaluation = document.find("evaluation");
  state_default(whole, "evaluation", scalar(evaluation != nullptr ? evaluation->text : std::string("arrival")));
  if (const YamlNode* id = rule.find("id")) state_default(whole, "code", *id);
  for (const std::string_view key : {"missing", "fail"}) state_default(whole, key, scalar(words_of(rule_form(), key).front()));
  YamlNode ordered = whole;
  ordered.keys.clear();
  ordered.items.clear();
  for (const KeyInfo& key : rule_form().keys) {
    const YamlNode* value = whole.find(key.name);
    if (value == nullptr) continue;
    ordered.keys.push_back(scalar(std::string(key.name)));
    ordered.items.push_back(*value);
    if (key.name != "facts") continue;
    for (YamlNode& fact : ordered.items.back().items) {
      for (const std::string_view owned : {"on", "by"}) {
        if (const YamlNode* of_rule = rule.find(owned)) state_default(fact, owned, *of_rule);
      }
    }
  }
  return ordered;
}

// Fills in the texts of one rule and says where its values are from.
class Annotation {
 public:
  Annotation(const FilledTexts& filled, std::string environment) : filled_(filled), environment_(std::move(environment)) {}

  // `told` says that all of the node is an environment's, and that this was said.
  void annotate(YamlNode& map, const MapForm& form, bool told) {
    for (std::size_t i = 0; i < map.items.size(); ++i) {
      const KeyInfo* key = form.find(map.keys[i].text);
      if (key != nullptr) annotate_value(map.items[i], *key, told);
    }
  }

  [[nodiscard]] const YamlComments& comments() const { return comments_; }

 private:
  void annotate_value(YamlNode& value, const KeyInfo& key, bool told) {
    const bool told_here = say_origin(value, told);
    if (key.form == ValueForm::kExpression) return fill(value, filled_.expression(value.text));
    if (key.name == "say") return fill(value, filled_.sentence(value.text));
    if (key.form == ValueForm::kMap && key.inner != nullptr) return annotate(value, key.inner(), told_here);
    for (YamlNode& item : value.items) {
      const bool told_of_item = say_origin(item, told_here);
      if (key.form == ValueForm::kExpressions) fill(item, filled_.expression(item.text));
      if (key.form == ValueForm::kMapOfMaps || key.form == ValueForm::kListOfMaps) annotate(item, key.inner(), told_of_item);
    }
  }

  bool say_origin(const YamlNode& node, bool told) {
    if (node.origin == nullptr || (told && node.origin != &defaults())) return told;
    comment(node, node.origin == &defaults() ? "default" : fmt::format("environment {}", environment_));
    return true;
  }

  void fill(YamlNode& node, FilledTexts::Filled filled) {
    if (filled.text != node.text) {
      node.text = std::move(filled.text);
      node.style = ScalarStyle::kDoubleQuoted;
    }
    if (!filled.overridden.empty()) comment(node, fmt::format("{} of environment {}", fmt::join(filled.overridden, ", "), environment_));
  }

  void comment(const YamlNode& node, const std::string& text) {
    std::string& there = comments_[&node];
    there += there.empty() ? text : ", " + text;
  }

  const FilledTexts& filled_;
  std::string environment_;
  YamlComments comments_;
};

std::string resolved_rule(const SourceTree& rule, const YamlNode& document, const FilledTexts& filled, const std::string& environment) {
  YamlNode whole = with_defaults(rule.root, document);
  const bool is_added = rule.root.origin != nullptr;
  Annotation annotation(filled, environment);
  annotation.annotate(whole, rule_form(), is_added);
  std::string text = fmt::format("# {}", rule.source->name());
  if (!environment.empty()) text += fmt::format(", {} environment {}", is_added ? "added by" : "in", environment);
  write_yaml_entries(whole, 0, text, annotation.comments());
  return text + "\n";
}

std::string id_of(const YamlNode& rule) {
  const YamlNode* id = rule.find("id");
  return id == nullptr ? std::string() : id->text;
}

// All rules, those inside of ruleset.yaml first.
std::vector<SourceTree> rules_of(const SourceTree& document, const std::vector<SourceTree>& in_files) {
  std::vector<SourceTree> rules;
  const YamlNode* inside = document.root.find("rules");
  for (std::size_t i = 0; inside != nullptr && i < inside->items.size(); ++i) rules.push_back({document.source, inside->items[i]});
  rules.insert(rules.end(), in_files.begin(), in_files.end());
  return rules;
}

// The lines of ruleset.yaml from the rule at `begin` to what stands behind it at `end`, without comments and blank lines that lead over.
std::string lines_between(const SourceText& source, std::size_t begin, std::size_t end) {
  std::uint32_t line = source.at(begin).line;
  std::uint32_t past = end >= source.text().size() ? source.at(source.text().size()).line + 1 : source.at(end).line;
  const auto leads_over = [&](std::uint32_t number) {
    const std::string_view text = source.line(number);
    const std::size_t first = text.find_first_not_of(' ');
    return first == std::string_view::npos || text[first] == '#';
  };
  while (past > line + 1 && leads_over(past - 1)) --past;
  std::string text;
  do {
    text += fmt::format("{}\n", source.line(line));
  } while (++line < past);
  return text;
}

void add_rules_inside(const SourceTree& document, std::vector<RuleText>& rules) {
  const YamlNode* inside = document.root.find("rules");
  for (std::size_t i = 0; inside != nullptr && i < inside->items.size(); ++i) {
    const YamlNode& rule = inside->items[i];
    std::size_t end = document.source->text().size();
    for (const YamlNode& key : document.root.keys) end = key.offset > rule.offset ? std::min(end, key.offset) : end;
    if (i + 1 < inside->items.size()) end = inside->items[i + 1].offset;
    rules.push_back({id_of(rule), document.source->name(), lines_between(*document.source, rule.offset, end)});
  }
}

}  // namespace

RuleTexts written_rules(const std::string& directory) {
  RuleTexts result;
  Findings findings;
  RuleSetFiles files(findings);
  files.read_folder(directory);
  const RuleSetTrees& trees = files.trees();
  result.diagnostics = findings.take_sorted();
  if (!result.diagnostics.empty() || !trees.document) return result;
  add_rules_inside(*trees.document, result.rules);
  for (const SourceTree& rule : trees.rules) {
    std::string text(rule.source->text());
    if (!text.ends_with('\n')) text += '\n';
    result.rules.push_back({id_of(rule.root), rule.source->name(), std::move(text)});
  }
  return result;
}

RuleTexts resolved_rules(const std::string& directory, const std::string& environment) {
  RuleTexts result;
  LoadResult loaded = load_rule_set(directory, environment);
  Findings findings;
  RuleSetFiles files(findings);
  if (loaded.plan) files.read_folder(directory);
  result.diagnostics = loaded.plan ? findings.take_sorted() : std::move(loaded.diagnostics);
  if (!result.diagnostics.empty()) return result;
  const RuleSetTrees trees = environment.empty() ? files.trees() : in_environment(files.trees(), environment, findings, findings);
  if (!trees.document) return result;
  const FilledTexts filled(trees.document->root);
  for (const SourceTree& rule : rules_of(*trees.document, trees.rules))
    result.rules.push_back({id_of(rule.root), rule.source->name(), resolved_rule(rule, trees.document->root, filled, environment)});
  return result;
}

}  // namespace reckoner
