#include "rules/filled_texts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "rules/expression_parser.hpp"
#include "rules/rule_set_reader.hpp"

namespace reckoner {

namespace {

void collect(const SyntaxNode& node, std::vector<const SyntaxNode*>& names) {
  if (node.kind == SyntaxKind::kName) names.push_back(&node);
  for (const SyntaxNode& argument : node.arguments) collect(argument, names);
}

// A parameter's value as an expression writes it.
std::string literal(const YamlNode& parameter) {
  if (parameter.text.starts_with("-")) return fmt::format("({})", parameter.text);
  if (parameter.style == ScalarStyle::kPlain || parse_money(parameter.text)) return parameter.text;
  std::string text = "'";
  for (const char letter : parameter.text) text += letter == '\'' ? "''" : std::string(1, letter);
  return text + "'";
}

void note(const YamlNode& node, const std::string& name, std::vector<std::string>& overridden) {
  if (node.origin != nullptr && std::find(overridden.begin(), overridden.end(), name) == overridden.end()) overridden.push_back(name);
}

}  // namespace

FilledTexts::FilledTexts(const YamlNode& document) {
  const auto keep = [&](std::string_view key, std::string_view prefix, auto& into) {
    const YamlNode* map = document.find(key);
    for (std::size_t i = 0; map != nullptr && i < map->items.size(); ++i) into[fmt::format("{}{}", prefix, map->keys[i].text)] = &map->items[i];
  };
  keep("macros", "", macros_);
  keep("parameters", "param.", parameters_);
}

void FilledTexts::fill(std::string_view text, Filled& filled) const {
  const std::expected<SyntaxNode, ExpressionFault> tree = parse_expression(text);
  std::vector<const SyntaxNode*> names;
  if (tree) collect(*tree, names);
  std::sort(names.begin(), names.end(), [](const SyntaxNode* left, const SyntaxNode* right) { return left->begin < right->begin; });
  std::size_t done = 0;
  for (const SyntaxNode* name : names) {
    const auto macro = macros_.find(name->text);
    const auto parameter = parameters_.find(name->text);
    if (macro == macros_.end() && parameter == parameters_.end()) continue;
    filled.text += text.substr(done, name->begin - done);
    done = name->end;
    if (parameter != parameters_.end()) {
      note(*parameter->second, parameter->first, filled.overridden);
      filled.text += literal(*parameter->second);
      continue;
    }
    note(*macro->second, macro->first, filled.overridden);
    const bool is_all = name->begin == 0 && name->end == text.size();
    filled.text += is_all ? "" : "(";
    fill(macro->second->text, filled);
    filled.text += is_all ? "" : ")";
  }
  filled.text += text.substr(done);
}

FilledTexts::Filled FilledTexts::expression(std::string_view text) const {
  Filled filled;
  fill(text, filled);
  return filled;
}

FilledTexts::Filled FilledTexts::sentence(std::string_view text) const {
  Filled filled;
  while (!text.empty()) {
    const std::size_t open = text.find('{');
    const bool is_brace = open != std::string_view::npos && text.substr(open).starts_with("{{");
    const std::size_t close = open == std::string_view::npos || is_brace ? std::string_view::npos : text.find('}', open);
    const std::size_t before = open == std::string_view::npos ? text.size() : open + (is_brace ? 2 : 1);
    filled.text += text.substr(0, before);
    text.remove_prefix(before);
    if (close == std::string_view::npos) continue;
    fill(text.substr(0, close - before), filled);
    text.remove_prefix(close - before);
  }
  return filled;
}

}  // namespace reckoner
