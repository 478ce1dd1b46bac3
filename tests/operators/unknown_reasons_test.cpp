// Records that lack the key of a rule or score are counted there, through restarts and however batches are cut.
#include "operators/unknown_reasons.hpp"

#include "plan_run.hpp"

namespace reckoner {
namespace {

using testing::Cell;
using testing::Event;

enum : std::uint32_t { kTime, kAccount, kDevice };
enum : InputId { kPayments, kLogins };

Expression points() { return testing::constant(ValueKind::kInteger, 1); }

// A rule and a score by account, of which the score reads both inputs; a rule by device.
Plan two_keys() {
  Plan plan;
  plan.rule_set = "test";
  for (const char* name : {"payments", "logins"}) {
    InputPlan input;
    input.schema.input = name;
    input.schema.fields = {testing::field_of("at", ValueKind::kTime), testing::field_of("account", ValueKind::kString),
                           testing::field_of("device", ValueKind::kString)};
    plan.inputs.push_back(input);
  }
  KeyPlan account;
  account.by = {"account"};
  account.fields = {{kAccount}, {kAccount}};
  account.rules.push_back(testing::show_facts(account, kPayments));
  ScorePlan score;
  score.name = "health";
  score.inputs = {kPayments, kLogins};
  score.type = testing::type_of(ValueKind::kInteger);
  score.parts = {{"one", points()}};
  score.bands = {{"any", 0}};
  account.scores.push_back(score);
  KeyPlan device = account;
  device.by = {"device"};
  device.fields = {{kDevice}, {}};
  device.scores.clear();
  plan.keys = {account, device};
  return plan;
}

std::uint64_t without_key(const UnknownCounts& counts) { return counts[static_cast<std::size_t>(UnknownReason::kNoKey)]; }

TEST_CASE("A record without the key of a rule or score is counted there, once, and where it has the key it is looked at") {
  const std::vector<Event> events = {{kPayments, {std::int64_t{1}, "A", "D"}},     {kPayments, {std::int64_t{2}, Cell{}, "D"}},
                                     {kLogins, {std::int64_t{3}, Cell{}, Cell{}}}, {kPayments, {std::int64_t{4}, "A", Cell{}}},
                                     {kPayments, {std::int64_t{5}, Cell{}, "D"}},  {kLogins, {std::int64_t{6}, "A", "D"}}};
  for (const std::size_t round_rows : {1U, 2U, 6U}) {
    for (const bool restarts : {false, true}) {
      INFO("rounds of " << round_rows << (restarts ? ", restarts" : ""));
      testing::PlanRun run(two_keys());
      for (std::size_t from = 0; from < events.size(); from += round_rows) {
        run.read({events.begin() + static_cast<std::ptrdiff_t>(from), events.begin() + static_cast<std::ptrdiff_t>(from + round_rows)});
        if (restarts) run.restart();
      }
      const RuleCounts& by_account = run.view(0).alerts->counts()[0];
      CHECK(by_account.fired == 2);
      CHECK(without_key(by_account.unknown) == 2);
      CHECK(without_key(run.view(0).scores[0]->unknown()) == 3);
      const RuleCounts& by_device = run.view(1).alerts->counts()[0];
      CHECK(by_device.fired == 3);
      CHECK(without_key(by_device.unknown) == 1);
    }
  }
}

}  // namespace
}  // namespace reckoner
