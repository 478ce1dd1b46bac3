#include "rules/expression_checker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "engine/check.hpp"
#include "operators/arithmetic.hpp"
#include "rules/expression_folding.hpp"
#include "rules/expression_types.hpp"
#include "rules/literals.hpp"

namespace reckoner {

namespace {

ValueType kind_type(ValueKind kind) {
  ValueType type;
  type.kind = kind;
  return type;
}

bool is_ordered(const ValueType& type) { return type.is_numeric() || type.kind == ValueKind::kTime || type.kind == ValueKind::kDuration; }

struct Function {
  std::string_view name;
  std::size_t arguments_min;
  std::size_t arguments_max;
  std::string_view form;
};
constexpr std::size_t kAnyNumber = 64;
constexpr std::array<Function, 15> kFunctions{{{"min", 2, kAnyNumber, "min(a, b, ...)"},
                                               {"max", 2, kAnyNumber, "max(a, b, ...)"},
                                               {"abs", 1, 1, "abs(value)"},
                                               {"clamp", 3, 3, "clamp(value, low, high)"},
                                               {"if", 3, 3, "if(condition, then, otherwise)"},
                                               {"known", 1, 1, "known(value)"},
                                               {"multiple_of", 2, 2, "value multiple_of step"},
                                               {"sample", 2, 2, "sample(id, 0.01)"},
                                               {"local_hour", 2, 2, "local_hour(time, 'Europe/Berlin')"},
                                               {"local_minute", 2, 2, "local_minute(time, 'Europe/Berlin')"},
                                               {"local_weekday", 2, 2, "local_weekday(time, 'Europe/Berlin')"},
                                               {"local_day", 2, 2, "local_day(time, 'Europe/Berlin')"},
                                               {"local_month", 2, 2, "local_month(time, 'Europe/Berlin')"},
                                               {"local_date", 2, 2, "local_date(time, 'Europe/Berlin')"},
                                               {"business_day", 2, 2, "business_day(time, calendar.NAME)"}}};

std::optional<LocalPart> local_part(std::string_view function) {
  for (int part = 0; part <= static_cast<int>(LocalPart::kDate); ++part) {
    if (function.starts_with("local_") && function.substr(6) == to_text(static_cast<LocalPart>(part))) return static_cast<LocalPart>(part);
  }
  return std::nullopt;
}

ValueType type_of(LocalPart part) {
  static const auto weekdays = std::make_shared<const std::vector<std::string>>(
      std::vector<std::string>{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"});
  ValueType type = kind_type(part == LocalPart::kWeekday ? ValueKind::kEnum : ValueKind::kInteger);
  if (part == LocalPart::kWeekday) type.names = weekdays;
  return type;
}

std::vector<std::string> function_names() {
  std::vector<std::string> names;
  names.reserve(kFunctions.size());
  for (const Function& function : kFunctions) names.emplace_back(function.name);
  return names;
}

}  // namespace

std::optional<Expression> ExpressionChecker::fault(std::size_t position, DiagnosticCode code, std::string text, std::string advice) {
  report_({position, code, std::move(text), std::move(advice)});
  return std::nullopt;
}

std::optional<Expression> ExpressionChecker::folded(Expression node, std::size_t position) {
  switch (fold(node)) {
    case FoldFault::kNone:
      return node;
    case FoldFault::kOverflow:
      return fault(position, DiagnosticCode::kConstantOverflow, "the result of this constant calculation does not fit in 64 bits");
    case FoldFault::kDivisionByZero:
      return fault(position, DiagnosticCode::kDivisionByZero, "a division by zero, which is unknown for every record");
    case FoldFault::kEmptyRange:
      return fault(position, DiagnosticCode::kEmptyRange, "the lower bound is above the upper one");
  }
  RECKONER_UNREACHABLE("a FoldFault outside its enumerators");
}

std::optional<Expression> ExpressionChecker::check(const SyntaxNode& node) {
  switch (node.kind) {
    case SyntaxKind::kNumber:
    case SyntaxKind::kMoney:
    case SyntaxKind::kDuration:
    case SyntaxKind::kText:
    case SyntaxKind::kTruth:
      return check_literal(node);
    case SyntaxKind::kName:
      return check_name(node);
    case SyntaxKind::kCall:
      return check_call(node);
    case SyntaxKind::kNegate:
      return check_negate(node);
    case SyntaxKind::kNot:
    case SyntaxKind::kAnd:
    case SyntaxKind::kOr:
      return check_logic(node);
    case SyntaxKind::kComparison:
      return check_comparison(node);
    case SyntaxKind::kArithmetic:
      return check_arithmetic(node);
    case SyntaxKind::kIn:
      return check_in(node);
    case SyntaxKind::kListed:
      return check_listed(node);
  }
  RECKONER_UNREACHABLE("a SyntaxKind outside its enumerators");
}

std::optional<Expression> ExpressionChecker::check_condition(const SyntaxNode& node) {
  Checked result = check(node);
  if (!result) return std::nullopt;
  if (result->type.kind != ValueKind::kBool)
    return fault(node.begin, DiagnosticCode::kTypeMismatch, fmt::format("a condition is needed, this is {}", describe(*result)),
                 "compare it with something");
  if (is_constant(*result))
    return fault(node.begin, DiagnosticCode::kConstantCondition,
                 fmt::format("this condition is always {}", result->constant != 0 ? "true" : "false"));
  return result;
}

std::optional<std::vector<Expression>> ExpressionChecker::check_all(const std::vector<SyntaxNode>& nodes) {
  std::vector<Expression> results;
  bool complete = true;
  for (const SyntaxNode& node : nodes) {
    Checked result = check(node);
    if (result)
      results.push_back(std::move(*result));
    else
      complete = false;
  }
  if (!complete) return std::nullopt;
  return results;
}

std::optional<Expression> ExpressionChecker::check_literal(const SyntaxNode& node) {
  if (node.kind == SyntaxKind::kText) return text_constant(node.text);
  if (node.kind == SyntaxKind::kTruth) return constant_of(kind_type(ValueKind::kBool), node.text == "true" ? 1 : 0);
  if (node.kind == SyntaxKind::kDuration) return constant_of(kind_type(ValueKind::kDuration), parse_duration(node.text).value());
  const ExactNumber number = parse_number(node.text).value();
  ValueType type = kind_type(number.scale > 0 ? ValueKind::kDecimal : ValueKind::kInteger);
  type.scale = number.scale;
  if (node.kind == SyntaxKind::kMoney) {
    type.kind = ValueKind::kMoney;
    std::copy_n(node.currency.begin(), type.currency.size(), type.currency.begin());
  }
  return constant_of(std::move(type), number.unscaled);
}

std::optional<Expression> ExpressionChecker::check_name(const SyntaxNode& node) {
  const Symbol* symbol = scope_.find(node.text);
  if (symbol == nullptr) return unknown_name(node);
  switch (symbol->state) {
    case Symbol::State::kUsable:
      if (symbol->expression.list != nullptr)
        return fault(node.begin, DiagnosticCode::kTypeMismatch, fmt::format("'{}' is a list, and no value", node.text),
                     fmt::format("write: value in {0}, or: name similar_to {0} at 0.92", node.text));
      if (symbol->expression.of_time != nullptr)
        return fault(node.begin, DiagnosticCode::kTypeMismatch, fmt::format("'{}' is a calendar, and no value", node.text),
                     fmt::format("write: business_day(time, {})", node.text));
      return symbol->expression;
    case Symbol::State::kRefused:
      return fault(node.begin, symbol->code, symbol->reason, symbol->advice);
    case Symbol::State::kBroken:
      return std::nullopt;
  }
  RECKONER_UNREACHABLE("a Symbol::State outside its enumerators");
}

std::optional<Expression> ExpressionChecker::unknown_name(const SyntaxNode& node) {
  const std::string_view name = node.text;
  if (name.starts_with("param.")) {
    const std::string_view rest = name.substr(6);
    return fault(node.begin, DiagnosticCode::kUnknownParameter, fmt::format("no parameter is named '{}'", rest),
                 name_advice(rest, scope_.names("param.")));
  }
  if (name.starts_with("score.")) {
    const std::string_view rest = name.substr(6);
    return fault(node.begin, DiagnosticCode::kUnknownScore, fmt::format("no score is named '{}'", rest), name_advice(rest, scope_.names("score.")));
  }
  if (name.starts_with("list.")) {
    const std::string_view rest = name.substr(5);
    return fault(node.begin, DiagnosticCode::kUnknownList, fmt::format("no list is named '{}'", rest), name_advice(rest, scope_.names("list.")));
  }
  if (name.starts_with("calendar.")) {
    const std::string_view rest = name.substr(9);
    return fault(node.begin, DiagnosticCode::kBadCalendar, fmt::format("no calendar is named '{}'", rest),
                 name_advice(rest, scope_.names("calendar.")));
  }
  const std::string text = fmt::format("nothing here is named '{}'", name);
  if (scope_.find(fmt::format("param.{}", name)) != nullptr)
    return fault(node.begin, DiagnosticCode::kUnknownName, text, fmt::format("for the parameter write param.{}", name));
  if (scope_.find(fmt::format("score.{}", name)) != nullptr)
    return fault(node.begin, DiagnosticCode::kUnknownName, text, fmt::format("for the score write score.{}", name));
  const std::vector<std::string> names = scope_.names("");
  std::string advice = name_advice(name, names);
  if (nearest_name(name, names).empty()) advice = fmt::format("if it is a text, put it in quotes; {}", advice);
  return fault(node.begin, DiagnosticCode::kUnknownName, text, std::move(advice));
}

std::optional<Expression> ExpressionChecker::check_logic(const SyntaxNode& node) {
  std::vector<Expression> arguments;
  bool complete = true;
  for (const SyntaxNode& part : node.arguments) {
    Checked argument = check(part);
    if (argument && argument->type.kind != ValueKind::kBool) {
      argument = fault(part.begin, DiagnosticCode::kTypeMismatch,
                       fmt::format("'and', 'or' and 'not' join conditions, this is {}", describe(*argument)), "compare it with something");
    }
    if (argument)
      arguments.push_back(std::move(*argument));
    else
      complete = false;
  }
  if (!complete) return std::nullopt;
  const Operation operation = node.kind == SyntaxKind::kNot ? Operation::kNot : node.kind == SyntaxKind::kAnd ? Operation::kAnd : Operation::kOr;
  return folded(operation_of(operation, kind_type(ValueKind::kBool), std::move(arguments)), node.begin);
}

void ExpressionChecker::keep_bound(const SyntaxNode& comparison, const Expression& left, const Expression& right, const SyntaxNode& left_node,
                                   const SyntaxNode& right_node) {
  if (is_constant(left) && is_constant(right)) return;
  const bool swapped = is_constant(left);
  bounds_.push_back({written(comparison), written(swapped ? right_node : left_node), swapped ? right : left, swapped ? left : right});
}

std::optional<Expression> ExpressionChecker::check_comparison(const SyntaxNode& node) {
  std::optional<std::vector<Expression>> sides = check_all(node.arguments);
  if (!sides) return std::nullopt;
  return compare(node, node.operation, std::move((*sides)[0]), std::move((*sides)[1]), node.arguments[0], node.arguments[1]);
}

std::optional<Expression> ExpressionChecker::compare(const SyntaxNode& node, Operation operation, Expression left, Expression right,
                                                     const SyntaxNode& left_node, const SyntaxNode& right_node) {
  const Expression left_before = left;
  const Expression right_before = right;
  std::vector<Expression> sides;
  sides.push_back(std::move(left));
  sides.push_back(std::move(right));
  if (const std::optional<TypeFault> wrong = unify(sides)) {
    const std::size_t position = wrong->argument ? (*wrong->argument == 0 ? left_node.begin : right_node.begin) : node.sign;
    return fault(position, wrong->code, wrong->text, wrong->advice);
  }
  const bool equality = operation == Operation::kEqual || operation == Operation::kNotEqual;
  if (!equality && !is_ordered(sides[0].type)) {
    return fault(node.sign, DiagnosticCode::kTypeMismatch, fmt::format("{} has no order", describe(left_before)),
                 "compare with == or !=, or with in ['a', 'b']");
  }
  // A constant is shown as its neighbour writes such values; anything else in its own type.
  const bool left_fixed = is_constant(sides[0]);
  const bool right_fixed = is_constant(sides[1]);
  keep_bound(node, left_fixed ? sides[0] : left_before, right_fixed ? sides[1] : right_before, left_node, right_node);
  return folded(operation_of(operation, kind_type(ValueKind::kBool), std::move(sides)), node.sign);
}

std::optional<Expression> ExpressionChecker::check_in(const SyntaxNode& node) {
  std::optional<std::vector<Expression>> members = check_all(node.arguments);
  if (!members) return std::nullopt;
  const bool two = members->size() == 3;
  if (!node.is_list || (two && is_ordered(members->front().type))) return check_range(node, std::move(*members));
  return check_list(node, std::move(*members));
}

std::optional<Expression> ExpressionChecker::check_range(const SyntaxNode& node, std::vector<Expression> members) {
  if (!is_ordered(members[0].type)) {
    return fault(node.sign, DiagnosticCode::kTypeMismatch, fmt::format("{} has no order, so it has no ranges", describe(members[0])),
                 "write a list: in ['a', 'b']");
  }
  const Operation low = node.low_included ? Operation::kGreaterOrEqual : Operation::kGreater;
  const Operation high = node.high_included ? Operation::kLessOrEqual : Operation::kLess;
  if (is_constant(members[1]) && is_constant(members[2])) {
    std::vector<Expression> bounds{members[1], members[2]};
    const bool comparable = !unify(bounds);
    const std::int64_t gap = comparable && bounds[0].constant <= bounds[1].constant ? (bounds[0].constant == bounds[1].constant ? 0 : 1) : -1;
    if (comparable && (gap < 0 || (gap == 0 && !(node.low_included && node.high_included)))) {
      return fault(node.arguments[1].begin, DiagnosticCode::kEmptyRange,
                   fmt::format("no value is in the range from {} to {}", written(node.arguments[1]), written(node.arguments[2])));
    }
  }
  Checked above = compare(node, low, members[0], std::move(members[1]), node.arguments[0], node.arguments[1]);
  Checked below = compare(node, high, std::move(members[0]), std::move(members[2]), node.arguments[0], node.arguments[2]);
  if (!above || !below) return std::nullopt;
  std::vector<Expression> both;
  both.push_back(std::move(*above));
  both.push_back(std::move(*below));
  return folded(operation_of(Operation::kAnd, kind_type(ValueKind::kBool), std::move(both)), node.sign);
}

std::optional<Expression> ExpressionChecker::check_list(const SyntaxNode& node, std::vector<Expression> members) {
  bool complete = true;
  for (std::size_t i = 1; i < members.size(); ++i) {
    const std::size_t position = node.arguments[i].begin;
    if (!is_constant(members[i])) {
      fault(position, DiagnosticCode::kTypeMismatch, "a list holds constants only", "compare with == and join by 'or'");
      complete = false;
      continue;
    }
    // Every member is judged against the value alone, so that each wrong one is named.
    std::vector<Expression> pair{members[0], members[i]};
    if (const std::optional<TypeFault> wrong = unify(pair)) {
      fault(position, wrong->code, wrong->text, wrong->advice);
      complete = false;
    }
  }
  if (!complete) return std::nullopt;
  if (const std::optional<TypeFault> wrong = unify(members)) return fault(node.sign, wrong->code, wrong->text, wrong->advice);
  return folded(operation_of(Operation::kIn, kind_type(ValueKind::kBool), std::move(members)), node.sign);
}

// "payee_id in list.blocked", "name similar_to list.watch at 0.92".
std::optional<Expression> ExpressionChecker::check_listed(const SyntaxNode& node) {
  const bool similar = node.arguments.size() == 3;
  Checked value = check(node.arguments[0]);
  const std::optional<std::int64_t> least = similar ? check_least(node.arguments[2]) : 0;
  const SyntaxNode& name = node.arguments[1];
  const Symbol* list = scope_.find(name.text);
  if (list == nullptr || list->state != Symbol::State::kUsable) return check_name(name);
  if (!value || !least) return std::nullopt;
  const ValueKind kind = value->type.kind;
  if (kind != ValueKind::kString && (similar || (kind != ValueKind::kInteger && kind != ValueKind::kEnum)))
    return fault(node.arguments[0].begin, DiagnosticCode::kTypeMismatch,
                 fmt::format("{}, this is {}", similar ? "names are strings" : "a list holds strings, integers or names of enums", describe(*value)),
                 "ask for another field");
  if (similar && list->expression.list->added_place())
    return fault(name.begin, DiagnosticCode::kBadList, fmt::format("rules add to '{}', which can be asked for equal values alone", name.text),
                 "write: value in list.NAME, or let rules add to another list");
  Expression look_up = list->expression;
  look_up.operation = similar ? Operation::kSimilar : Operation::kListed;
  look_up.constant = *least;
  look_up.arguments.push_back(std::move(*value));
  return look_up;
}

// How alike, in ten thousands.
std::optional<std::int64_t> ExpressionChecker::check_least(const SyntaxNode& node) {
  const Checked least = check(node);
  if (!least) return std::nullopt;
  const bool is_number = is_constant(*least) && (least->type.kind == ValueKind::kInteger || least->type.kind == ValueKind::kDecimal);
  const std::optional<std::int64_t> parts = is_number ? rescale_exactly({least->constant, least->type.scale}, kLikenessScale) : std::nullopt;
  if (parts && *parts >= kLikenessWhole / 2 && *parts <= kLikenessWhole) return parts;
  fault(node.begin, DiagnosticCode::kOutOfRange, "names are alike by a number from 0.5 to 1 with four digits at most", "write for example at 0.92");
  return std::nullopt;
}

std::optional<Expression> ExpressionChecker::check_arithmetic(const SyntaxNode& node) {
  std::optional<std::vector<Expression>> sides = check_all(node.arguments);
  if (!sides) return std::nullopt;
  Arithmetic result = combine(node.operation, std::move((*sides)[0]), std::move((*sides)[1]));
  if (!result.node) return fault(node.sign, result.fault.code, result.fault.text, result.fault.advice);
  // A product may stand inside a rescaling.
  if (result.node->operation == Operation::kRescale) {
    Checked inner = folded(std::move(result.node->arguments.front()), node.sign);
    if (!inner) return std::nullopt;
    result.node->arguments.front() = std::move(*inner);
  }
  return folded(std::move(*result.node), node.sign);
}

std::optional<Expression> ExpressionChecker::check_negate(const SyntaxNode& node) {
  Checked argument = check(node.arguments.front());
  if (!argument) return std::nullopt;
  if (!argument->type.is_numeric() && argument->type.kind != ValueKind::kDuration)
    return fault(node.begin, DiagnosticCode::kTypeMismatch, fmt::format("there is no minus {}", describe(*argument)));
  const ValueType type = argument->type;
  std::vector<Expression> arguments;
  arguments.push_back(std::move(*argument));
  return folded(operation_of(Operation::kNegate, type, std::move(arguments)), node.begin);
}

std::optional<Expression> ExpressionChecker::check_call(const SyntaxNode& node) {
  const auto* function = std::find_if(kFunctions.begin(), kFunctions.end(), [&](const Function& one) { return one.name == node.text; });
  if (function == kFunctions.end()) {
    const std::vector<std::string> names = function_names();
    return fault(node.begin, DiagnosticCode::kUnknownFunction, fmt::format("there is no function '{}'", node.text), name_advice(node.text, names));
  }
  if (node.arguments.size() < function->arguments_min || node.arguments.size() > function->arguments_max) {
    return fault(node.begin, DiagnosticCode::kExpressionSyntax,
                 fmt::format("{} takes {}{} values, not {}", function->name, function->arguments_max == kAnyNumber ? "at least " : "",
                             function->arguments_min, node.arguments.size()),
                 fmt::format("write {}", function->form));
  }
  if (const std::optional<LocalPart> part = local_part(node.text)) return check_local_time(node, *part);
  if (node.text == "business_day") return check_business_day(node);
  std::optional<std::vector<Expression>> arguments = check_all(node.arguments);
  if (!arguments) return std::nullopt;
  if (node.text == "known") return folded(operation_of(Operation::kIsKnown, kind_type(ValueKind::kBool), std::move(*arguments)), node.begin);
  if (node.text == "if") return check_choice(node, std::move(*arguments));
  if (node.text == "multiple_of") return check_multiple(node, std::move(*arguments));
  if (node.text == "sample") return check_sample(node, std::move(*arguments));
  if (node.text == "abs") {
    const ValueType type = arguments->front().type;
    if (!type.is_numeric() && type.kind != ValueKind::kDuration)
      return fault(node.arguments.front().begin, DiagnosticCode::kTypeMismatch,
                   fmt::format("abs takes a number, money or a duration, not {}", describe(arguments->front())));
    return folded(operation_of(Operation::kAbsolute, type, std::move(*arguments)), node.begin);
  }
  const Operation operation = node.text == "min" ? Operation::kMinimum : node.text == "max" ? Operation::kMaximum : Operation::kClamp;
  return check_extreme(node, operation, std::move(*arguments));
}

// value % step == 0
std::optional<Expression> ExpressionChecker::check_multiple(const SyntaxNode& node, std::vector<Expression> arguments) {
  Arithmetic rest = combine(Operation::kModulo, std::move(arguments[0]), std::move(arguments[1]));
  if (!rest.node) return fault(node.sign, rest.fault.code, rest.fault.text, rest.fault.advice);
  Checked checked = folded(std::move(*rest.node), node.sign);
  if (!checked) return std::nullopt;
  Expression none = constant_of(checked->type, 0);
  return folded(operation_of(Operation::kEqual, kind_type(ValueKind::kBool), {std::move(*checked), std::move(none)}), node.sign);
}

std::optional<Expression> ExpressionChecker::check_sample(const SyntaxNode& node, std::vector<Expression> arguments) {
  const ValueKind kind = arguments[0].type.kind;
  if (kind != ValueKind::kString && kind != ValueKind::kInteger)
    return fault(node.arguments[0].begin, DiagnosticCode::kTypeMismatch, fmt::format("sample() takes an id, this is {}", describe(arguments[0])),
                 "name the field that the input's id is");
  const Expression& share = arguments[1];
  const bool is_number = is_constant(share) && (share.type.kind == ValueKind::kInteger || share.type.kind == ValueKind::kDecimal);
  if (!is_number || share.type.scale > kSampleScale || share.constant < 0 || share.constant > power_of_ten(share.type.scale))
    return fault(node.arguments[1].begin, DiagnosticCode::kOutOfRange, "a share is a number from 0 to 1 with four digits at most",
                 "write for example sample(id, 0.01)");
  Expression parts = constant_of(kind_type(ValueKind::kInteger), share.constant * power_of_ten(kSampleScale - share.type.scale));
  return operation_of(Operation::kSample, kind_type(ValueKind::kBool), {std::move(arguments[0]), std::move(parts)});
}

std::optional<Expression> ExpressionChecker::check_time(const SyntaxNode& node) {
  Checked time = check(node);
  if (time && time->type.kind != ValueKind::kTime)
    return fault(node.begin, DiagnosticCode::kTypeMismatch, fmt::format("a time is needed, this is {}", describe(*time)),
                 "name a field or fact of type time");
  return time;
}

// The zone is a text, or an enum all of whose names are zones, as that of the account.
std::optional<Expression> ExpressionChecker::check_local_time(const SyntaxNode& node, LocalPart part) {
  Checked time = check_time(node.arguments[0]);
  Checked zone = check(node.arguments[1]);
  if (!zone) return std::nullopt;
  std::optional<std::vector<std::shared_ptr<const TimeZone>>> zones = check_zones(node.arguments[1], *zone);
  if (!time || !zones) return std::nullopt;
  std::vector<Expression> arguments;
  arguments.push_back(std::move(*time));
  if (!is_constant(*zone)) arguments.push_back(std::move(*zone));
  Expression local = operation_of(Operation::kOfTime, type_of(part), std::move(arguments));
  local.of_time = std::make_shared<const LocalTime>(part, std::move(*zones));
  return local;
}

std::optional<std::vector<std::shared_ptr<const TimeZone>>> ExpressionChecker::check_zones(const SyntaxNode& node, const Expression& zone) {
  std::vector<std::string> names;
  if (is_constant(zone) && zone.type.kind == ValueKind::kString) names.push_back(zone.text);
  if (!is_constant(zone) && zone.type.kind == ValueKind::kEnum) names = *zone.type.names;
  if (names.empty() || zones_ == nullptr) {
    fault(node.begin, DiagnosticCode::kBadZone, fmt::format("a time zone is needed, this is {}", describe(zone)),
          "write its name in quotes, or name an enum field whose names are time zones");
    return std::nullopt;
  }
  std::vector<std::shared_ptr<const TimeZone>> zones;
  for (const std::string& name : names) {
    const std::expected<std::shared_ptr<const TimeZone>, TimeZones::Fault> found = zones_->find(name);
    if (found)
      zones.push_back(*found);
    else
      fault(node.begin, DiagnosticCode::kBadZone, found.error().text, found.error().advice);
  }
  if (zones.size() != names.size()) return std::nullopt;
  return zones;
}

std::optional<Expression> ExpressionChecker::check_business_day(const SyntaxNode& node) {
  Checked time = check_time(node.arguments[0]);
  const SyntaxNode& name = node.arguments[1];
  if (name.kind != SyntaxKind::kName || !name.text.starts_with("calendar."))
    return fault(name.begin, DiagnosticCode::kBadCalendar, "a calendar is needed", "write business_day(time, calendar.NAME)");
  const Symbol* calendar = scope_.find(name.text);
  if (calendar == nullptr || calendar->state != Symbol::State::kUsable) return check_name(name);
  if (!time) return std::nullopt;
  Expression asked = calendar->expression;
  asked.arguments.push_back(std::move(*time));
  return asked;
}

std::optional<Expression> ExpressionChecker::check_choice(const SyntaxNode& node, std::vector<Expression> arguments) {
  if (arguments[0].type.kind != ValueKind::kBool) {
    return fault(node.arguments[0].begin, DiagnosticCode::kTypeMismatch,
                 fmt::format("if() needs a condition first, this is {}", describe(arguments[0])), "write if(condition, then, otherwise)");
  }
  if (const std::optional<TypeFault> wrong = unify(std::span(arguments).subspan(1)))
    return fault(node.arguments[2].begin, wrong->code, wrong->text, wrong->advice);
  const ValueType type = arguments[1].type;
  return folded(operation_of(Operation::kIf, type, std::move(arguments)), node.begin);
}

std::optional<Expression> ExpressionChecker::check_extreme(const SyntaxNode& node, Operation operation, std::vector<Expression> arguments) {
  if (const std::optional<TypeFault> wrong = unify(arguments)) return fault(node.begin, wrong->code, wrong->text, wrong->advice);
  if (!is_ordered(arguments.front().type))
    return fault(node.begin, DiagnosticCode::kTypeMismatch, fmt::format("{} has no order", describe(arguments.front())),
                 fmt::format("{} takes numbers, money, times or durations", node.text));
  const ValueType type = arguments.front().type;
  return folded(operation_of(operation, type, std::move(arguments)), node.begin);
}

}  // namespace reckoner
