#include "app/fraud_verdicts.hpp"

#include "support/catch.hpp"

namespace reckoner {
namespace {

constexpr std::string_view kLabels =
    "incident,pattern,key_field,key,from,to,event_ids\n"
    "1,burst,account_id,A,2026-01-01T00:00:00.000Z,2026-01-01T00:05:00.000Z,T1;T2;T3\n"
    "2,burst,account_id,B,2026-01-02T00:00:00.000Z,2026-01-02T00:05:00.000Z,T4\n"
    "3,travel,account_id,C,2026-01-02T00:00:00.000Z,2026-01-02T00:05:00.000Z,T5;L1\n";
const std::vector<std::pair<std::string, std::string>> kRules = {{"burst", "R1"}, {"travel", "R2"}};

TEST_CASE("an alert is right when a record of an incident of its pattern set it off") {
  auto verdicts = FraudVerdicts::make(kLabels, kRules);
  REQUIRE(verdicts);
  for (const auto& [rule, event] : {std::pair{"R1", "T1"}, {"R1", "T3"}, {"R1", "T9"}, {"R1", "T5"}, {"R3", "T1"}}) verdicts->add_alert(rule, event);
  const RuleVerdict& burst = verdicts->verdicts()[0];
  CHECK(burst.incidents == 2);
  CHECK(burst.alerts == 4);
  CHECK(burst.right == 2);  // T9 is of no incident, T5 of another pattern's
  CHECK(burst.found == 1);  // two alerts about one incident
  CHECK(burst.precision() == 0.5);
  CHECK(burst.recall() == 0.5);
  CHECK(verdicts->verdicts()[1].recall() == 0);
}

TEST_CASE("labels of another form are refused with their line") {
  const auto verdicts = FraudVerdicts::make("header\n1,unheard_of,account_id,A,x,y,T1\n", kRules);
  REQUIRE_FALSE(verdicts);
  CHECK(verdicts.error().text.find("labels.csv:2") != std::string::npos);
}

}  // namespace
}  // namespace reckoner
