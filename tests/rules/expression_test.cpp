#include "operators/expression.hpp"

#include <map>
#include <string>
#include <vector>

#include "rule_set_text.hpp"
#include "rules/expression_parser.hpp"

namespace reckoner {

using testing::fire_of;

namespace {

const std::string kFacts =
    "n: {count: true, within: 60s}\nspent: {sum: amount, within: 1h}\nlast: {previous: type}\ngap: {since_previous: true}\nnew_one: {first_seen: "
    "device_id, last: 8}";

std::string canonical(std::string_view fire) { return canonical_text(fire_of(fire, kFacts)); }

}  // namespace

TEST_CASE("precedence follows the usual order") {
  CHECK(canonical("n > 1 or n > 2 and n > 3") == canonical("n > 1 or (n > 2 and n > 3)"));
  CHECK(canonical("not n > 1 and ok") == canonical("(not (n > 1)) and ok"));
  CHECK(canonical("n + 2 * age > 3") == canonical("(n + (2 * age)) > 3"));
  CHECK(canonical("n - 2 - age > 3") == canonical("((n - 2) - age) > 3"));
  CHECK(canonical("-n + age > 3") == canonical("(-n) + age > 3"));
  CHECK(canonical("n // 2 * 3 % 5 > 1") == canonical("(((n // 2) * 3) % 5) > 1"));
  CHECK(canonical("n - 2 - age > 3") != canonical("n - (2 - age) > 3"));
}

TEST_CASE("equal meanings have one canonical text") {
  const std::vector<std::pair<std::string, std::string>> pairs{
      {"n > 5 and ok", "ok and n > 5"},
      {"n > 5", "5 < n"},
      {"n >= 5", "not n < 5"},
      {"n == 5", "5 == n"},
      {"n + age > 5", "age + n > 5"},
      {"n * age > 5", "age * n > 5"},
      {"max(n, age) > 5", "max(age, n) > 5"},
      {"max(n, max(age, 7)) > 5", "max(7, n, age) > 5"},
      {"ok and (n > 5 and age > 3)", "(age > 3 and ok) and n > 5"},
      {"n > 5 and n > 5", "n > 5"},
      {"n >= 2 * 5", "n >= param.burst"},
      {"amount >= 200", "amount >= param.limit"},
      {"amount >= 200.000", "amount >= 200"},
      {"fee > 200 USD", "fee > param.cap"},
      {"amount in [5, 10)", "amount >= 5 and amount < 10"},
      {"amount in (5, 10]", "amount > 5 and amount <= 10"},
      {"amount in [5, 10]", "amount >= 5 and amount <= 10"},
      {"amount in (5, 10)", "amount > 5 and amount < 10"},
      {"type in ['card_payment', 'transfer_out']", "type in ['transfer_out', 'card_payment', 'transfer_out']"},
      {"type in ['card_payment']", "type == 'card_payment'"},
      {"type not in ['card_payment']", "type != 'card_payment'"},
      {"type == param.kind", "type == \"transfer_out\""},
      {"not not ok", "ok"},
      {"ok and true", "ok"},
      {"ok or 1 > 2", "ok"},
      {"gap < 90s", "gap < 1m30s"},
      {"gap < param.span", "gap < 300s"},
      {"n * 2.0 > 5", "n * 2 > 5"},
      {"if(param.on_hold, n, age) > 5", "n > 5"},
      {"-(-5) < n", "n > 5"},
      {"ok and known(5)", "ok"},
      {"age in [1, 2, 3]", "age in [3, 2, 1, 1]"},
  };
  for (const auto& [left, right] : pairs) {
    INFO(left << "  |  " << right);
    CHECK(canonical(left) == canonical(right));
    CHECK(fire_of(left, kFacts) == fire_of(right, kFacts));
  }
}

TEST_CASE("different meanings have different canonical texts") {
  const std::vector<std::string> different{"n > 5",
                                           "n >= 5",
                                           "n < 5",
                                           "age > 5",
                                           "n > 6",
                                           "n - age > 5",
                                           "age - n > 5",
                                           "n / age > 5",
                                           "n // age > 5",
                                           "n % age > 5",
                                           "amount > 5",
                                           "amount > 5.01",
                                           "fee > 5 USD",
                                           "gap > 5s",
                                           "gap > 5ms",
                                           "device_id == 'a'",
                                           "device_id == 'b'",
                                           "device_id == 'ab'",
                                           "type == last",
                                           "type != last",
                                           "known(n)",
                                           "known(age)",
                                           "ok",
                                           "not ok",
                                           "ok or new_one",
                                           "ok and new_one",
                                           "abs(n) > 5",
                                           "clamp(n, 1, 9) > 5",
                                           "clamp(n, 1, 8) > 5",
                                           "min(n, age) > 5",
                                           "max(n, age) > 5",
                                           "if(ok, n, age) > 5",
                                           "if(ok, age, n) > 5",
                                           "device_id in ['a', 'b']",
                                           "device_id in ['a', 'bb']"};
  std::map<std::string, std::string> seen;
  for (const std::string& fire : different) {
    const auto [first, is_new] = seen.emplace(canonical(fire), fire);
    INFO(fire << "  |  " << first->second);
    CHECK(is_new);
  }
}

TEST_CASE("scales are aligned so that the evaluator compares plain integers") {
  const Expression literal = fire_of("amount >= 200", kFacts);
  CHECK(literal.arguments[0].operation == Operation::kField);
  CHECK(literal.arguments[1].constant == 20000);
  CHECK(literal.arguments[1].type.scale == 2);

  const Expression finer = fire_of("amount >= 5.005", kFacts);
  CHECK(finer.arguments[0].operation == Operation::kRescale);
  CHECK(finer.arguments[0].type.scale == 3);
  CHECK(finer.arguments[1].constant == 5005);

  const Expression mixed = fire_of("n > amount", kFacts);
  CHECK(mixed.arguments[0].operation == Operation::kRescale);
  CHECK(mixed.arguments[0].type.kind == ValueKind::kDecimal);
  CHECK(mixed.arguments[0].type.scale == 2);

  const Expression money = fire_of("fee >= 200.5 USD", kFacts);
  CHECK(money.arguments[1].constant == 20050);
  CHECK(money.arguments[1].type.currency_text() == "USD");
}

TEST_CASE("arithmetic has the types of the reference") {
  const auto type_of = [](std::string_view value) {
    const Plan plan =
        testing::plan_of(testing::with_rules(testing::rule_text("R1", "n > 5", kFacts, fmt::format("    columns: {{c: \"{}\"}}\n", value))));
    return to_text(plan.keys[0].rules[0].columns[0].second.type);
  };
  CHECK(type_of("n + age") == "integer");
  CHECK(type_of("n + amount") == "decimal(2)");
  CHECK(type_of("amount * amount") == "decimal(4)");
  CHECK(type_of("1.50 * amount") == "decimal(3)");
  CHECK(type_of("n / age") == "decimal(6)");
  CHECK(type_of("n // age") == "integer");
  CHECK(type_of("amount // 0.5") == "integer");
  CHECK(type_of("amount % 100") == "decimal(2)");
  CHECK(type_of("fee / 3") == "money USD");
  CHECK(type_of("fee / (2 USD)") == "decimal(6)");
  CHECK(type_of("fee * 0.5") == "money USD");
  CHECK(type_of("event_time - event_time") == "duration");
  CHECK(type_of("event_time + 5m") == "time");
  CHECK(type_of("gap * 2") == "duration");
  CHECK(type_of("gap * 1.5") == "duration");
  CHECK(type_of("gap / 5s") == "decimal(6)");
  CHECK(type_of("gap // 5s") == "integer");
  CHECK(type_of("last") == "enum(card_payment, transfer_out, transfer_in)");
  CHECK(type_of("new_one") == "bool");
}

TEST_CASE("constants are folded as the evaluator would compute them") {
  const auto constant_of = [](std::string_view value) {
    const Plan plan =
        testing::plan_of(testing::with_rules(testing::rule_text("R1", "n > 5", kFacts, fmt::format("    columns: {{c: \"{}\"}}\n", value))));
    const Expression& column = plan.keys[0].rules[0].columns[0].second;
    REQUIRE(column.operation == Operation::kConstant);
    return to_text(column.type, column.constant);
  };
  CHECK(constant_of("7 // 2") == "3");
  CHECK(constant_of("-7 // 2") == "-4");
  CHECK(constant_of("-7 % 2") == "1");
  CHECK(constant_of("7 % -2") == "-1");
  CHECK(constant_of("1 / 3") == "0.333333");
  CHECK(constant_of("2 / 3") == "0.666667");
  CHECK(constant_of("-2 / 3") == "-0.666667");
  CHECK(constant_of("0.1 + 0.2") == "0.3");
  CHECK(constant_of("0.10 * 0.3") == "0.03");
  CHECK(constant_of("min(3, 1.5, 2)") == "1.5");
  CHECK(constant_of("clamp(50, 1, 9)") == "9");
  CHECK(constant_of("abs(-3)") == "3");
  CHECK(constant_of("1.5 * 1m") == "1m30s");
  CHECK(constant_of("200 USD / 3") == "66.666667 USD");
  CHECK(constant_of("0.000000001 / 4") == "0.000000000");
}

TEST_CASE("a comparison inside fire is kept as a bound with its text as written") {
  const Plan plan = testing::plan_of(testing::with_rules(
      testing::rule_text("R1", "n >= param.burst and amount in [5, 10) and 10 * spent >= 9 * amount and type == 'card_payment'", kFacts)));
  const std::vector<Bound>& bounds = plan.keys[0].rules[0].bounds;
  REQUIRE(bounds.size() == 5);
  CHECK(bounds[0].text == "n >= param.burst");
  CHECK(bounds[0].name == "n");
  CHECK(bounds[0].limit.constant == 10);
  CHECK(bounds[1].text == "amount in [5, 10)");
  CHECK(bounds[1].limit.constant == 500);
  CHECK(bounds[2].limit.constant == 1000);
  CHECK(bounds[3].name == "10 * spent");
  CHECK(bounds[3].limit.operation == Operation::kMultiply);
  CHECK(bounds[4].name == "type");
  CHECK(bounds[4].limit.type.kind == ValueKind::kEnum);
}

TEST_CASE("a faulty expression says at which byte") {
  const auto position = [](std::string_view text) { return parse_expression(text).error().position; };
  CHECK(position("a + ") == 4);
  CHECK(position("a + * b") == 4);
  CHECK(position("a < b < c") == 6);
  CHECK(position("(a") == 2);
  CHECK(position("a 'b") == 2);
  CHECK(position("") == 0);
  CHECK(parse_expression("1 < a < 2").error().advice == "write: 1 < a and a < 2");
}

TEST_CASE("expressions are bounded in length, words and depth") {
  const auto code = [](const std::string& text) { return parse_expression(text).error().code; };
  CHECK(code(std::string(kExpressionBytesMax + 1, ' ')) == DiagnosticCode::kExpressionTooLarge);
  std::string words = "a";
  for (std::size_t i = 0; i < kExpressionTokensMax; ++i) words += " a";
  CHECK(code(words) == DiagnosticCode::kExpressionTooLarge);
  CHECK(code(std::string(1000, '(')) == DiagnosticCode::kExpressionTooLarge);
  CHECK(code(std::string(1000, '-') + "a") == DiagnosticCode::kExpressionTooLarge);
  std::string nots;
  for (int i = 0; i < 1000; ++i) nots += "not ";
  CHECK(code(nots + "a") == DiagnosticCode::kExpressionTooLarge);
  std::string sum = "a";
  for (int i = 0; i < 100; ++i) sum += "+a";
  CHECK(code(sum) == DiagnosticCode::kExpressionTooLarge);
  std::string alternatives = "a";
  for (int i = 0; i < 900; ++i) alternatives += " or a";
  CHECK(parse_expression(alternatives).has_value());
}

}  // namespace reckoner
