#include "operators/expression.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "engine/check.hpp"
#include "operators/canonical_text.hpp"

namespace reckoner {

namespace {

// These texts are hashed into fingerprints that stored state is found by: never change one.
std::string_view operation_text(Operation operation) {
  static constexpr std::array<std::string_view, 34> kTexts{"constant", "field", "fact",   "score",  "measure", "not",     "and",    "or",  "==",
                                                           "!=",       "<",     "<=",     ">",      ">=",      "in",      "+",      "-",   "*",
                                                           "/",        "//",    "%",      "negate", "rescale", "min",     "max",    "abs", "clamp",
                                                           "if",       "known", "sample", "bound",  "listed",  "similar", "of time"};
  const auto position = static_cast<std::size_t>(operation);
  RECKONER_CHECK(position < kTexts.size(), "operation {}", position);
  return kTexts[position];
}
static_assert(static_cast<int>(Operation::kIf) == 27 && static_cast<int>(Operation::kOfTime) == 33);

bool is_leaf(Operation operation) {
  return operation == Operation::kField || operation == Operation::kFact || operation == Operation::kScore || operation == Operation::kMeasure ||
         operation == Operation::kBound;
}

// The order of arguments changes nothing.
bool is_commutative(Operation operation) {
  switch (operation) {
    case Operation::kAnd:
    case Operation::kOr:
    case Operation::kEqual:
    case Operation::kNotEqual:
    case Operation::kAdd:
    case Operation::kMultiply:
    case Operation::kMinimum:
    case Operation::kMaximum:
      return true;
    default:
      return false;
  }
}

// An argument that is there twice changes nothing.
bool is_idempotent(Operation operation) {
  return operation == Operation::kAnd || operation == Operation::kOr || operation == Operation::kMinimum || operation == Operation::kMaximum;
}

// The scale, where it is no consequence of the arguments.
bool has_own_type(Operation operation) { return operation == Operation::kRescale || operation == Operation::kDivide; }

std::string constant_text(const Expression& expression) {
  if (expression.type.kind == ValueKind::kString) return fmt::format("text {}", counted_text(expression.text));
  // An enum's name, not its code: codes move when names are added.
  if (expression.type.kind == ValueKind::kEnum) return fmt::format("name {}", counted_text(to_text(expression.type, expression.constant)));
  return fmt::format("{} {}", canonical_text(expression.type), expression.constant);
}

std::string default_leaf_text(const Expression& leaf) {
  if (leaf.operation == Operation::kField) return fmt::format("{}.{}", leaf.input, leaf.position);
  return fmt::format("{}", leaf.position);
}

std::vector<std::string> argument_texts(const Expression& expression, const LeafText& leaf) {
  std::vector<std::string> texts;
  texts.reserve(expression.arguments.size());
  for (const Expression& argument : expression.arguments) texts.push_back(canonical_text(argument, leaf));
  if (is_commutative(expression.operation)) std::sort(texts.begin(), texts.end());
  if (is_idempotent(expression.operation)) texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  if (expression.operation == Operation::kIn && !texts.empty()) {
    std::sort(texts.begin() + 1, texts.end());
    texts.erase(std::unique(texts.begin() + 1, texts.end()), texts.end());
  }
  if (expression.operation == Operation::kGreater || expression.operation == Operation::kGreaterOrEqual) std::reverse(texts.begin(), texts.end());
  return texts;
}

}  // namespace

std::optional<Operation> opposite(Operation comparison) {
  switch (comparison) {
    case Operation::kEqual:
      return Operation::kNotEqual;
    case Operation::kNotEqual:
      return Operation::kEqual;
    case Operation::kLess:
      return Operation::kGreaterOrEqual;
    case Operation::kLessOrEqual:
      return Operation::kGreater;
    case Operation::kGreater:
      return Operation::kLessOrEqual;
    case Operation::kGreaterOrEqual:
      return Operation::kLess;
    default:
      return std::nullopt;
  }
}

std::string counted_text(std::string_view text) { return fmt::format("{}:{}", text.size(), text); }

std::string canonical_text(const ValueType& type) {
  switch (type.kind) {
    case ValueKind::kMoney:
      return fmt::format("money {}({})", type.currency_text(), type.scale);
    case ValueKind::kEnum: {
      std::string text = "enum(";
      if (type.names != nullptr) {
        for (const std::string& name : *type.names) text += counted_text(name);
      }
      return text + ")";
    }
    case ValueKind::kDecimal:
      return fmt::format("decimal({})", type.scale);
    case ValueKind::kBool:
      return "bool";
    case ValueKind::kInteger:
      return "integer";
    case ValueKind::kString:
      return "string";
    case ValueKind::kTime:
      return "time";
    case ValueKind::kDuration:
      return "duration";
  }
  RECKONER_UNREACHABLE("a ValueKind outside its enumerators");
}

std::string canonical_text(const Expression& expression, const LeafText& leaf) {
  if (expression.operation == Operation::kConstant) return fmt::format("({})", constant_text(expression));
  if (is_leaf(expression.operation)) return fmt::format("({} {})", operation_text(expression.operation), leaf(expression));
  std::vector<std::string> texts = argument_texts(expression, leaf);
  if (texts.size() == 1 && is_idempotent(expression.operation)) return std::move(texts.front());
  Operation operation = expression.operation;
  if (operation == Operation::kGreater) operation = Operation::kLess;
  if (operation == Operation::kGreaterOrEqual) operation = Operation::kLessOrEqual;
  std::string text = fmt::format("({}", operation_text(operation));
  if (has_own_type(operation)) text += fmt::format(" {}", canonical_text(expression.type));
  // By the list's name: what it holds may change, and what was counted by it stays.
  if (expression.list != nullptr) text += fmt::format(" {}", counted_text(expression.list->name()));
  if (expression.of_time != nullptr) text += fmt::format(" {}", counted_text(expression.of_time->text()));
  if (operation == Operation::kSimilar) text += fmt::format(" {}", expression.constant);
  for (const std::string& argument : texts) text += " " + argument;
  return text + ")";
}

std::string canonical_text(const Expression& expression) { return canonical_text(expression, default_leaf_text); }

bool operator==(const Expression& left, const Expression& right) { return canonical_text(left) == canonical_text(right); }

}  // namespace reckoner
