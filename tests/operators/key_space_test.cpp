// Key spaces with several inputs and several kinds of keys, scores that watch expiry, and records without a key, against the slow and obvious
// way. Not verified here: single windows (sliding_test), totals.
#include <optional>

#include "operators/arithmetic.hpp"
#include "plan_run.hpp"

namespace reckoner {
namespace {

using testing::Cell;
using testing::Event;
using testing::fact_of;
using testing::leaf;
using testing::type_of;

constexpr InputId kPayments = 0;
constexpr InputId kLogins = 1;
constexpr InputId kChanges = 2;
enum : std::uint32_t { kTime, kAccount, kCard, kAmount };  // of payments
constexpr std::uint32_t kDevice = 2;                       // of logins
constexpr std::uint32_t kOk = 3;
constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kDisorderMs = 5'000;

Plan three_inputs() {
  Plan plan;
  plan.rule_set = "test";
  plan.inputs.resize(3);
  const std::vector<std::vector<Field>> fields = {{testing::field_of("at", ValueKind::kTime), testing::field_of("account", ValueKind::kString),
                                                   testing::field_of("card", ValueKind::kString), testing::field_of("amount", ValueKind::kInteger)},
                                                  {testing::field_of("at", ValueKind::kTime), testing::field_of("account", ValueKind::kString),
                                                   testing::field_of("device", ValueKind::kString), testing::field_of("ok", ValueKind::kBool)},
                                                  {testing::field_of("at", ValueKind::kTime), testing::field_of("account", ValueKind::kString)}};
  const std::vector<std::string> names = {"payments", "logins", "changes"};
  for (std::size_t input = 0; input < 3; ++input) {
    plan.inputs[input].schema.input = names[input];
    plan.inputs[input].schema.fields = fields[input];
    plan.inputs[input].out_of_orderness_ms = kDisorderMs;
  }
  KeyPlan account;
  account.by = {"account"};
  account.fields = {{kAccount}, {kAccount}, {kAccount}};
  plan.keys.push_back(account);
  return plan;
}

Event payment(std::int64_t time, std::string account, Cell card, std::int64_t amount) {
  return {kPayments, {time, std::move(account), std::move(card), amount}};
}
Event login(std::int64_t time, std::string account, std::string device, bool ok) {
  return {kLogins, {time, std::move(account), std::move(device), std::int64_t{ok ? 1 : 0}}};
}
Event change(std::int64_t time, std::string account) { return {kChanges, {time, std::move(account)}}; }

std::vector<Event> random_events(std::uint64_t seed, std::size_t count, std::int64_t step_ms) {
  testing::Random random{seed};
  std::vector<Event> events;
  std::int64_t clock = 0;
  for (std::size_t i = 0; i < count; ++i) {
    clock += random(step_ms);
    const std::int64_t time = clock - random(kDisorderMs);
    const std::string account = "A" + std::to_string(random(4));
    const std::int64_t kind = random(10);
    if (kind < 5) {
      const Cell card = random(4) == 0 ? Cell{} : Cell{account + "-" + std::to_string(random(2))};
      events.push_back(payment(time, account, card, random(500)));
    } else if (kind < 9) {
      events.push_back(login(time, account, "d" + std::to_string(random(5)), random(3) > 0));
    } else {
      events.push_back(change(time, account));
    }
  }
  return events;
}

std::int64_t count_in(const std::vector<Event>& events, std::size_t until, const std::string& account, InputId input, std::int64_t after,
                      std::int64_t to, const std::function<bool(const Event&)>& where) {
  std::int64_t count = 0;
  for (std::size_t i = 0; i < until; ++i) {
    const Event& one = events[i];
    if (one.input == input && one.text(kAccount) == account && one.time() > after && one.time() <= to && where(one)) ++count;
  }
  return count;
}

bool any_record(const Event&) { return true; }

TEST_CASE("facts over one input are seen at records of every other input of the same key") {
  Plan plan = three_inputs();
  KeyPlan& key = plan.keys[0];
  key.facts = {fact_of(FactKind::kCount, kPayments, 0, ValueKind::kInteger, 10 * kMinuteMs),
               fact_of(FactKind::kCount, kLogins, 0, ValueKind::kInteger, 5 * kMinuteMs),
               fact_of(FactKind::kCount, kChanges, 0, ValueKind::kInteger, 30 * kMinuteMs),
               fact_of(FactKind::kPrevious, kLogins, kDevice, ValueKind::kString),
               // Payments on a day on which many logins came before: a fact in another's condition, over two inputs.
               fact_of(FactKind::kCount, kPayments, 0, ValueKind::kInteger, 10 * kMinuteMs)};
  key.facts[1].where = leaf(Operation::kField, type_of(ValueKind::kBool), kOk, kLogins);
  key.facts[4].where = testing::apply(Operation::kGreaterOrEqual, ValueKind::kBool,
                                      {leaf(Operation::kFact, type_of(ValueKind::kInteger), 1), testing::constant(ValueKind::kInteger, 2)});
  for (const InputId input : {kPayments, kLogins, kChanges}) key.rules.push_back(testing::show_facts(key, input));
  const std::vector<Event> events = random_events(11, 900, 20'000);
  const std::vector<std::string> rows = testing::rows_of(plan, events, OutputId::kAlerts);
  REQUIRE(rows.size() == events.size());
  std::vector<bool> busy(events.size());  // at the time it was read, the account had two good logins in 5 minutes
  std::map<std::string, std::string> last_device;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event& one = events[i];
    const std::string& account = one.text(kAccount);
    const auto logged_in = [](const Event& other) { return other.number(kOk) == 1; };
    const std::int64_t logins = count_in(events, i + 1, account, kLogins, one.time() - 5 * kMinuteMs, one.time(), logged_in);
    busy[i] = logins >= 2;
    const auto was_busy = [&](const Event& other) { return busy[static_cast<std::size_t>(&other - events.data())]; };
    INFO("record " << i << ": " << rows[i]);
    REQUIRE(testing::value_in(rows[i], "f0") ==
            std::to_string(count_in(events, i + 1, account, kPayments, one.time() - 10 * kMinuteMs, one.time(), any_record)));
    REQUIRE(testing::value_in(rows[i], "f1") == std::to_string(logins));
    REQUIRE(testing::value_in(rows[i], "f2") ==
            std::to_string(count_in(events, i + 1, account, kChanges, one.time() - 30 * kMinuteMs, one.time(), any_record)));
    const auto device = last_device.find(account);
    REQUIRE(testing::value_in(rows[i], "f3") == (device == last_device.end() ? "null" : device->second));
    REQUIRE(testing::value_in(rows[i], "f4") ==
            std::to_string(count_in(events, i + 1, account, kPayments, one.time() - 10 * kMinuteMs, one.time(), was_busy)));
    if (one.input == kLogins) last_device[account] = one.text(kDevice);
  }
}

TEST_CASE("a record without the key of a kind reaches the other kinds alone") {
  Plan plan = three_inputs();
  KeyPlan card;
  card.by = {"card"};
  card.fields = {{kCard}, {}, {}};
  card.facts = {fact_of(FactKind::kCount, kPayments, 0, ValueKind::kInteger, 10 * kMinuteMs)};
  card.rules.push_back(testing::show_facts(card, kPayments));
  card.rules.back().id = "by card";
  plan.keys[0].facts = card.facts;
  plan.keys[0].rules.push_back(testing::show_facts(plan.keys[0], kPayments));
  plan.keys.push_back(card);
  const std::vector<Event> events = random_events(12, 700, 20'000);
  const std::vector<std::string> rows = testing::rows_of(plan, events, OutputId::kAlerts);
  std::size_t next = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event& one = events[i];
    if (one.input != kPayments) continue;
    const std::int64_t after = one.time() - 10 * kMinuteMs;
    INFO("record " << i);
    REQUIRE(next < rows.size());
    CHECK(testing::value_in(rows[next], "rule") == "show0");
    REQUIRE(testing::value_in(rows[next++], "f0") ==
            std::to_string(count_in(events, i + 1, one.text(kAccount), kPayments, after, one.time(), any_record)));
    if (!one.has(kCard)) continue;
    const auto same_card = [&](const Event& other) { return other.has(kCard) && other.text(kCard) == one.text(kCard); };
    REQUIRE(next < rows.size());
    CHECK(testing::value_in(rows[next], "rule") == "by card");
    CHECK(testing::value_in(rows[next], "card") == one.text(kCard));
    REQUIRE(testing::value_in(rows[next++], "f0") ==
            std::to_string(count_in(events, i + 1, one.text(kAccount), kPayments, after, one.time(), same_card)));
  }
  CHECK(next == rows.size());
}

// 100 - 10 a payment - 7 a failed login, over windows of 10 and 4 minutes; good from 80, watch from 50.
Plan with_score(bool second_level) {
  Plan plan = three_inputs();
  KeyPlan& key = plan.keys[0];
  key.facts = {fact_of(FactKind::kCount, kPayments, 0, ValueKind::kInteger, 10 * kMinuteMs),
               fact_of(FactKind::kCount, kLogins, 0, ValueKind::kInteger, 4 * kMinuteMs)};
  const Expression ok = leaf(Operation::kField, type_of(ValueKind::kBool), kOk, kLogins);
  key.facts[1].where = testing::apply(Operation::kNot, ValueKind::kBool, {ok});
  if (second_level) {  // a condition that always holds and needs another ring: what is computed stays the same
    const Expression some = testing::apply(Operation::kGreaterOrEqual, ValueKind::kBool,
                                           {leaf(Operation::kFact, type_of(ValueKind::kInteger), 0), testing::constant(ValueKind::kInteger, 0)});
    key.facts[1].where = testing::apply(Operation::kAnd, ValueKind::kBool, {*key.facts[1].where, some});
  }
  ScorePlan score;
  score.name = "health";
  score.inputs = {kPayments, kLogins};
  score.type = type_of(ValueKind::kInteger);
  score.start = 100;
  for (const auto& [name, fact, points] : {std::tuple{"payments", 0U, -10}, {"logins", 1U, -7}}) {
    score.parts.push_back(
        {name, testing::apply(Operation::kMultiply, ValueKind::kInteger,
                              {leaf(Operation::kFact, type_of(ValueKind::kInteger), fact), testing::constant(ValueKind::kInteger, points)})});
  }
  score.bands = {{"good", 80}, {"watch", 50}, {"poor", 0}};
  score.on_expiry = true;
  key.scores.push_back(score);
  return plan;
}

struct SlowScore {
  const std::vector<Event>& events;
  std::vector<std::string> rows;                                         // "account time score band trigger"
  std::map<std::string, std::pair<std::string, std::int64_t>> accounts;  // band of the last row, time of the last record scored

  void look(const std::string& account, std::size_t read, std::int64_t time, bool expiry) {
    const auto known = accounts.find(account);
    if (expiry && (known == accounts.end() || time <= known->second.second)) return;
    const auto failed = [](const Event& one) { return one.number(kOk) == 0; };
    const std::int64_t score = 100 - 10 * count_in(events, read, account, kPayments, time - 10 * kMinuteMs, time, any_record) -
                               7 * count_in(events, read, account, kLogins, time - 4 * kMinuteMs, time, failed);
    auto& [band, last] = accounts.try_emplace(account, "good", time).first->second;
    if (!expiry) last = std::max(last, time);
    const std::string now = score >= 80 ? "good" : (score >= 50 ? "watch" : "poor");
    if (now == std::exchange(band, now)) return;
    rows.push_back(account + " " + std::to_string(time) + " " + std::to_string(score) + " " + now + (expiry ? " expiry" : ""));
  }
};

// Whether a payment or failed login leaves a window in the minute that ends at `minute`. A late record, scored at its own time, is no reason to
// look again at a later one.
bool anything_leaves(const std::vector<Event>& events, std::size_t read, const std::string& account, std::int64_t minute) {
  return std::any_of(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(read), [&](const Event& one) {
    if (one.text(kAccount) != account || one.input == kChanges || (one.input == kLogins && one.number(kOk) == 1)) return false;
    const auto in_minute = [&](std::int64_t time) { return time > minute - kMinuteMs && time <= minute; };
    return in_minute(one.time() + 10 * kMinuteMs) || in_minute(one.time() + 4 * kMinuteMs);
  });
}

// Looks at every account at every whole minute that the watermark reaches and in which something leaves, and at every record.
std::vector<std::string> slow_rows(const std::vector<Event>& events) {
  SlowScore slow{events, {}, {}};
  std::vector<std::int64_t> high(3, kNoWatermark);
  std::optional<std::int64_t> minute;  // the last one looked at
  const auto come_to = [&](std::size_t read) {
    const std::int64_t watermark = std::min(high[kPayments], high[kLogins]) - kDisorderMs;
    if (watermark < 0) return;
    if (!minute) minute = 0;
    for (; *minute + kMinuteMs <= watermark; *minute += kMinuteMs) {
      for (const std::string account : {"A0", "A1", "A2", "A3"}) {
        if (anything_leaves(events, read, account, *minute + kMinuteMs)) slow.look(account, read, *minute + kMinuteMs, true);
      }
    }
  };
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event& one = events[i];
    come_to(i);
    if (one.input != kChanges) slow.look(one.text(kAccount), i + 1, one.time(), false);
    high[one.input] = std::max(high[one.input], one.time());
  }
  come_to(events.size());
  return slow.rows;
}

void compare_scores(const Plan& plan, std::uint64_t seed) {
  const std::vector<Event> events = random_events(seed, 900, 25'000);
  std::vector<std::string> found;
  std::size_t expiries = 0;
  for (const std::string& row : testing::rows_of(plan, events, OutputId::kScores)) {
    const bool expiry = testing::value_in(row, "trigger") == "expiry";
    expiries += expiry ? 1U : 0U;
    found.push_back(testing::value_in(row, "account") + " " + testing::value_in(row, "event_time") + " " + testing::value_in(row, "score") + " " +
                    testing::value_in(row, "band") + (expiry ? " expiry" : ""));
    const std::int64_t parts =
        std::stoll(testing::value_in(row, "start")) + std::stoll(testing::value_in(row, "payments")) + std::stoll(testing::value_in(row, "logins"));
    CHECK(std::to_string(parts) == testing::value_in(row, "score"));
  }
  CHECK(expiries > 10);
  const std::vector<std::string> expected = slow_rows(events);
  // Timers of one minute fire in order of keys' places; the slow answer goes by account. Within a minute the order means nothing.
  const auto by_place = [](std::vector<std::string> rows) {
    std::stable_sort(rows.begin(), rows.end(), [](const std::string& a, const std::string& b) { return a.substr(0, 2) < b.substr(0, 2); });
    return rows;
  };
  CHECK(by_place(found) == by_place(expected));
}

TEST_CASE("a score follows what leaves its windows on the next whole minute, without a new record") {
  for (const std::uint64_t seed : {21U, 22U, 23U}) compare_scores(with_score(false), seed);
}

TEST_CASE("a score over facts of several rings is looked at when the first of them loses a record") { compare_scores(with_score(true), 24); }

TEST_CASE("a score falls back when its window is empty again, at the minute after the last record left") {
  testing::PlanRun run(with_score(false));
  run.read({login(0, "A", "d", true), payment(500, "A", Cell{}, 1), payment(600, "A", Cell{}, 1), payment(700, "A", Cell{}, 1)});
  const auto rows = [&] { return run.rows(OutputId::kScores); };
  REQUIRE(rows().size() == 1);
  CHECK(testing::value_in(rows()[0], "score") == "70");
  run.read({login(11 * kMinuteMs + 4'999, "B", "d", true), payment(11 * kMinuteMs + 4'999, "B", Cell{}, 1)});
  CHECK(rows().size() == 1);  // the watermark is a millisecond short of 11 minutes
  run.read({login(11 * kMinuteMs + 5'000, "B", "d", true), payment(11 * kMinuteMs + 5'000, "B", Cell{}, 1)});
  REQUIRE(rows().size() == 2);
  CHECK(testing::value_in(rows()[1], "account") == "A");
  CHECK(testing::value_in(rows()[1], "event_time") == std::to_string(11 * kMinuteMs));
  CHECK(testing::value_in(rows()[1], "score") == "100");
  CHECK(testing::value_in(rows()[1], "band") == "good");
}

}  // namespace
}  // namespace reckoner
