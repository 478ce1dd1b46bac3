// Bringing operands to one type: scales, currencies, texts that name an enum's value. Says why when that cannot be.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "operators/expression.hpp"
#include "rules/diagnostic.hpp"

namespace reckoner {

inline constexpr std::uint8_t kQuotientScale = 6;  // digits after the point of a division

struct TypeFault {
  DiagnosticCode code = DiagnosticCode::kTypeMismatch;
  std::string text;
  std::string advice;
  std::optional<std::size_t> argument;  // the operand to blame, when it is one
};

// Operands of a comparison, of min, max, clamp or of the branches of if: brought to one type and scale by folding constants and by kRescale.
// A text constant beside an enum becomes its code.
[[nodiscard]] std::optional<TypeFault> unify(std::span<Expression> operands);

// "integer", "decimal with 2 digits", "USD", "text 'pos'": a value in a finding.
[[nodiscard]] std::string describe(const Expression& expression);

// The node for `left operation right` (arithmetic), not folded.
struct Arithmetic {
  std::optional<Expression> node;
  TypeFault fault;  // when there is no node
};
[[nodiscard]] Arithmetic combine(Operation operation, Expression left, Expression right);

// `value` in the scale of `type`; the same kind otherwise.
[[nodiscard]] Expression rescaled(Expression value, const ValueType& type);

}  // namespace reckoner
