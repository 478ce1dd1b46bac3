// Syntax tree -> typed expression: resolves names, checks types, aligns scales, folds constants. Reports every fault of an expression, not
// just the first.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "operators/plan.hpp"
#include "rules/expression_parser.hpp"
#include "rules/expression_scope.hpp"
#include "rules/time_zones.hpp"

namespace reckoner {

class ExpressionChecker {
 public:
  using Report = std::function<void(const ExpressionFault&)>;

  // `text` is what the tree was parsed from; text, scope and zones outlive the checker. Null: there is no time zone.
  ExpressionChecker(std::string_view text, const Scope& scope, Report report, TimeZones* zones = nullptr)
      : text_(text), scope_(scope), report_(std::move(report)), zones_(zones) {}

  // Empty when something was reported, or when the expression uses a name that is broken elsewhere.
  [[nodiscard]] std::optional<Expression> check(const SyntaxNode& node);

  // Also demands a bool that depends on something.
  [[nodiscard]] std::optional<Expression> check_condition(const SyntaxNode& node);

  // The comparisons met, in the order written, with both sides in their own types.
  [[nodiscard]] std::vector<Bound> take_bounds() { return std::move(bounds_); }

 private:
  using Checked = std::optional<Expression>;

  Checked fault(std::size_t position, DiagnosticCode code, std::string text, std::string advice = {});
  Checked folded(Expression node, std::size_t position);
  Checked check_literal(const SyntaxNode& node);
  Checked check_name(const SyntaxNode& node);
  Checked unknown_name(const SyntaxNode& node);
  Checked check_logic(const SyntaxNode& node);
  Checked check_comparison(const SyntaxNode& node);
  Checked compare(const SyntaxNode& node, Operation operation, Expression left, Expression right, const SyntaxNode& left_node,
                  const SyntaxNode& right_node);
  Checked check_in(const SyntaxNode& node);
  Checked check_listed(const SyntaxNode& node);
  std::optional<std::int64_t> check_least(const SyntaxNode& node);
  Checked check_range(const SyntaxNode& node, std::vector<Expression> members);
  Checked check_list(const SyntaxNode& node, std::vector<Expression> members);
  Checked check_arithmetic(const SyntaxNode& node);
  Checked check_negate(const SyntaxNode& node);
  Checked check_call(const SyntaxNode& node);
  Checked check_multiple(const SyntaxNode& node, std::vector<Expression> arguments);
  Checked check_sample(const SyntaxNode& node, std::vector<Expression> arguments);
  Checked check_local_time(const SyntaxNode& node, LocalPart part);
  std::optional<std::vector<std::shared_ptr<const TimeZone>>> check_zones(const SyntaxNode& node, const Expression& zone);
  Checked check_business_day(const SyntaxNode& node);
  Checked check_time(const SyntaxNode& node);
  Checked check_choice(const SyntaxNode& node, std::vector<Expression> arguments);
  Checked check_extreme(const SyntaxNode& node, Operation operation, std::vector<Expression> arguments);
  std::optional<std::vector<Expression>> check_all(const std::vector<SyntaxNode>& nodes);
  void keep_bound(const SyntaxNode& comparison, const Expression& left, const Expression& right, const SyntaxNode& left_node,
                  const SyntaxNode& right_node);
  [[nodiscard]] std::string written(const SyntaxNode& node) const { return std::string(text_.substr(node.begin, node.end - node.begin)); }

  std::string_view text_;
  const Scope& scope_;
  Report report_;
  TimeZones* zones_;
  std::vector<Bound> bounds_;
};

}  // namespace reckoner
