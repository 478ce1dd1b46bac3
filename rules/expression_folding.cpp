#include "rules/expression_folding.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/check.hpp"
#include "operators/arithmetic.hpp"

namespace reckoner {

namespace {

ValueType bool_type() { return ValueType{}; }

bool all_constant(const Expression& node) {
  return std::all_of(node.arguments.begin(), node.arguments.end(), [](const Expression& argument) { return is_constant(argument); });
}

bool is_truth(const Expression& node, bool value) { return is_constant(node) && node.type.kind == ValueKind::kBool && (node.constant != 0) == value; }

// and, or: flattened; neutral constants go; a deciding constant wins, whatever is unknown beside it.
void fold_logic(Expression& node) {
  const bool neutral = node.operation == Operation::kAnd;
  std::vector<Expression> kept;
  for (Expression& argument : node.arguments) {
    if (is_truth(argument, !neutral)) {
      node = constant_of(bool_type(), neutral ? 0 : 1);
      return;
    }
    if (is_truth(argument, neutral)) continue;
    if (argument.operation == node.operation)
      std::move(argument.arguments.begin(), argument.arguments.end(), std::back_inserter(kept));
    else
      kept.push_back(std::move(argument));
  }
  if (kept.empty()) {
    node = constant_of(bool_type(), neutral ? 1 : 0);
    return;
  }
  if (kept.size() == 1) {
    Expression only = std::move(kept.front());
    node = std::move(only);
    return;
  }
  node.arguments = std::move(kept);
}

void fold_not(Expression& node) {
  Expression argument = std::move(node.arguments.front());
  if (is_constant(argument)) {
    node = constant_of(bool_type(), argument.constant == 0 ? 1 : 0);
  } else if (argument.operation == Operation::kNot) {
    Expression inner = std::move(argument.arguments.front());
    node = std::move(inner);
  } else if (const std::optional<Operation> other = opposite(argument.operation)) {
    argument.operation = *other;
    node = std::move(argument);
  } else {
    node.arguments.front() = std::move(argument);
  }
}

bool same_constant(const Expression& left, const Expression& right) {
  return left.type.kind == ValueKind::kString ? left.text == right.text : left.constant == right.constant;
}

bool compare(Operation operation, const Expression& left, const Expression& right) {
  switch (operation) {
    case Operation::kEqual:
      return same_constant(left, right);
    case Operation::kNotEqual:
      return !same_constant(left, right);
    case Operation::kLess:
      return left.constant < right.constant;
    case Operation::kLessOrEqual:
      return left.constant <= right.constant;
    case Operation::kGreater:
      return left.constant > right.constant;
    case Operation::kGreaterOrEqual:
      return left.constant >= right.constant;
    default:
      RECKONER_UNREACHABLE("not a comparison");
  }
}

void fold_in(Expression& node) {
  std::vector<Expression> members;
  for (std::size_t i = 1; i < node.arguments.size(); ++i) {
    const bool there = std::any_of(members.begin(), members.end(), [&](const Expression& other) { return same_constant(other, node.arguments[i]); });
    if (!there) members.push_back(std::move(node.arguments[i]));
  }
  Expression value = std::move(node.arguments.front());
  if (is_constant(value)) {
    const bool found = std::any_of(members.begin(), members.end(), [&](const Expression& member) { return same_constant(member, value); });
    node = constant_of(bool_type(), found ? 1 : 0);
    return;
  }
  if (members.size() == 1) node.operation = Operation::kEqual;
  members.insert(members.begin(), std::move(value));
  node.arguments = std::move(members);
}

// The evaluator's own arithmetic; false = the result does not fit.
bool compute(const Expression& node, std::int64_t& result) {
  const std::vector<Expression>& arguments = node.arguments;
  const std::int64_t first = arguments[0].constant;
  const std::int64_t second = arguments.size() > 1 ? arguments[1].constant : 0;
  const auto less = [](const Expression& left, const Expression& right) { return left.constant < right.constant; };
  switch (node.operation) {
    case Operation::kAdd:
      return add_exact(first, second, result);
    case Operation::kSubtract:
      return subtract_exact(first, second, result);
    case Operation::kMultiply:
      return multiply_exact(first, second, result);
    case Operation::kNegate:
      return subtract_exact(0, first, result);
    case Operation::kAbsolute:
      if (first < 0) return subtract_exact(0, first, result);
      result = first;
      return true;
    case Operation::kDivide:
      return divide_rounded(first, second, node.type.scale + arguments[1].type.scale - arguments[0].type.scale, result);
    case Operation::kIntegerDivide:
      return divide_floor(first, second, result);
    case Operation::kModulo:
      return modulo_floor(first, second, result);
    case Operation::kRescale:
      return rescale(first, arguments[0].type.scale, node.type.scale, result);
    case Operation::kClamp:
      result = std::clamp(first, second, arguments[2].constant);
      return true;
    case Operation::kMinimum:
      result = std::min_element(arguments.begin(), arguments.end(), less)->constant;
      return true;
    case Operation::kMaximum:
      result = std::max_element(arguments.begin(), arguments.end(), less)->constant;
      return true;
    default:
      RECKONER_UNREACHABLE("not an arithmetic operation");
  }
}

FoldFault fold_arithmetic(Expression& node) {
  const std::vector<Expression>& arguments = node.arguments;
  if (node.operation == Operation::kClamp && is_constant(arguments[1]) && is_constant(arguments[2]) &&
      arguments[1].constant > arguments[2].constant) {
    return FoldFault::kEmptyRange;
  }
  const bool divides = node.operation == Operation::kDivide || node.operation == Operation::kIntegerDivide || node.operation == Operation::kModulo;
  if (divides && is_constant(arguments[1]) && arguments[1].constant == 0) return FoldFault::kDivisionByZero;
  if (!all_constant(node)) return FoldFault::kNone;
  std::int64_t result = 0;
  if (!compute(node, result)) return FoldFault::kOverflow;
  node = constant_of(node.type, result);
  return FoldFault::kNone;
}

// min(a, min(b, c)) = min(a, b, c)
void flatten_extreme(Expression& node) {
  std::vector<Expression> kept;
  for (Expression& argument : node.arguments) {
    if (argument.operation == node.operation)
      std::move(argument.arguments.begin(), argument.arguments.end(), std::back_inserter(kept));
    else
      kept.push_back(std::move(argument));
  }
  node.arguments = std::move(kept);
}

void fold_choice(Expression& node) {
  if (!is_constant(node.arguments.front())) return;
  Expression chosen = std::move(node.arguments[node.arguments.front().constant != 0 ? 1 : 2]);
  node = std::move(chosen);
}

}  // namespace

Expression constant_of(ValueType type, std::int64_t value) {
  Expression node;
  node.type = std::move(type);
  node.constant = value;
  return node;
}

Expression text_constant(std::string text) {
  Expression node;
  node.type.kind = ValueKind::kString;
  node.text = std::move(text);
  return node;
}

Expression operation_of(Operation operation, ValueType type, std::vector<Expression> arguments) {
  Expression node;
  node.operation = operation;
  node.type = std::move(type);
  node.arguments = std::move(arguments);
  return node;
}

FoldFault fold(Expression& node) {
  switch (node.operation) {
    case Operation::kConstant:
    case Operation::kField:
    case Operation::kFact:
    case Operation::kScore:
    case Operation::kMeasure:
    case Operation::kBound:
    case Operation::kSample:
    case Operation::kListed:
    case Operation::kSimilar:
    case Operation::kOfTime:
      return FoldFault::kNone;
    case Operation::kAnd:
    case Operation::kOr:
      fold_logic(node);
      return FoldFault::kNone;
    case Operation::kNot:
      fold_not(node);
      return FoldFault::kNone;
    case Operation::kEqual:
    case Operation::kNotEqual:
    case Operation::kLess:
    case Operation::kLessOrEqual:
    case Operation::kGreater:
    case Operation::kGreaterOrEqual:
      if (all_constant(node)) node = constant_of(bool_type(), compare(node.operation, node.arguments[0], node.arguments[1]) ? 1 : 0);
      return FoldFault::kNone;
    case Operation::kIn:
      fold_in(node);
      return FoldFault::kNone;
    case Operation::kIf:
      fold_choice(node);
      return FoldFault::kNone;
    case Operation::kIsKnown:
      if (is_constant(node.arguments.front())) node = constant_of(bool_type(), 1);
      return FoldFault::kNone;
    case Operation::kMinimum:
    case Operation::kMaximum:
      flatten_extreme(node);
      return fold_arithmetic(node);
    case Operation::kAdd:
    case Operation::kSubtract:
    case Operation::kMultiply:
    case Operation::kDivide:
    case Operation::kIntegerDivide:
    case Operation::kModulo:
    case Operation::kNegate:
    case Operation::kRescale:
    case Operation::kAbsolute:
    case Operation::kClamp:
      return fold_arithmetic(node);
  }
  RECKONER_UNREACHABLE("an Operation outside its enumerators");
}

}  // namespace reckoner
