#include "rules/macros.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "rules/rule_set.hpp"

namespace reckoner {

namespace {

void move_to(SyntaxNode& node, const SyntaxNode& place) {
  node.begin = place.begin;
  node.end = place.end;
  node.sign = place.begin;
  for (SyntaxNode& argument : node.arguments) move_to(argument, place);
}

}  // namespace

std::expected<SyntaxNode, ExpressionFault> Macros::parse(std::string_view text) const {
  std::expected<SyntaxNode, ExpressionFault> tree = parse_expression(text);
  if (!tree || trees_.empty()) return tree;
  std::size_t nodes = 0;
  if (const std::expected<void, ExpressionFault> put = put_in(*tree, 0, nodes); !put) return std::unexpected(put.error());
  return tree;
}

std::expected<void, ExpressionFault> Macros::put_in(SyntaxNode& node, std::size_t level, std::size_t& nodes) const {
  if (++nodes > kExpressionTokensMax)
    return std::unexpected(ExpressionFault{node.begin,
                                           DiagnosticCode::kExpressionTooLarge,
                                           fmt::format("with its macros the expression has more than {} parts", kExpressionTokensMax),
                                           {}});
  const auto macro = node.kind == SyntaxKind::kName ? trees_.find(node.text) : trees_.end();
  if (macro != trees_.end()) {
    if (level == kMacroLevelsMax)
      return std::unexpected(ExpressionFault{node.begin,
                                             DiagnosticCode::kCycle,
                                             fmt::format("macro '{}' needs itself, or more than {} others in turn", node.text, kMacroLevelsMax),
                                             {}});
    SyntaxNode tree = macro->second;
    move_to(tree, node);
    node = std::move(tree);
    return put_in(node, level + 1, nodes);
  }
  node.depth = 1;
  for (SyntaxNode& argument : node.arguments) {
    if (const std::expected<void, ExpressionFault> put = put_in(argument, level, nodes); !put) return put;
    node.depth = std::max(node.depth, argument.depth + 1);
  }
  if (node.depth > kExpressionDepthMax)
    return std::unexpected(ExpressionFault{node.begin,
                                           DiagnosticCode::kExpressionTooLarge,
                                           fmt::format("with its macros the expression is nested more than {} levels deep", kExpressionDepthMax),
                                           {}});
  return {};
}

}  // namespace reckoner
