#include "rules/expression_text.hpp"

#include <string>
#include <string_view>

#include "rule_set_text.hpp"
#include "support/catch.hpp"

namespace reckoner {

namespace {

constexpr std::string_view kFacts = R"(n: {count: true, within: 60s}
same: {count: true, within: 1h, where: "ok and amount == now.amount and age >= 2 * now.age"}
hit:
  sequence:
    - {name: bad, where: not ok, at_least: 2}
    - {name: good, where: ok and device_id == bad.last.device_id and amount > bad.first.amount and bad.count > 3}
    - {name: pay, where: device_id == good.device_id}
  within: 15m)";

Plan plan_with(std::string_view fire) { return testing::plan_of(testing::with_rules(testing::rule_text("R1", fire, kFacts))); }

const Expression& fire_of(const Plan& plan) { return plan.keys[0].rules[0].fire; }

const FactPlan& fact_named(const Plan& plan, std::string_view name) {
  for (const FactPlan& fact : plan.keys[0].facts) {
    if (fact.name == name) return fact;
  }
  FAIL("no fact is named " << name);
  return plan.keys[0].facts.front();
}

}  // namespace

TEST_CASE("an expression is written so that its text compiles to the same again, with no more parentheses than it needs") {
  for (const std::string_view fire : {"n >= 3 and hit",
                                      "ok or age > 5 and not (age == 7 or n < 3)",
                                      "fee > 5.00 USD",
                                      "type == 'card_payment'",
                                      "type in ['card_payment', 'transfer_in']",
                                      "device_id in ['a', 'b']",
                                      "age - (age - 3) > 2",
                                      "age - age - 3 > 2",
                                      "age // 2 * 2 == age",
                                      "age % 7 == 0",
                                      "-age < 3",
                                      "min(age, n, 3) > 1",
                                      "max(age, n) > 1",
                                      "abs(age) > 3",
                                      "clamp(age, 1, 9) > 3",
                                      "if(ok, age, 0) > 3",
                                      "known(device_id)",
                                      "not known(age)",
                                      "sample(device_id, 0.0500)",
                                      "sample(age, 0.2500) and ok"}) {
    INFO(fire);
    const Plan plan = plan_with(fire);
    const std::string text = expression_text(plan, plan.keys[0], fire_of(plan));
    CHECK(text == fire);
    CHECK(fire_of(plan_with(text)) == fire_of(plan));
  }
}

TEST_CASE("what is short for something else is written as that") {
  for (const auto& [fire, written] :
       {std::pair{"fee multiple_of 5 USD", "fee % 5.00 USD == 0.00 USD"}, std::pair{"age in [3, 7)", "age >= 3 and age < 7"}}) {
    const Plan plan = plan_with(fire);
    CHECK(expression_text(plan, plan.keys[0], fire_of(plan)) == written);
  }
}

TEST_CASE("conditions on other records name those") {
  const Plan plan = plan_with("n >= 3 and hit and same > 2");
  const KeyPlan& key = plan.keys[0];
  CHECK(like_condition_text(plan, key, fact_named(plan, "same")) == "amount == now.amount and age >= 2 * now.age");
  const PatternPlan& pattern = pattern_of(fact_named(plan, "hit"));
  REQUIRE(pattern.steps.size() == 3);
  REQUIRE(pattern.steps[1].bound);
  CHECK(bound_condition_text(plan, key, pattern, *pattern.steps[1].bound) ==
        "device_id == bad.last.device_id and amount > bad.first.amount and bad.count > 3");
  REQUIRE(pattern.steps[2].bound);
  CHECK(bound_condition_text(plan, key, pattern, *pattern.steps[2].bound) == "device_id == good.device_id");
}

}  // namespace reckoner
