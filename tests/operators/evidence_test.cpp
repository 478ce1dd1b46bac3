// Which records an alert names, and by which ids, against the slow and obvious way.
// Not verified here: bounds and sentences.
#include "operators/evidence.hpp"

#include <deque>

#include "plan_run.hpp"

namespace reckoner {
namespace {

using testing::Cell;
using testing::Event;

enum : std::uint32_t { kTime, kAccount, kId, kOk };
constexpr std::int64_t kWindowMs = 1'000;

Plan plan_with(FactPlan fact) {
  Plan plan;
  plan.rule_set = "test";
  InputPlan input;
  input.schema.input = "events";
  input.schema.fields = {testing::field_of("at", ValueKind::kTime), testing::field_of("account", ValueKind::kString),
                         testing::field_of("id", ValueKind::kString), testing::field_of("ok", ValueKind::kBool)};
  input.schema.id = kId;
  input.out_of_orderness_ms = 50;
  plan.inputs.push_back(input);
  KeyPlan key;
  key.by = {"account"};
  key.fields = {{kAccount}};
  fact.where = testing::leaf(Operation::kField, testing::type_of(ValueKind::kBool), kOk);
  key.facts = {fact};
  RulePlan rule = testing::show_facts(key, 0);
  rule.facts = {0};
  key.rules.push_back(rule);
  plan.keys.push_back(key);
  return plan;
}

std::vector<Event> random_events(std::size_t count) {
  testing::Random random{7};
  std::vector<Event> events;
  std::int64_t clock = 0;
  for (std::size_t i = 0; i < count; ++i) {
    clock += random(100);
    const Cell id = random(8) == 0 ? Cell{} : Cell{"id-" + std::to_string(i)};
    events.push_back({0, {clock - random(50), "A" + std::to_string(random(3)), id, std::int64_t{random(2)}}});
  }
  return events;
}

std::string list_of(const std::vector<std::string>& texts) {
  std::string list = "[";
  for (const std::string& text : texts) list += (list.size() > 1 ? ",\"" : "\"") + text + "\"";
  return list + "]";
}

std::string array_in(std::string_view row, std::string_view name) {
  const std::string label = "\"" + std::string(name) + "\":";
  const std::size_t begin = row.find(label) + label.size();
  return std::string(row.substr(begin, row.find(']', begin) + 1 - begin));
}

TEST_CASE("an alert lists the latest records of its windows, and the ids of those that are among the key's last few") {
  const Plan plan = plan_with(testing::fact_of(FactKind::kCount, 0, 0, ValueKind::kInteger, kWindowMs));
  const std::vector<Event> events = random_events(600);
  const std::vector<std::string> rows = testing::rows_of(plan, events, OutputId::kAlerts);
  REQUIRE(rows.size() == events.size());
  std::map<std::string, std::deque<std::size_t>> last;  // by account: records that count, in reading order, the last kKept with an id
  std::size_t all_named = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event& one = events[i];
    std::deque<std::size_t>& kept = last[one.text(kAccount)];
    if (one.number(kOk) == 1 && one.has(kId)) kept.push_back(i);
    if (kept.size() > EvidenceIds::kKept) kept.pop_front();
    std::vector<std::size_t> behind;
    for (std::size_t other = 0; other <= i; ++other) {
      const Event& that = events[other];
      if (that.text(kAccount) != one.text(kAccount) || that.number(kOk) == 0) continue;
      if (that.time() > one.time() - kWindowMs && that.time() <= one.time()) behind.push_back(other);
    }
    std::sort(behind.begin(), behind.end(),
              [&](std::size_t a, std::size_t b) { return events[a].time() != events[b].time() ? events[a].time() > events[b].time() : a > b; });
    if (behind.size() > plan.evidence_positions) behind.resize(plan.evidence_positions);
    std::vector<std::string> positions;
    std::vector<std::string> ids;
    for (const std::size_t record : behind) {
      positions.push_back("events/0/" + std::to_string(record));
      const bool is_kept = std::find(kept.begin(), kept.end(), record) != kept.end();
      if (is_kept && ids.size() < plan.evidence_ids) ids.push_back(events[record].text(kId));
    }
    all_named += ids.size() == plan.evidence_ids ? 1U : 0U;
    INFO("record " << i << ": " << rows[i]);
    REQUIRE(array_in(rows[i], "records") == list_of(positions));
    REQUIRE(array_in(rows[i], "ids") == list_of(ids));
  }
  CHECK(all_named > 100);
}

// rows_of() compares runs with batches and rounds of several sizes, and restarts.
TEST_CASE("what an alert of a busy key names does not depend on where batches end") {
  Plan plan = plan_with(testing::fact_of(FactKind::kCount, 0, 0, ValueKind::kInteger, 86'400'000));
  FactPlan all = plan.keys[0].facts[0];
  all.where.reset();
  plan.keys[0].facts.push_back(all);  // so that every record has an entry
  const auto events_of = [](std::int64_t count, std::int64_t that_count) {
    testing::Random random{11};
    std::vector<Event> events;
    for (std::int64_t i = 0; i < count; ++i) events.push_back({0, {i + random(50), "A", Cell{}, std::int64_t{i % that_count == 0 ? 1 : 0}}});
    return events;
  };
  SECTION("when entries are let go for want of room") {
    plan.keys[0].per_key_max = 200;
    const std::vector<std::string> rows = testing::rows_of(plan, events_of(2'000, 15), OutputId::kAlerts);
    CHECK(array_in(rows.back(), "records") != "[]");
  }
  SECTION("when it looks back no further") {
    plan.keys[0].per_key_max = 100'000;
    const std::vector<std::string> rows = testing::rows_of(plan, events_of(16'500, 16'500), OutputId::kAlerts);
    CHECK(array_in(rows[16'000], "records") == R"(["events/0/0"])");
    CHECK(array_in(rows.back(), "records") == "[]");
  }
}

TEST_CASE("an alert about the record before names it") {
  const std::vector<Event> events = {{0, {std::int64_t{0}, "A", "first", std::int64_t{1}}},
                                     {0, {std::int64_t{10}, "A", "second", std::int64_t{0}}},
                                     {0, {std::int64_t{20}, "A", "third", std::int64_t{1}}}};
  const Plan plan = plan_with(testing::fact_of(FactKind::kSincePrevious, 0, 0, ValueKind::kInteger));
  const std::vector<std::string> rows = testing::rows_of(plan, events, OutputId::kAlerts);
  REQUIRE(rows.size() == 3);
  CHECK(array_in(rows[0], "records") == "[]");
  CHECK(array_in(rows[1], "records") == R"(["events/0/0"])");
  CHECK(array_in(rows[2], "records") == R"(["events/0/0"])");
  CHECK(array_in(rows[2], "ids") == R"(["first"])");
}

TEST_CASE("ids too long to be kept leave the positions") {
  Plan plan = plan_with(testing::fact_of(FactKind::kCount, 0, 0, ValueKind::kInteger, kWindowMs));
  plan.inputs[0].schema.fields[kId].length_max = 100;
  const std::string longest(EvidenceIds::kIdBytesMax, 'x');
  const std::vector<Event> events = {{0, {std::int64_t{0}, "A", longest, std::int64_t{1}}},
                                     {0, {std::int64_t{1}, "A", longest + "y", std::int64_t{1}}}};
  const std::vector<std::string> rows = testing::rows_of(plan, events, OutputId::kAlerts);
  REQUIRE(rows.size() == 2);
  CHECK(array_in(rows[1], "records") == R"(["events/0/1","events/0/0"])");
  CHECK(array_in(rows[1], "ids") == list_of({longest}));
}

}  // namespace
}  // namespace reckoner
