// Computes at load what depends on no record, and brings equal meanings to one shape: nested and/or are flattened, double negations and
// negated comparisons dissolved. Exact: a fold gives what the evaluator would give, or a fault.
#pragma once

#include "operators/expression.hpp"

namespace reckoner {

enum class FoldFault : std::uint8_t { kNone, kOverflow, kDivisionByZero, kEmptyRange };

// `node`'s arguments are folded already. On a fault the node stays as it was.
[[nodiscard]] FoldFault fold(Expression& node);

[[nodiscard]] inline bool is_constant(const Expression& expression) { return expression.operation == Operation::kConstant; }
[[nodiscard]] Expression constant_of(ValueType type, std::int64_t value);
[[nodiscard]] Expression text_constant(std::string text);
[[nodiscard]] Expression operation_of(Operation operation, ValueType type, std::vector<Expression> arguments);

}  // namespace reckoner
