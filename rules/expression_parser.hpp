// Text of an expression -> syntax tree: what belongs to what, before any name or type is known.
//
//   or          := and { "or" and }
//   and         := not { "and" not }
//   not         := "not" not | comparison
//   comparison  := sum [ ("==" | "!=" | "<" | "<=" | ">" | ">=") sum | ["not"] "in" (members | list) | "multiple_of" sum
//                  | "similar_to" list "at" sum ]
//   members     := ("[" | "(") or { "," or } ("]" | ")")
//   list        := a name that begins with "list."
//   sum         := product { ("+" | "-") product }
//   product     := unary { ("*" | "/" | "//" | "%") unary }
//   unary       := "-" unary | primary
//   primary     := number [currency] | duration | text | "true" | "false" | name | name "(" or { "," or } ")" | "(" or ")"
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "operators/expression.hpp"
#include "rules/expression_lexer.hpp"

namespace reckoner {

inline constexpr std::size_t kExpressionDepthMax = 64;

enum class SyntaxKind : std::uint8_t {
  kNumber,
  kMoney,
  kDuration,
  kText,
  kTruth,
  kName,
  kCall,
  kNegate,
  kNot,
  kAnd,
  kOr,
  kComparison,
  kArithmetic,
  kIn,
  kListed,  // a value, the name of a list and, for similar_to, how alike
};

struct SyntaxNode {
  SyntaxKind kind = SyntaxKind::kName;
  Operation operation = Operation::kConstant;  // kComparison, kArithmetic
  std::size_t begin = 0;                       // bytes in the text
  std::size_t end = 0;
  std::size_t sign = 0;      // of the operator; begin for leaves
  std::string text;          // literal, name or function
  std::string currency;      // kMoney
  bool low_included = true;  // kIn: the brackets
  bool high_included = true;
  bool is_list = false;  // kIn: square brackets; with two members of an ordered type it is a range
  std::size_t depth = 1;
  std::vector<SyntaxNode> arguments;
};

// The first thing that is wrong, if anything is.
[[nodiscard]] std::expected<SyntaxNode, ExpressionFault> parse_expression(std::string_view text);

}  // namespace reckoner
