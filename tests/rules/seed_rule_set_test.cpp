#include <set>
#include <string>

#include "rule_set_text.hpp"
#include "rules/load.hpp"

namespace reckoner {

TEST_CASE("the seed example loads without a finding to eleven distinct facts") {
  const LoadResult result = load_rule_set(RECKONER_SOURCE_DIR "/examples/seed");
  INFO(testing::all_findings(result));
  REQUIRE(result.plan);
  const Plan& plan = *result.plan;
  REQUIRE(plan.inputs.size() == 1);
  CHECK(plan.inputs[0].out_of_orderness_ms == 5000);
  REQUIRE(plan.keys.size() == 1);
  const KeyPlan& key = plan.keys[0];
  CHECK(key.facts.size() == 11);
  REQUIRE(key.rules.size() == 6);
  std::set<std::string> ids;
  for (const RulePlan& rule : key.rules) {
    ids.insert(rule.id);
    REQUIRE(rule.columns.size() == 1);
    CHECK(rule.columns[0].first == "score");
    CHECK(rule.columns[0].second.operation == Operation::kScore);
  }
  CHECK(ids == std::set<std::string>{"R1", "R2", "R3", "R4", "R5", "R6"});
  REQUIRE(key.totals.size() == 1);
  CHECK(key.totals[0].window_ms == 300'000);
  CHECK(key.totals[0].measures.size() == 4);
  REQUIRE(key.scores.size() == 1);
  CHECK(key.scores[0].name == "account_health");
  CHECK(key.scores[0].type.kind == ValueKind::kInteger);
  CHECK(key.scores[0].start == 100);
  CHECK(key.scores[0].parts.size() == 4);
  REQUIRE(key.scores[0].bands.size() == 3);
  CHECK(key.scores[0].bands[1].from == 50);
}

TEST_CASE("the seed example resolves to a text that loads to the same plan") {
  const LoadResult folder = load_rule_set(RECKONER_SOURCE_DIR "/examples/seed");
  const LoadResult text = load_resolved(folder.resolved);
  INFO(testing::all_findings(text));
  REQUIRE(folder.plan);
  REQUIRE(text.plan);
  CHECK(text.plan->hash == folder.plan->hash);
}

TEST_CASE("the seed example decodes only what it uses") {
  const LoadResult result = load_rule_set(RECKONER_SOURCE_DIR "/examples/seed");
  REQUIRE(result.plan);
  const InputPlan& input = result.plan->inputs[0];
  std::set<std::string> unread;
  for (std::size_t field = 0; field < input.schema.fields.size(); ++field) {
    if ((input.wanted >> field & 1U) == 0) unread.insert(input.schema.fields[field].name);
  }
  CHECK(unread == std::set<std::string>{"currency", "merchant_id", "mcc", "ip"});
}

}  // namespace reckoner
