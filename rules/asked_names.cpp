#include "rules/asked_names.hpp"

#include <expected>

namespace reckoner {

namespace {

// Of a text with {values} in it.
void collect_filled_names(const Macros& macros, std::string_view say, AskedNames& names) {
  for (std::size_t open = say.find('{'); open != std::string_view::npos; open = say.find('{', open + 1)) {
    const std::size_t close = say.find('}', open);
    if (close != std::string_view::npos) collect_names(macros, say.substr(open + 1, close - open - 1), names);
  }
}

}  // namespace

void collect_names(const SyntaxNode& node, std::vector<const SyntaxNode*>& names) {
  if (node.kind == SyntaxKind::kName) names.push_back(&node);
  for (const SyntaxNode& argument : node.arguments) collect_names(argument, names);
}

void collect_names(const Macros& macros, std::string_view text, AskedNames& names) {
  const std::expected<SyntaxNode, ExpressionFault> tree = macros.parse(text);
  if (!tree) return;
  std::vector<const SyntaxNode*> nodes;
  collect_names(*tree, nodes);
  for (const SyntaxNode* node : nodes) names.insert(node->text);
}

void collect_fact_names(const Macros& macros, const std::vector<FactDefinition>& facts, AskedNames& names) {
  for (const FactDefinition& fact : facts) {
    if (fact.where) collect_names(macros, fact.where->text, names);
    if (fact.share) collect_names(macros, fact.share->text, names);
    for (const StepDefinition& step : fact.steps) {
      if (step.where) collect_names(macros, step.where->text, names);
    }
  }
}

AskedNames names_of(const Macros& macros, const ScoreDefinition& score) {
  AskedNames names;
  collect_fact_names(macros, score.facts, names);
  for (const auto& [name, part] : score.parts) collect_names(macros, part.text, names);
  for (const FloorDefinition& floor : score.floors) collect_names(macros, floor.when.text, names);
  return names;
}

AskedNames names_of(const Macros& macros, const RuleDefinition& rule) {
  AskedNames names;
  collect_fact_names(macros, rule.facts, names);
  if (rule.fire) collect_names(macros, rule.fire->text, names);
  for (const auto& [name, value] : rule.columns) collect_names(macros, value.text, names);
  for (const auto& [list, value] : rule.additions) collect_names(macros, value.text, names);
  if (rule.say) collect_filled_names(macros, rule.say->text, names);
  return names;
}

AskedNames names_of(const Macros& macros, const TotalDefinition& total) {
  AskedNames names;
  if (total.where) collect_names(macros, total.where->text, names);
  for (const MeasureDefinition& measure : total.measures) {
    if (measure.where) collect_names(macros, measure.where->text, names);
  }
  return names;
}

bool asks_for_fact(const AskedNames& names, const std::string& fact) {
  const auto bound = names.lower_bound(fact + ".");  // "fact.step.field"
  return names.contains(fact) || (bound != names.end() && bound->starts_with(fact + "."));
}

}  // namespace reckoner
