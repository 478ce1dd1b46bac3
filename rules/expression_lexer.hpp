// Text of an expression -> tokens. Positions are bytes in the expression's text.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "rules/diagnostic.hpp"

namespace reckoner {

inline constexpr std::size_t kExpressionBytesMax = 8192;
inline constexpr std::size_t kExpressionTokensMax = 2000;

enum class TokenKind : std::uint8_t { kNumber, kDuration, kText, kName, kSymbol, kEnd };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string text;  // kText: without quotes; the others as written; kEnd: empty
};

// What is wrong with an expression, and at which byte of its text.
struct ExpressionFault {
  std::size_t position = 0;
  DiagnosticCode code = DiagnosticCode::kExpressionSyntax;
  std::string text;
  std::string advice;  // empty = the code's own
};

// Ends with a kEnd token. A name may have dots: "param.burst".
[[nodiscard]] std::expected<std::vector<Token>, ExpressionFault> read_tokens(std::string_view text);

}  // namespace reckoner
