#include "operators/key_look.hpp"

#include "plan_run.hpp"

namespace reckoner {
namespace {

using testing::Cell;
using testing::Event;

enum : std::uint32_t { kTime, kAccount, kDevice, kLatitude, kLongitude };
enum : std::uint32_t { kPayments, kDevices, kFreshDevices, kSpeed };

Plan plan_to_look_at() {
  Plan plan;
  plan.rule_set = "test";
  InputPlan input;
  input.schema.input = "payments";
  input.schema.fields = {testing::field_of("at", ValueKind::kTime), testing::field_of("account", ValueKind::kString),
                         testing::field_of("device", ValueKind::kString), testing::field_of("latitude", ValueKind::kDecimal, kDegreeScale),
                         testing::field_of("longitude", ValueKind::kDecimal, kDegreeScale)};
  plan.inputs.push_back(input);
  KeyPlan key;
  key.by = {"account"};
  key.fields = {{kAccount}};
  key.facts.push_back(testing::fact_of(FactKind::kCount, 0, 0, ValueKind::kInteger, 1000));
  key.facts.push_back(testing::fact_of(FactKind::kFirstSeen, 0, kDevice, ValueKind::kBool));
  key.facts.back().remember_count = 2;
  key.facts.push_back(testing::fact_of(FactKind::kFirstSeen, 0, kDevice, ValueKind::kBool));
  key.facts.back().remember_count = 8;
  key.facts.back().remember_ms = 100;
  key.facts.push_back(testing::fact_of(FactKind::kGeoSpeed, 0, kLatitude, ValueKind::kInteger));
  key.facts.back().longitude = kLongitude;
  key.rules.push_back(testing::show_facts(key, 0));
  plan.keys.push_back(key);
  return plan;
}

TEST_CASE("A fact is looked at between two records: its value, or what the next record will be compared with") {
  const Plan plan = plan_to_look_at();
  testing::PlanRun run(plan);
  run.read({{0, {std::int64_t{1000}, "A", "d1", Cell{}, Cell{}}},
            {0, {std::int64_t{1050}, "A", "d2", std::int64_t{48'856'600}, std::int64_t{-2'352'200}}},
            {0, {std::int64_t{1090}, "A", "d3", Cell{}, Cell{}}},
            {0, {std::int64_t{1090}, "B", Cell{}, Cell{}, Cell{}}}});
  const auto look = [&](std::uint32_t fact, std::string_view key, std::int64_t at = 1090) {
    const FactLook found = look_at_fact(plan.keys[0], run.view(0), run.space(0), fact, key, at, 1090);
    return (found.known ? "" : "unknown: ") + found.text;
  };
  CHECK(look(kPayments, "A") == "3");
  CHECK(look(kDevices, "A") == "2 values are remembered, any other is first seen");
  CHECK(look(kFreshDevices, "A") == "3 values are remembered, any other is first seen");
  CHECK(look(kFreshDevices, "A", 1150) == "1 value is remembered, any other is first seen");
  CHECK(look(kFreshDevices, "A", 1190) == "unknown: no value is remembered");
  CHECK(look(kSpeed, "A") == "last at 48.856600, -2.352200 at 1970-01-01T00:00:01.050Z");
  CHECK(look(kDevices, "B") == "unknown: no value is remembered");
  CHECK(look(kSpeed, "B") == "unknown: no located record was read");
  CHECK(look(kSpeed, "C") == "unknown: no record of this key was read");
}

}  // namespace
}  // namespace reckoner
