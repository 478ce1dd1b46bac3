#include "rules/condition_ranges.hpp"

#include <string>

#include "rule_set_text.hpp"
#include "rules/expression_text.hpp"

namespace reckoner {

namespace {

struct Judged {
  bool can_hold = false;
  bool can_fail = false;
};

Judged judge(std::string_view fire, std::string_view facts = "unused: {count: true, within: 1s}") {
  const Plan plan = testing::plan_of(testing::with_rules(testing::rule_text("R1", fire, facts)));
  const ConditionRanges ranges(plan, plan.keys[0]);
  const Expression& condition = plan.keys[0].rules[0].fire;
  return {ranges.possible({{&condition, true}}), ranges.possible({{&condition, false}})};
}

bool never(std::string_view fire, std::string_view facts = "unused: {count: true, within: 1s}") {
  const Judged judged = judge(fire, facts);
  CHECK(judged.can_fail);
  return !judged.can_hold;
}

}  // namespace

TEST_CASE("what contradicts itself is never true") {
  CHECK(never("age > 5 and age < 5"));
  CHECK(never("age > 5 and age < 6"));
  CHECK(never("age >= 5 and not (age >= 5)"));
  CHECK(never("amount > 5.00 and amount < 5.01"));
  CHECK(never("device_id == 'a' and device_id == 'b'"));
  CHECK(never("device_id in ['a', 'b', 'c'] and not (device_id in ['c', 'b', 'a'])"));
  CHECK(never("type == 'card_payment' and type in ['transfer_in', 'transfer_out']"));
  CHECK(never("(age < 3 or age > 8) and age == 5"));
  CHECK(never("ok and (not ok or age > 3 and age < 2)"));
  CHECK(never("n < 0", "n: {count: true, within: 60s}"));
  CHECK(never("min(n, 3) > 3", "n: {count: true, within: 60s}"));
  CHECK(never("n + 1 <= 0", "n: {count: true, within: 60s}"));
}

TEST_CASE("what can hold and can fail is left alone") {
  for (const std::string_view fire :
       {"age > 5 and age < 7", "age >= 5 and age <= 5", "age > 5 or age < 5", "amount > 5.00 and amount < 5.02",
        "device_id != 'a' and device_id != 'b'", "age > rate", "age * age >= 4", "abs(age) > 3", "if(ok, age, 0) > 3", "fee / 2 > 5 USD",
        "age % 7 == 3", "known(age) and age < 3", "type in ['transfer_in', 'transfer_out'] and type != 'transfer_in'"}) {
    INFO(fire);
    const Judged judged = judge(fire);
    CHECK(judged.can_hold);
    CHECK(judged.can_fail);
  }
}

TEST_CASE("an expression is written as it can be read again") {
  for (const std::string_view fire :
       {"age > 5 and (ok or not (age == 7)) and fee >= 2.00 USD", "type in ['transfer_in', 'transfer_out'] and device_id != 'a'",
        "age - (5 - age) > 3 * (age + 1) and -age // 2 < 7", "min(age, 3, n) + if(ok, 1, 2) == 4 or known(rate)",
        "n * 5m > 1h and clamp(age, 0, 9) % 2 == 1"}) {
    const std::string facts = "n: {count: true, within: 60s}";
    const Plan plan = testing::plan_of(testing::with_rules(testing::rule_text("R1", fire, facts)));
    const Expression& first = plan.keys[0].rules[0].fire;
    const std::string text = expression_text(plan, plan.keys[0], first);
    INFO(fire << "\n" << text);
    const Plan again = testing::plan_of(testing::with_rules(testing::rule_text("R1", text, facts)));
    CHECK(again.keys[0].rules[0].fire == first);
  }
}

}  // namespace reckoner
