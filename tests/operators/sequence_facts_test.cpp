// Facts that go by reading order: first_seen, previous, latest, since_previous, geo_speed, against the slow and obvious way.
// Not verified here: what the rule language allows of them (tests/rules).
#include <cmath>
#include <optional>

#include "operators/previous.hpp"
#include "plan_run.hpp"

namespace reckoner {
namespace {

using testing::Cell;
using testing::Event;

enum : std::uint32_t { kTime, kAccount, kDevice, kAmount, kOk, kLatitude, kLongitude };

constexpr std::int64_t kHourMs = 3'600'000;

Plan plan_with(std::vector<FactPlan> facts) {
  Plan plan;
  plan.rule_set = "test";
  InputPlan input;
  input.schema.input = "events";
  input.schema.fields = {testing::field_of("at", ValueKind::kTime),       testing::field_of("account", ValueKind::kString),
                         testing::field_of("device", ValueKind::kString), testing::field_of("amount", ValueKind::kInteger),
                         testing::field_of("ok", ValueKind::kBool),       testing::field_of("lat", ValueKind::kDecimal, 6),
                         testing::field_of("lon", ValueKind::kDecimal, 6)};
  plan.inputs.push_back(input);
  KeyPlan key;
  key.by = {"account"};
  key.fields = {{kAccount}};
  key.facts = std::move(facts);
  key.rules.push_back(testing::show_facts(key, 0));
  plan.keys.push_back(key);
  return plan;
}

Expression is_ok() { return testing::leaf(Operation::kField, testing::type_of(ValueKind::kBool), kOk); }

Event event(std::int64_t time, std::string account, Cell device, std::int64_t ok = 1) {
  return {0, {time, std::move(account), std::move(device), time % 1000, ok, Cell{}, Cell{}}};
}

// Devices that come again, die out and are missing now and then; times go back a little.
std::vector<Event> random_events(std::uint64_t seed, std::size_t count) {
  testing::Random random{seed};
  std::vector<Event> events;
  std::int64_t clock = -20'000;
  for (std::size_t i = 0; i < count; ++i) {
    clock += random(40);
    const std::int64_t device = random(6) + clock / 1500;
    const Cell cell = random(10) == 0 ? Cell{} : Cell{"device-" + std::to_string(device)};
    events.push_back(event(clock - random(30), "A" + std::to_string(random(3)), cell, random(3) == 0 ? 0 : 1));
  }
  return events;
}

// What an account remembers, in order of first sight.
struct Remembered {
  std::vector<std::pair<std::string, std::int64_t>> values;
  bool any = false;

  std::string look(const FactPlan& fact, const std::string& value, std::int64_t now) {
    const auto found = std::find_if(values.begin(), values.end(), [&](const auto& one) { return one.first == value; });
    if (found != values.end()) {
      const bool fresh = fact.remember_ms == 0 || found->second > now - fact.remember_ms;
      const std::int64_t last = std::max(found->second, now);
      if (fresh) {
        found->second = last;
        return "false";
      }
      values.erase(found);
    }
    const bool news = std::exchange(any, true);
    values.emplace_back(value, now);
    if (values.size() > fact.remember_count) values.erase(values.begin());
    return news ? "true" : "false";
  }
};

void compare_first_seen(FactPlan fact, bool only_ok) {
  if (only_ok) fact.where = is_ok();
  const std::vector<Event> events = random_events(fact.remember_count + static_cast<std::uint64_t>(fact.remember_ms), 1500);
  const std::vector<std::string> rows = testing::rows_of(plan_with({fact}), events, OutputId::kAlerts);
  REQUIRE(rows.size() == events.size());
  std::map<std::string, Remembered> accounts;
  std::size_t news = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event& one = events[i];
    std::string expected = "null";
    if (one.has(kDevice) && (!only_ok || one.number(kOk) == 1)) expected = accounts[one.text(kAccount)].look(fact, one.text(kDevice), one.time());
    news += expected == "true" ? 1U : 0U;
    INFO("record " << i << ": " << rows[i]);
    REQUIRE(testing::value_in(rows[i], "f0") == expected);
  }
  CHECK(news > 20);
}

TEST_CASE("first_seen knows the most recently first-seen values, those not seen for too long excepted") {
  for (const std::uint32_t count : {1U, 3U, 8U}) {
    for (const std::int64_t memory_ms : {0LL, 200LL, 900LL}) {
      FactPlan fact = testing::fact_of(FactKind::kFirstSeen, 0, kDevice, ValueKind::kBool);
      fact.remember_count = count;
      fact.remember_ms = memory_ms;
      compare_first_seen(fact, false);
      compare_first_seen(fact, true);
    }
  }
}

TEST_CASE("previous, latest and since_previous take the record before in reading order that has a value and meets the condition") {
  std::vector<FactPlan> facts = {
      testing::fact_of(FactKind::kPrevious, 0, kDevice, ValueKind::kString), testing::fact_of(FactKind::kLatest, 0, kDevice, ValueKind::kString),
      testing::fact_of(FactKind::kPrevious, 0, kAmount, ValueKind::kInteger), testing::fact_of(FactKind::kSincePrevious, 0, 0, ValueKind::kInteger)};
  facts[0].where = facts[2].where = facts[3].where = is_ok();
  const std::vector<Event> events = random_events(5, 1200);
  const std::vector<std::string> rows = testing::rows_of(plan_with(facts), events, OutputId::kAlerts);
  REQUIRE(rows.size() == events.size());
  struct Seen {
    std::string device = "null";
    std::string latest = "null";
    std::string amount = "null";
    std::optional<std::int64_t> time;
  };
  std::map<std::string, Seen> accounts;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event& one = events[i];
    Seen& seen = accounts[one.text(kAccount)];
    if (one.has(kDevice)) seen.latest = one.text(kDevice);
    INFO("record " << i << ": " << rows[i]);
    REQUIRE(testing::value_in(rows[i], "f0") == seen.device);
    REQUIRE(testing::value_in(rows[i], "f1") == seen.latest);
    REQUIRE(testing::value_in(rows[i], "f2") == seen.amount);
    REQUIRE(testing::value_in(rows[i], "f3") == (seen.time ? std::to_string(one.time() - *seen.time) : "null"));
    if (one.number(kOk) == 0) continue;
    if (one.has(kDevice)) seen.device = one.text(kDevice);
    seen.amount = std::to_string(one.number(kAmount));
    seen.time = one.time();
  }
}

struct Spot {
  double latitude;
  double longitude;
};

Event at_spot(std::int64_t time, Spot spot) {
  const auto micro = [](double degrees) { return static_cast<std::int64_t>(std::llround(degrees * 1e6)); };
  return {0, {time, "A", Cell{}, std::int64_t{0}, std::int64_t{1}, micro(spot.latitude), micro(spot.longitude)}};
}

TEST_CASE("great circles have the lengths that atlases give") {
  const auto km = [](Spot a, Spot b) {
    const auto micro = [](double degrees) { return static_cast<std::int64_t>(std::llround(degrees * 1e6)); };
    return great_circle_km(micro(a.latitude), micro(a.longitude), micro(b.latitude), micro(b.longitude), 6);
  };
  CHECK(std::abs(km({51.5074, -0.1278}, {48.8566, 2.3522}) - 343.6) < 1.0);       // London, Paris
  CHECK(std::abs(km({40.7128, -74.0060}, {34.0522, -118.2437}) - 3935.7) < 4.0);  // New York, Los Angeles
  CHECK(std::abs(km({0, 179.5}, {0, -179.5}) - 111.2) < 0.1);                     // across the date line
  CHECK(std::abs(km({90, 0}, {-90, 0}) - 20'015.1) < 0.1);
  CHECK(km({12.5, 13.25}, {12.5, 13.25}) == 0);
}

TEST_CASE("geo_speed is that from the previous located record, nothing over short hops, and never over less than the smallest gap") {
  FactPlan fact = testing::fact_of(FactKind::kGeoSpeed, 0, kLatitude, ValueKind::kInteger);
  fact.longitude = kLongitude;
  fact.minimum_km = 100;
  fact.minimum_gap_ms = 60'000;
  const Spot london{51.5074, -0.1278};
  const Spot paris{48.8566, 2.3522};
  Event lost = at_spot(3 * kHourMs, london);
  lost.cells[kLongitude] = Cell{};
  const std::vector<Event> events = {at_spot(0, london),          at_spot(kHourMs, paris),      lost,
                                     at_spot(4 * kHourMs, paris), at_spot(4 * kHourMs, london), at_spot(4 * kHourMs - 1000, paris)};
  const std::vector<std::string> rows = testing::rows_of(plan_with({fact}), events, OutputId::kAlerts);
  REQUIRE(rows.size() == 6);
  CHECK(testing::value_in(rows[0], "f0") == "null");
  CHECK(testing::value_in(rows[1], "f0") == "343");
  CHECK(testing::value_in(rows[2], "f0") == "null");   // no place of its own
  CHECK(testing::value_in(rows[3], "f0") == "0");      // since the one before has no place, this is the next in Paris
  CHECK(testing::value_in(rows[4], "f0") == "20613");  // 343.56 km within the smallest gap, a minute
  CHECK(testing::value_in(rows[5], "f0") == "20613");  // read later, of an earlier time: as fast
}

}  // namespace
}  // namespace reckoner
