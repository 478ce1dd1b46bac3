// What is kept by another key than the topics' is what the records say, whoever was killed when; and so is what is asked of one key for a rule by
// another, which records hop to.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "operators/handing_on.hpp"
#include "support/catch.hpp"
#include "topic_world.hpp"

namespace reckoner::testing {

namespace {

constexpr std::int64_t kMinuteMs = 60'000;

const std::string kTotals = R"(totals:
  shop_1m: {description: d, on: payments, by: shop_id, window: 1m, allowed_lateness: 24h, measures: {count: {count: true}, sum: {sum: amount}}}
  account_1m: {description: d, on: payments, by: account_id, window: 1m, allowed_lateness: 24h, measures: {count: {count: true}, sum: {sum: amount}}}
)";

// Looks at a shop's payments in the order in which they come.
const std::string kBusy = R"(id: BUSY-01
title: a busy shop
severity: low
on: payments
by: shop_id
facts:
  taken: {count: true, within: 20s}
  since: {since_previous: true}
fire: taken >= 3 and since < 5s
say: "{taken} payments"
)";
const std::string kOrdered = "evaluation: ordered\n";

using Totals = std::map<std::pair<std::string, std::int64_t>, std::pair<std::int64_t, std::int64_t>>;

Totals found_totals(const TopicWorld& world) {
  Totals totals;
  for (const std::string& row : world.topics().totals) {
    const std::string key = TopicWorld::text(row, row.find("\"shop_id\"") != std::string::npos ? "shop_id" : "account_id");
    const std::pair sums(TopicWorld::number(row, "count"), TopicWorld::number(row, "sum"));
    INFO(row);
    CHECK(totals.emplace(std::pair(key, TopicWorld::number(row, "window_start")), sums).second);
  }
  return totals;
}

Totals expected_totals(const TopicWorld& world) {
  Totals totals;
  for (const Payment& payment : world.payments()) {
    for (const std::string& key : {payment.account, payment.shop}) {
      if (key.empty() || payment.amount <= 1) continue;
      auto& [count, sum] = totals[{key, payment.at_ms / kMinuteMs * kMinuteMs}];
      ++count;
      sum += payment.amount;
    }
  }
  return totals;
}

std::string wrong_totals(const TopicWorld& world) {
  const Totals found = found_totals(world);
  const Totals expected = expected_totals(world);
  std::string text;
  for (const auto& [key, total] : expected) {
    const auto other = found.find(key);
    if (other == found.end())
      text += fmt::format("{} at {}: {} records are missing\n", key.first, key.second, total.first);
    else if (other->second != total)
      text += fmt::format("{} at {}: {} of {} records\n", key.first, key.second, other->second.first, total.first);
  }
  if (found.size() > expected.size()) text += fmt::format("{} totals, {} expected\n", found.size(), expected.size());
  return text;
}

// Payments that count, in order of their times.
std::vector<Payment> in_order(const TopicWorld& world) {
  std::vector<Payment> payments = world.payments();
  std::erase_if(payments, [](const Payment& payment) { return payment.amount <= 1; });
  std::sort(payments.begin(), payments.end(), [](const Payment& left, const Payment& right) { return left.at_ms < right.at_ms; });
  return payments;
}

// Those of the last `within_ms` up to the one at `now`, itself among them.
template <typename Visit>
void visit_window(const std::vector<Payment>& payments, std::size_t now, std::int64_t within_ms, const Visit& visit) {
  for (std::size_t i = now + 1; i > 0 && payments[i - 1].at_ms > payments[now].at_ms - within_ms; --i) visit(i - 1);
}

// Alerts of kBusy when all payments are looked at in order of their times.
std::set<std::string> busy_shops(const TopicWorld& world) {
  const std::vector<Payment> payments = in_order(world);
  std::set<std::string> alerts;
  for (std::size_t now = 0; now < payments.size(); ++now) {
    std::vector<std::int64_t> times;
    const auto count = [&](std::size_t i) {
      if (payments[i].shop == payments[now].shop) times.push_back(payments[i].at_ms);
    };
    if (!payments[now].shop.empty()) visit_window(payments, now, 20'000, count);
    if (times.size() >= 3 && times[0] - times[1] < 5'000) alerts.insert(payments[now].id);
  }
  return alerts;
}

// By account: what its devices are worth is asked of the device, how busy the shop is with such devices of the shop.
const std::string kHops = R"(id: HOPS-01
title: a busy shop, and a device that moves much
severity: low
on: payments
by: account_id
facts:
  moved: {sum: amount, within: 30s, by: device_id}
  taken: {count: true, within: 20s, by: shop_id, where: "moved > 100"}
  own: {count: true, within: 60s}
fire: own >= 2 and (taken >= 2 or (not known(taken) and moved > 200))
say: "{own} payments"
)";

std::set<std::string> hops_expected(const TopicWorld& world) {
  const std::vector<Payment> payments = in_order(world);
  std::vector<std::int64_t> moved(payments.size(), -1);  // unknown without a device
  std::set<std::string> alerts;
  for (std::size_t now = 0; now < payments.size(); ++now) {
    const Payment& payment = payments[now];
    if (!payment.device.empty()) {
      moved[now] = 0;
      visit_window(payments, now, 30'000, [&](std::size_t i) { moved[now] += payments[i].device == payment.device ? payments[i].amount : 0; });
    }
    int taken = 0;
    visit_window(payments, now, 20'000, [&](std::size_t i) { taken += payments[i].shop == payment.shop && moved[i] > 100 ? 1 : 0; });
    int own = 0;
    visit_window(payments, now, 60'000, [&](std::size_t i) { own += payments[i].account == payment.account ? 1 : 0; });
    if (own >= 2 && (payment.shop.empty() ? moved[now] > 200 : taken >= 2)) alerts.insert(payment.id);
  }
  return alerts;
}

// By device, and asks the account, where records are read, and the shop for a text: with kHops beside it accounts and devices ask each other.
const std::string kBack = R"(id: BACK-01
title: a device whose account is busy, in a shop that another account was in
severity: low
on: payments
by: device_id
facts:
  paid: {count: true, within: 40s, by: account_id}
  seen: {count: true, within: 10s}
  before: {previous: account_id, by: shop_id}
fire: paid >= 4 and seen >= 2 and before != account_id
say: "{paid} payments, {before} before"
)";

std::set<std::string> back_expected(const TopicWorld& world) {
  const std::vector<Payment> payments = in_order(world);
  std::map<std::string, std::string> before;  // by shop
  std::set<std::string> alerts;
  for (std::size_t now = 0; now < payments.size(); ++now) {
    const Payment& payment = payments[now];
    int paid = 0;
    visit_window(payments, now, 40'000, [&](std::size_t i) { paid += payments[i].account == payment.account ? 1 : 0; });
    int seen = 0;
    visit_window(payments, now, 10'000, [&](std::size_t i) { seen += payments[i].device == payment.device ? 1 : 0; });
    const auto last = before.find(payment.shop);
    const bool other = !payment.shop.empty() && last != before.end() && last->second != payment.account;
    if (!payment.device.empty() && paid >= 4 && seen >= 2 && other) alerts.insert(payment.id);
    before[payment.shop] = payment.account;
  }
  return alerts;
}

// Looks at two inputs, and asks the account at one of them.
const std::string kLogged = R"(id: LOG-01
title: a device of many logins pays for a busy account
severity: low
on: payments
by: device_id
facts:
  logged: {count: true, on: logins, within: 10s}
  paid: {count: true, within: 20s, by: account_id}
fire: logged >= 2 and paid >= 3
say: "{logged} logins"
)";

std::set<std::string> logged_expected(const TopicWorld& world) {
  const std::vector<Payment> payments = in_order(world);
  std::set<std::string> alerts;
  for (std::size_t now = 0; now < payments.size(); ++now) {
    const Payment& payment = payments[now];
    const auto is_near = [&](const Login& login) {
      return login.device == payment.device && login.at_ms <= payment.at_ms && login.at_ms > payment.at_ms - 10'000;
    };
    int paid = 0;
    visit_window(payments, now, 20'000, [&](std::size_t i) { paid += payments[i].account == payment.account ? 1 : 0; });
    const auto logged = std::count_if(world.logins().begin(), world.logins().end(), is_near);
    if (!payment.device.empty() && logged >= 2 && paid >= 3) alerts.insert(payment.id);
  }
  return alerts;
}

// Looks at the alerts of kBusy.
const std::string kMeta = R"(id: META-01
title: a shop that is busy for long
severity: low
on: alerts
by: shop_id
facts:
  many: {count: true, within: 10s}
fire: many >= 30
say: "{many} alerts"
)";

std::set<std::string> busy_for_long(const TopicWorld& world) {
  const std::set<std::string> busy = busy_shops(world);
  std::map<std::string, std::vector<std::int64_t>> times;  // by shop
  std::set<std::string> expected;
  for (const Payment& payment : in_order(world)) {
    if (!busy.contains(payment.id)) continue;
    std::vector<std::int64_t>& of_shop = times[payment.shop];
    of_shop.push_back(payment.at_ms);
    const auto many = std::count_if(of_shop.begin(), of_shop.end(), [&](std::int64_t at) { return at > payment.at_ms - 10'000; });
    if (many >= 30) expected.insert(fmt::format("{} {} {} alerts", payment.shop, payment.at_ms, many));
  }
  return expected;
}

// Shops in which a big payment was made are asked by account; and accounts that paid there, by shop again.
const std::string kLists = R"(lists:
  hot: {owner: tests, added_for: 3s}
  burnt: {owner: tests, added_for: 8s}
)";
const std::string kAdds = R"(id: BIG-01
title: a big payment in a shop
severity: low
on: payments
by: shop_id
fire: amount >= 48
say: "big"
add_to: {hot: shop_id}
)";
const std::string kAsks = R"(id: HOT-01
title: a payment where a big one was made before
severity: low
on: payments
by: account_id
facts:
  own: {count: true, within: 20s, where: "shop_id in list.hot"}
fire: shop_id in list.hot and own >= 2
say: "{own} such payments"
add_to: {burnt: account_id}
)";
const std::string kAsksAgain = R"(id: BURNT-01
title: a shop in which somebody pays who was in a hot one
severity: low
on: payments
by: device_id
fire: account_id in list.burnt and not (shop_id in list.hot)
say: "burnt"
)";

// What is in force: those that were put in at earlier records, for so long.
class Entries {
 public:
  explicit Entries(std::int64_t ttl_ms) : ttl_ms_(ttl_ms) {}
  void add(const std::string& value, std::int64_t at_ms) { until_[value] = at_ms + ttl_ms_; }
  [[nodiscard]] bool has(const std::string& value, std::int64_t at_ms) const {
    const auto known = until_.find(value);
    return known != until_.end() && at_ms < known->second;
  }

 private:
  std::int64_t ttl_ms_;
  std::map<std::string, std::int64_t> until_;
};

struct ListAlerts {
  std::set<std::string> big, hot, burnt;
};

ListAlerts expected_of_lists(const TopicWorld& world) {
  const std::vector<Payment> payments = in_order(world);
  std::vector<bool> was_hot(payments.size());
  Entries hot(3'000), burnt(8'000);
  ListAlerts alerts;
  for (std::size_t now = 0; now < payments.size(); ++now) {
    const Payment& payment = payments[now];
    was_hot[now] = !payment.shop.empty() && hot.has(payment.shop, payment.at_ms);
    int own = 0;
    visit_window(payments, now, 20'000, [&](std::size_t i) { own += payments[i].account == payment.account && was_hot[i] ? 1 : 0; });
    const bool fires = was_hot[now] && own >= 2;
    // Unknown without a shop: `not (unknown)` is no more true.
    if (!payment.device.empty() && !payment.shop.empty() && burnt.has(payment.account, payment.at_ms) && !was_hot[now])
      alerts.burnt.insert(payment.id);
    if (fires) alerts.hot.insert(payment.id), burnt.add(payment.account, payment.at_ms);
    if (!payment.shop.empty() && payment.amount >= 48) alerts.big.insert(payment.id), hot.add(payment.shop, payment.at_ms);
  }
  return alerts;
}

void check_lists(const TopicWorld& world) {
  const ListAlerts expected = expected_of_lists(world);
  CHECK(expected.hot.size() > 30);
  CHECK(expected.burnt.size() > 30);
  CHECK(differences(world.alerts("BIG-01"), expected.big) == "");
  CHECK(differences(world.alerts("HOT-01"), expected.hot) == "");
  CHECK(differences(world.alerts("BURNT-01"), expected.burnt) == "");
  CHECK(wrong_totals(world) == "");
}

}  // namespace

TEST_CASE("totals by another key than the topics' are right at any number of shards, whoever was killed when") {
  for (const std::uint32_t shards : {1U, 2U, 3U, 5U}) {
    for (unsigned seed = 1; seed <= 4; ++seed) {
      INFO(shards << " shards, seed " << seed);
      TopicWorld world(shards, seed, kTotals, {kBusy});
      REQUIRE(hops_before(world.plan()).size() == 1);
      world.live(400);
      world.finish();
      CHECK(wrong_totals(world) == "");
    }
  }
}

TEST_CASE("with an end of input what depends on the order of records is the same at any number of shards") {
  for (unsigned seed = 1; seed <= 4; ++seed) {
    for (const std::uint32_t shards : {1U, 2U, 3U, 5U}) {
      INFO(shards << " shards, seed " << seed);
      TopicWorld world(shards, seed, kTotals, {kBusy});
      world.fill(4000);
      world.finish();
      CHECK(busy_shops(world).size() > 100);
      CHECK(differences(world.alerts("BUSY-01"), busy_shops(world)) == "");
    }
  }
}

TEST_CASE("what is decided in order of event time is the same at any number of shards, whoever was killed when") {
  for (const std::uint32_t shards : {1U, 2U, 3U, 5U}) {
    for (unsigned seed = 21; seed <= 24; ++seed) {
      INFO(shards << " shards, seed " << seed);
      TopicWorld world(shards, seed, kTotals, {kBusy + kOrdered}, true);
      world.live(400);
      world.finish();
      CHECK(busy_shops(world).size() > 100);
      CHECK(differences(world.alerts("BUSY-01"), busy_shops(world)) == "");
      CHECK(wrong_totals(world) == "");
    }
  }
}

TEST_CASE("facts of other keys are asked over several hops and with an end of input are the same at any number of shards") {
  for (unsigned seed = 41; seed <= 44; ++seed) {
    for (const std::uint32_t shards : {1U, 2U, 3U, 5U}) {
      INFO(shards << " shards, seed " << seed);
      TopicWorld world(shards, seed, kTotals, {kHops});
      REQUIRE(hops_before(world.plan()).size() == 3);
      world.fill(4000);
      world.finish();
      CHECK(hops_expected(world).size() > 100);
      CHECK(differences(world.alerts("HOPS-01"), hops_expected(world)) == "");
      CHECK(wrong_totals(world) == "");
    }
  }
}

TEST_CASE("facts of other keys in order of event time are the same at any number of shards, whoever was killed when") {
  for (const std::uint32_t shards : {1U, 2U, 3U, 5U}) {
    for (unsigned seed = 61; seed <= 64; ++seed) {
      INFO(shards << " shards, seed " << seed);
      TopicWorld world(shards, seed, kTotals, {kHops + kOrdered}, true);
      world.live(400);
      world.finish();
      CHECK(hops_expected(world).size() > 100);
      CHECK(differences(world.alerts("HOPS-01"), hops_expected(world)) == "");
      CHECK(wrong_totals(world) == "");
    }
  }
}

TEST_CASE("keys that ask each other are answered at any number of shards, whoever was killed when") {
  for (const std::uint32_t shards : {1U, 2U, 4U}) {
    for (unsigned seed = 101; seed <= 104; ++seed) {
      INFO(shards << " shards, seed " << seed);
      TopicWorld world(shards, seed, kTotals, {kHops + kOrdered, kBack + kOrdered}, true);
      world.live(400);
      world.finish();
      CHECK(back_expected(world).size() > 100);
      CHECK(differences(world.alerts("HOPS-01"), hops_expected(world)) == "");
      CHECK(differences(world.alerts("BACK-01"), back_expected(world)) == "");
      CHECK(wrong_totals(world) == "");
      TopicWorld at_once(shards, seed, kTotals, {kHops, kBack + kOrdered, kBusy});
      at_once.fill(2000);
      at_once.finish();
      CHECK(differences(at_once.alerts("HOPS-01"), hops_expected(at_once)) == "");
      CHECK(differences(at_once.alerts("BACK-01"), back_expected(at_once)) == "");
      CHECK(differences(at_once.alerts("BUSY-01"), busy_shops(at_once)) == "");
      CHECK(wrong_totals(at_once) == "");
    }
  }
}

TEST_CASE("what rules put into lists is asked on every shard, in order of event time and whoever was killed when") {
  for (const std::uint32_t shards : {1U, 2U, 4U}) {
    for (unsigned seed = 121; seed <= 124; ++seed) {
      INFO(shards << " shards, seed " << seed);
      TopicWorld world(shards, seed, kLists + kTotals, {kAdds + kOrdered, kAsks + kOrdered, kAsksAgain + kOrdered}, true);
      world.live(400);
      world.finish();
      check_lists(world);
    }
  }
}

TEST_CASE("what rules put into lists is asked on every shard, with an end of input as in one order") {
  for (const std::uint32_t shards : {1U, 2U, 4U}) {
    for (unsigned seed = 141; seed <= 144; ++seed) {
      INFO(shards << " shards, seed " << seed);
      TopicWorld world(shards, seed, kLists + kTotals, {kAdds, kAsks, kAsksAgain});
      world.fill(2000);
      world.finish();
      check_lists(world);
    }
  }
}

TEST_CASE("rules that look at several inputs find the same at any number of shards, whoever was killed when") {
  for (const std::uint32_t shards : {1U, 2U, 3U, 5U}) {
    for (const unsigned seed : {181U, 182U, 183U, 1013U}) {  // with the last one a replay is told again behind an end
      INFO(shards << " shards, seed " << seed);
      TopicWorld world(shards, seed, kLists + kTotals, {kLogged + kOrdered, kHops, kAdds + kOrdered, kAsks + kOrdered, kAsksAgain + kOrdered}, true);
      world.live(400);
      world.finish();
      CHECK(logged_expected(world).size() > 100);
      CHECK(differences(world.alerts("LOG-01"), logged_expected(world)) == "");
      check_lists(world);
      TopicWorld at_once(shards, seed, kLists + kTotals, {kLogged, kHops + kOrdered, kAdds, kAsks, kAsksAgain});
      at_once.fill(2000);
      at_once.finish();
      CHECK(differences(at_once.alerts("LOG-01"), logged_expected(at_once)) == "");
      CHECK(differences(at_once.alerts("HOPS-01"), hops_expected(at_once)) == "");
      check_lists(at_once);
    }
  }
}

TEST_CASE("rules look at alerts where these are found, whatever the number of shards and whoever was killed when") {
  for (const std::uint32_t shards : {1U, 2U, 4U}) {
    for (unsigned seed = 161; seed <= 163; ++seed) {
      INFO(shards << " shards, seed " << seed);
      TopicWorld world(shards, seed, kTotals, {kBusy + kOrdered, kMeta}, true);
      world.live(400);
      world.finish();
      std::set<std::string> found;
      for (const std::string& row : world.topics().alerts) {
        if (TopicWorld::text(row, "rule") != "META-01") continue;
        found.insert(fmt::format("{} {} {}", TopicWorld::text(row, "shop_id"), TopicWorld::number(row, "event_time"), TopicWorld::text(row, "say")));
      }
      CHECK(busy_for_long(world).size() > 100);
      CHECK(differences(found, busy_for_long(world)) == "");
    }
  }
}

TEST_CASE("records that hop as they come are all looked at, whoever was killed when") {
  for (const std::uint32_t shards : {1U, 2U, 3U, 5U}) {
    for (unsigned seed = 81; seed <= 84; ++seed) {
      INFO(shards << " shards, seed " << seed);
      TopicWorld world(shards, seed, kTotals, {kHops});
      world.live(400);
      world.finish();
      CHECK(world.alerts("HOPS-01").size() > 100);
      CHECK(wrong_totals(world) == "");  // by account behind three hops
    }
  }
}

TEST_CASE("where all shards are silent, windows by another key close as the clock goes on") {
  for (const std::string& rule : {kBusy, kHops}) {
    for (const std::uint32_t shards : {1U, 3U}) {
      INFO(shards << " shards");
      TopicWorld world(shards, 11, kTotals, {rule});
      world.idle_after(60'000);
      world.live(200);
      for (std::uint32_t shard = 0; shard < shards; ++shard) world.restart(shard);
      world.be_silent(30 * 60 * kMinuteMs);  // the day that windows wait for what is late, and more
      CHECK(wrong_totals(world) == "");
    }
  }
}

TEST_CASE("a job on topics goes on behind the end of its input") {
  for (const std::string& rule : {kBusy, kHops, kHops + kOrdered}) {
    TopicWorld world(3, 7, kTotals, {rule});
    world.live(100);
    world.finish();
    CHECK(wrong_totals(world) == "");
    const std::size_t before = found_totals(world).size();
    world.finish();  // nothing new
    CHECK(found_totals(world).size() == before);
  }
}

}  // namespace reckoner::testing
