// Named pieces of expressions: where an expression uses a macro's name, the macro's own tree stands, so that it means what it would mean written
// out there. Faults in it are told at the name that was used.
#pragma once

#include <expected>
#include <map>
#include <string>
#include <string_view>

#include "rules/expression_parser.hpp"

namespace reckoner {

class Macros {
 public:
  void add(std::string name, SyntaxNode tree) { trees_.insert_or_assign(std::move(name), std::move(tree)); }
  [[nodiscard]] bool has(std::string_view name) const { return trees_.contains(name); }

  // The text's tree with all macros put in. A macro that needs itself, or too much of them, is a fault.
  [[nodiscard]] std::expected<SyntaxNode, ExpressionFault> parse(std::string_view text) const;

 private:
  [[nodiscard]] std::expected<void, ExpressionFault> put_in(SyntaxNode& node, std::size_t level, std::size_t& nodes) const;

  std::map<std::string, SyntaxNode, std::less<>> trees_;
};

}  // namespace reckoner
