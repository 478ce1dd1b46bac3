#include "rules/expression_types.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/check.hpp"
#include "rules/expression_folding.hpp"
#include "rules/literals.hpp"

namespace reckoner {

namespace {

ValueType type_of(ValueKind kind, int scale = 0) {
  ValueType type;
  type.kind = kind;
  type.scale = static_cast<std::uint8_t>(scale);
  return type;
}

bool is_number(const ValueType& type) { return type.kind == ValueKind::kInteger || type.kind == ValueKind::kDecimal; }
bool is_money(const ValueType& type) { return type.kind == ValueKind::kMoney; }
bool is_duration(const ValueType& type) { return type.kind == ValueKind::kDuration; }
bool is_time(const ValueType& type) { return type.kind == ValueKind::kTime; }

TypeFault mismatch(std::string text, std::string advice = {}) {
  return {DiagnosticCode::kTypeMismatch, std::move(text), std::move(advice), std::nullopt};
}

// A constant without zeros at the end, so that "2.0 * n" stays an integer; another value as it is.
Expression trimmed_constant(Expression value) {
  if (!is_constant(value) || !value.type.is_numeric()) return value;
  const ExactNumber number = trimmed({value.constant, value.type.scale});
  value.constant = number.unscaled;
  value.type.scale = number.scale;
  if (value.type.kind == ValueKind::kDecimal && number.scale == 0) value.type = type_of(ValueKind::kInteger);
  return value;
}

int least_scale(const Expression& value) { return trimmed_constant(value).type.scale; }

bool same_currency(const ValueType& left, const ValueType& right) { return left.currency == right.currency; }

TypeFault currency_fault(const ValueType& left, const ValueType& right) {
  return {DiagnosticCode::kCurrencyMismatch,
          fmt::format("{} and {} are different currencies", left.currency_text(), right.currency_text()),
          {},
          std::nullopt};
}

// How to write a number beside money: one of the two is money.
TypeFault money_fault(const Expression& left, const Expression& right) {
  const Expression& money = is_money(left.type) ? left : right;
  const Expression& other = is_money(left.type) ? right : left;
  std::string advice = fmt::format("multiply the number by 1 {0}, or divide the money by 1 {0}", money.type.currency_text());
  if (is_constant(other)) advice = fmt::format("write {} {}", to_text(other.type, other.constant), money.type.currency_text());
  return mismatch(fmt::format("{} does not go with {}", describe(left), describe(right)), std::move(advice));
}

std::optional<TypeFault> unify_numbers(std::span<Expression> operands, ValueKind kind) {
  int scale = 0;
  bool decimal = false;
  for (const Expression& operand : operands) {
    scale = std::max(scale, least_scale(operand));
    decimal = decimal || (operand.type.kind == ValueKind::kDecimal && !is_constant(operand));
  }
  // The written scale is kept where all are constants.
  if (std::all_of(operands.begin(), operands.end(), [](const Expression& one) { return is_constant(one); })) {
    for (const Expression& operand : operands) scale = std::max<int>(scale, operand.type.scale);
  }
  ValueType common = operands.front().type;
  common.scale = static_cast<std::uint8_t>(scale);
  if (kind == ValueKind::kDecimal) common = type_of(decimal || scale > 0 ? ValueKind::kDecimal : ValueKind::kInteger, scale);
  for (Expression& operand : operands) {
    Expression value = rescaled(is_constant(operand) ? trimmed_constant(std::move(operand)) : std::move(operand), common);
    if (fold(value) != FoldFault::kNone)
      return TypeFault{DiagnosticCode::kConstantOverflow, "a constant does not fit in 64 bits at the scale of its neighbour", {}, std::nullopt};
    operand = std::move(value);
  }
  return std::nullopt;
}

// Numbers and money, at least one of them money.
std::optional<TypeFault> unify_money(std::span<Expression> operands) {
  const auto money = std::find_if(operands.begin(), operands.end(), [](const Expression& one) { return is_money(one.type); });
  if (money != operands.begin()) return money_fault(operands.front(), *money);
  for (const Expression& operand : operands) {
    if (!is_money(operand.type)) return money_fault(operands.front(), operand);
    if (!same_currency(operands.front().type, operand.type)) return currency_fault(operands.front().type, operand.type);
  }
  return unify_numbers(operands, ValueKind::kMoney);
}

std::optional<TypeFault> unify_enum(std::span<Expression> operands, const ValueType& type) {
  for (std::size_t i = 0; i < operands.size(); ++i) {
    Expression& operand = operands[i];
    if (operand.type.kind == ValueKind::kEnum) {
      if (operand.type == type) continue;
      return mismatch("two enums with different names", "compare them with texts instead");
    }
    if (operand.type.kind != ValueKind::kString)
      return mismatch(fmt::format("{} does not go with an enum", describe(operand)), "compare an enum with one of its names in quotes");
    if (!is_constant(operand))
      return mismatch("an enum does not compare with a string field", "compare it with one of its names in quotes, or declare both as enums");
    const auto found = std::find(type.names->begin(), type.names->end(), operand.text);
    if (found == type.names->end())
      return TypeFault{DiagnosticCode::kUnknownEnumName, fmt::format("'{}' is none of the enum's names", operand.text),
                       name_advice(operand.text, *type.names), i};
    operand = constant_of(type, found - type.names->begin());
  }
  return std::nullopt;
}

// How to go on where a text stands beside a number or money.
std::string text_beside_number_advice(const Expression& text, const Expression& number) {
  if (is_constant(text)) return "write numbers without quotes";
  const std::string_view declared = is_money(number.type) ? "money" : number.type.kind == ValueKind::kDecimal ? "a decimal" : "an integer";
  std::string reckon = fmt::format("declare the field as {} to reckon with it", declared);
  if (!is_constant(number) || is_money(number.type)) return reckon;
  return fmt::format("write '{}' in quotes for == and !=, or {}", to_text(number.type, number.constant), reckon);
}

std::optional<TypeFault> plain_mismatch(const Expression& left, const Expression& right) {
  const auto is_text = [](const Expression& one) { return one.type.kind == ValueKind::kString; };
  std::string advice;
  if (is_text(left) && right.type.is_numeric()) advice = text_beside_number_advice(left, right);
  if (is_text(right) && left.type.is_numeric()) advice = text_beside_number_advice(right, left);
  if ((is_duration(left.type) && is_number(right.type)) || (is_number(left.type) && is_duration(right.type)))
    advice = "write a duration with its unit, for example 15m";
  return mismatch(fmt::format("{} does not go with {}", describe(left), describe(right)), std::move(advice));
}

Arithmetic made(Operation operation, ValueType type, Expression left, Expression right) {
  std::vector<Expression> arguments;
  arguments.push_back(std::move(left));
  arguments.push_back(std::move(right));
  return {operation_of(operation, std::move(type), std::move(arguments)), {}};
}

Arithmetic refused_with(TypeFault fault) { return {std::nullopt, std::move(fault)}; }

std::string_view sign_of(Operation operation) {
  switch (operation) {
    case Operation::kAdd:
      return "+";
    case Operation::kSubtract:
      return "-";
    case Operation::kMultiply:
      return "*";
    case Operation::kDivide:
      return "/";
    case Operation::kIntegerDivide:
      return "//";
    case Operation::kModulo:
      return "%";
    default:
      RECKONER_UNREACHABLE("not an arithmetic operation");
  }
}

Arithmetic no_operation(Operation operation, const Expression& left, const Expression& right, std::string advice = {}) {
  return refused_with(mismatch(fmt::format("there is no {} {} {}", describe(left), sign_of(operation), describe(right)), std::move(advice)));
}

// +, - and the operations that keep the operands' type.
Arithmetic combine_alike(Operation operation, Expression left, Expression right) {
  if ((is_money(left.type) && is_number(right.type)) || (is_number(left.type) && is_money(right.type))) return refused_with(money_fault(left, right));
  const bool both_arithmetic = (left.type.is_numeric() && right.type.is_numeric()) || (is_duration(left.type) && is_duration(right.type));
  if (!both_arithmetic) return no_operation(operation, left, right);
  std::vector<Expression> operands;
  operands.push_back(std::move(left));
  operands.push_back(std::move(right));
  if (std::optional<TypeFault> fault = unify(operands)) return refused_with(std::move(*fault));
  ValueType type = operation == Operation::kIntegerDivide ? type_of(ValueKind::kInteger) : operands.front().type;
  return made(operation, std::move(type), std::move(operands[0]), std::move(operands[1]));
}

Arithmetic combine_sum(Operation operation, Expression left, Expression right) {
  const bool adds = operation == Operation::kAdd;
  if (is_time(left.type) && is_duration(right.type)) return made(operation, type_of(ValueKind::kTime), std::move(left), std::move(right));
  if (adds && is_duration(left.type) && is_time(right.type)) return made(operation, type_of(ValueKind::kTime), std::move(left), std::move(right));
  if (!adds && is_time(left.type) && is_time(right.type)) return made(operation, type_of(ValueKind::kDuration), std::move(left), std::move(right));
  return combine_alike(operation, std::move(left), std::move(right));
}

Arithmetic combine_product(Expression left, Expression right) {
  left = trimmed_constant(std::move(left));
  right = trimmed_constant(std::move(right));
  if (!is_number(left.type)) std::swap(left, right);  // at most one of a product's factors is no plain number
  if (!is_number(left.type) || !(right.type.is_numeric() || is_duration(right.type))) {
    return no_operation(Operation::kMultiply, left, right, is_money(left.type) && is_money(right.type) ? "multiply money by a number" : "");
  }
  const int scale = left.type.scale + (is_duration(right.type) ? 0 : right.type.scale);
  if (scale > kScaleMax) {
    return refused_with({DiagnosticCode::kScaleTooLarge,
                         fmt::format("the product has {} digits after the point, at most {} fit", scale, kScaleMax),
                         {},
                         std::nullopt});
  }
  if (is_money(right.type)) {
    ValueType type = right.type;
    type.scale = static_cast<std::uint8_t>(scale);
    return made(Operation::kMultiply, std::move(type), std::move(left), std::move(right));
  }
  if (is_duration(right.type)) {
    const bool whole = left.type.kind == ValueKind::kInteger;
    Arithmetic product =
        made(Operation::kMultiply, whole ? type_of(ValueKind::kDuration) : type_of(ValueKind::kDecimal, scale), std::move(left), std::move(right));
    if (!whole && product.node) product.node = rescaled(std::move(*product.node), type_of(ValueKind::kDuration));
    return product;
  }
  const bool whole = left.type.kind == ValueKind::kInteger && right.type.kind == ValueKind::kInteger;
  return made(Operation::kMultiply, type_of(whole ? ValueKind::kInteger : ValueKind::kDecimal, scale), std::move(left), std::move(right));
}

Arithmetic combine_quotient(Expression left, Expression right) {
  left = trimmed_constant(std::move(left));
  right = trimmed_constant(std::move(right));
  // Never fewer digits than keep the power of ten in kDivide's definition from being negative.
  const auto scale = static_cast<std::uint8_t>(std::max<int>(kQuotientScale, left.type.scale - right.type.scale));
  if (is_money(left.type) && is_money(right.type) && !same_currency(left.type, right.type))
    return refused_with(currency_fault(left.type, right.type));
  const bool ratio = (is_number(left.type) && is_number(right.type)) || (is_money(left.type) && is_money(right.type)) ||
                     (is_duration(left.type) && is_duration(right.type));
  if (ratio) return made(Operation::kDivide, type_of(ValueKind::kDecimal, scale), std::move(left), std::move(right));
  if (is_money(left.type) && is_number(right.type)) {
    ValueType type = left.type;
    type.scale = scale;
    return made(Operation::kDivide, std::move(type), std::move(left), std::move(right));
  }
  if (is_duration(left.type) && is_number(right.type))
    return made(Operation::kDivide, type_of(ValueKind::kDuration), std::move(left), std::move(right));
  return no_operation(Operation::kDivide, left, right);
}

}  // namespace

std::string describe(const Expression& expression) {
  const ValueType& type = expression.type;
  if (is_constant(expression) && type.kind == ValueKind::kString) return fmt::format("the text '{}'", expression.text);
  if (is_constant(expression))
    return fmt::format("{} ({})", to_text(type, expression.constant), type.kind == ValueKind::kEnum ? "enum" : to_text(type));
  return type.kind == ValueKind::kEnum ? "enum" : to_text(type);
}

Expression rescaled(Expression value, const ValueType& type) {
  const bool same = value.type.scale == type.scale && value.type.kind == type.kind;
  if (same) return value;
  if (value.operation == Operation::kRescale && type.scale >= value.type.scale && value.type.scale >= value.arguments.front().type.scale) {
    value.type = type;  // two steps up are one
    return value;
  }
  std::vector<Expression> arguments;
  arguments.push_back(std::move(value));
  return operation_of(Operation::kRescale, type, std::move(arguments));
}

std::optional<TypeFault> unify(std::span<Expression> operands) {
  RECKONER_CHECK(!operands.empty());
  for (const Expression& operand : operands) {
    if (is_money(operand.type)) {
      // The first operand that is no money, or of another currency, is the fault.
      for (const Expression& other : operands) {
        if (!other.type.is_numeric()) return plain_mismatch(operands.front(), &other == &operands.front() ? operand : other);
      }
      return unify_money(operands);
    }
  }
  for (const Expression& operand : operands) {
    if (operand.type.kind == ValueKind::kEnum) {
      const ValueType type = operand.type;
      return unify_enum(operands, type);
    }
  }
  const Expression& first = operands.front();
  for (const Expression& operand : operands) {
    const bool alike = operand.type.kind == first.type.kind || (is_number(operand.type) && is_number(first.type));
    if (!alike) return plain_mismatch(first, operand);
  }
  return is_number(first.type) ? unify_numbers(operands, ValueKind::kDecimal) : std::nullopt;
}

Arithmetic combine(Operation operation, Expression left, Expression right) {
  switch (operation) {
    case Operation::kAdd:
    case Operation::kSubtract:
      return combine_sum(operation, std::move(left), std::move(right));
    case Operation::kMultiply:
      return combine_product(std::move(left), std::move(right));
    case Operation::kDivide:
      return combine_quotient(std::move(left), std::move(right));
    case Operation::kIntegerDivide:
    case Operation::kModulo:
      return combine_alike(operation, std::move(left), std::move(right));
    default:
      RECKONER_UNREACHABLE("not an arithmetic operation");
  }
}

}  // namespace reckoner
