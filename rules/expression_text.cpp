#include "rules/expression_text.hpp"

#include <fmt/format.h>

#include <vector>

#include "engine/check.hpp"

namespace reckoner {

namespace {

// How tightly an operation binds, as the parser reads it.
enum Binding : int { kOrs, kAnds, kNots, kComparisons, kSums, kProducts, kUnaries, kLeaves };

struct Sign {
  Binding binding = kLeaves;
  std::string_view text;  // between two operands; "" = not such an operation
};

Sign sign_of(Operation operation) {
  switch (operation) {
    case Operation::kOr:
      return {kOrs, " or "};
    case Operation::kAnd:
      return {kAnds, " and "};
    case Operation::kEqual:
      return {kComparisons, " == "};
    case Operation::kNotEqual:
      return {kComparisons, " != "};
    case Operation::kLess:
      return {kComparisons, " < "};
    case Operation::kLessOrEqual:
      return {kComparisons, " <= "};
    case Operation::kGreater:
      return {kComparisons, " > "};
    case Operation::kGreaterOrEqual:
      return {kComparisons, " >= "};
    case Operation::kAdd:
      return {kSums, " + "};
    case Operation::kSubtract:
      return {kSums, " - "};
    case Operation::kMultiply:
      return {kProducts, " * "};
    case Operation::kDivide:
      return {kProducts, " / "};
    case Operation::kIntegerDivide:
      return {kProducts, " // "};
    case Operation::kModulo:
      return {kProducts, " % "};
    default:
      return {};
  }
}

std::string_view function_of(Operation operation) {
  switch (operation) {
    case Operation::kMinimum:
      return "min";
    case Operation::kMaximum:
      return "max";
    case Operation::kAbsolute:
      return "abs";
    case Operation::kClamp:
      return "clamp";
    case Operation::kIf:
      return "if";
    case Operation::kIsKnown:
      return "known";
    default:
      RECKONER_UNREACHABLE("an operation without a text");
  }
}

class Writer {
 public:
  Writer(const Plan& plan, const KeyPlan& key, const LeafName& name) : plan_(plan), key_(key), name_(name) {}

  // In parentheses where what surrounds it binds tighter.
  [[nodiscard]] std::string write(const Expression& expression, int around) const {
    if (expression.operation == Operation::kRescale) return write(expression.arguments.front(), around);
    const Sign sign = sign_of(expression.operation);
    if (!sign.text.empty()) {
      std::string text;
      for (std::size_t i = 0; i < expression.arguments.size(); ++i) {
        if (i > 0) text += sign.text;
        // Logic is flat; to the right of any other sign an equal one needs parentheses.
        const bool tighter = sign.binding == kComparisons || (i > 0 && sign.binding > kComparisons);
        text += write(expression.arguments[i], sign.binding + (tighter ? 1 : 0));
      }
      return sign.binding < around ? fmt::format("({})", text) : text;
    }
    if (expression.operation == Operation::kIn) return around > kComparisons ? fmt::format("({})", list(expression)) : list(expression);
    if (expression.list != nullptr) return around > kComparisons ? fmt::format("({})", look_up(expression)) : look_up(expression);
    if (expression.operation == Operation::kNot) {
      const std::string text = "not " + write(expression.arguments.front(), kNots);
      return around > kNots ? fmt::format("({})", text) : text;
    }
    if (expression.operation == Operation::kNegate) return "-" + write(expression.arguments.front(), kUnaries);
    return leaf(expression);
  }

 private:
  [[nodiscard]] std::string list(const Expression& expression) const {
    std::vector<std::string> members;
    for (std::size_t i = 1; i < expression.arguments.size(); ++i) members.push_back(leaf(expression.arguments[i]));
    return fmt::format("{} in [{}]", write(expression.arguments.front(), kSums), fmt::join(members, ", "));
  }

  [[nodiscard]] std::string look_up(const Expression& expression) const {
    const std::string value = write(expression.arguments.front(), kSums);
    if (expression.operation == Operation::kListed) return fmt::format("{} in list.{}", value, expression.list->name());
    ValueType decimal;
    decimal.kind = ValueKind::kDecimal;
    decimal.scale = kLikenessScale;
    return fmt::format("{} similar_to list.{} at {}", value, expression.list->name(), to_text(decimal, expression.constant));
  }

  [[nodiscard]] std::string sample(const Expression& expression) const {
    ValueType share;
    share.kind = ValueKind::kDecimal;
    share.scale = kSampleScale;
    return fmt::format("sample({}, {})", write(expression.arguments.front(), kOrs), to_text(share, expression.arguments.back().constant));
  }

  [[nodiscard]] std::string leaf(const Expression& expression) const {
    if (name_ && (expression.operation == Operation::kField || expression.operation == Operation::kBound)) {
      if (std::string name = name_(expression); !name.empty()) return name;
    }
    switch (expression.operation) {
      case Operation::kSample:
        return sample(expression);
      case Operation::kConstant:
        if (expression.type.kind == ValueKind::kString) return fmt::format("'{}'", expression.text);
        if (expression.type.kind == ValueKind::kEnum) return fmt::format("'{}'", to_text(expression.type, expression.constant));
        return to_text(expression.type, expression.constant);
      case Operation::kField:
        return plan_.inputs[expression.input].schema.fields[expression.position].name;
      case Operation::kFact:
        return key_.facts[expression.position].name;
      case Operation::kScore:
        return "score." + key_.scores[expression.position].name;
      case Operation::kMeasure:
        return fmt::format("measure {}", expression.position + 1);
      default:
        break;
    }
    std::vector<std::string> arguments;
    arguments.reserve(expression.arguments.size());
    for (const Expression& argument : expression.arguments) arguments.push_back(write(argument, kOrs));
    if (expression.of_time != nullptr) return expression.of_time->call(arguments);
    return fmt::format("{}({})", function_of(expression.operation), fmt::join(arguments, ", "));
  }

  const Plan& plan_;
  const KeyPlan& key_;
  const LeafName& name_;
};

std::string binding_text(const Plan& plan, const PatternPlan& pattern, const PatternBinding& binding) {
  const PatternStep& step = pattern.steps[binding.step];
  if (binding.what == BoundValue::kCount) return step.name + ".count";
  const std::string& field = plan.inputs[step.input].schema.fields[binding.field].name;
  if (step.at_least == 1) return fmt::format("{}.{}", step.name, field);
  return fmt::format("{}.{}.{}", step.name, binding.what == BoundValue::kFirst ? "first" : "last", field);
}

}  // namespace

std::string expression_text(const Plan& plan, const KeyPlan& key, const Expression& expression, const LeafName& name) {
  return Writer(plan, key, name).write(expression, kOrs);
}

std::string bound_condition_text(const Plan& plan, const KeyPlan& key, const PatternPlan& pattern, const Expression& condition) {
  return expression_text(plan, key, condition, [&](const Expression& leaf) {
    return leaf.operation == Operation::kBound ? binding_text(plan, pattern, pattern.bindings[leaf.position]) : std::string();
  });
}

std::string like_condition_text(const Plan& plan, const KeyPlan& key, const FactPlan& fact) {
  RECKONER_CHECK(fact.like.has_value(), "fact {} is not compared with the record at hand", fact.name);
  const std::vector<Field>& fields = plan.inputs[fact.input].schema.fields;
  return expression_text(plan, key, *fact.like, [&](const Expression& leaf) {
    if (leaf.operation == Operation::kBound) return fields[fact.kept[leaf.position].field].name;
    return "now." + fields[leaf.position].name;
  });
}

}  // namespace reckoner
