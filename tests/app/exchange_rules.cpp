#include "exchange_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "support/catch.hpp"

namespace reckoner::testing {

const std::string kTotals = R"(totals:
  shop_1m: {description: d, on: payments, by: shop_id, window: 1m, allowed_lateness: 24h, measures: {count: {count: true}, sum: {sum: amount}}}
  account_1m: {description: d, on: payments, by: account_id, window: 1m, allowed_lateness: 24h, measures: {count: {count: true}, sum: {sum: amount}}}
)";

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

namespace {

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

}  // namespace

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

namespace {

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

}  // namespace

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

const std::string kCycles = R"(cycles:
  loops: {on: payments, from: account_id, to: payee_id, within: 1s, min_hops: 2, max_hops: 4, where: "amount < 40"}
)";
const std::string kLoops = R"(id: LOOP-01
title: a payment that closes a cycle
severity: low
on: loops
by: account_id
facts:
  closed: {count: true, within: 20s}
fire: closed >= 1
say: "{payment_id} {hops}"
)";
const std::string kLoopsOfPayee = R"(id: LOOP-02
title: an account with which several cycles are closed
severity: low
on: loops
by: payee_id
facts:
  closed: {count: true, within: 5s}
fire: closed >= 2
say: "{payment_id} {closed}"
)";

namespace {

// Fewest payments of a cycle that ends in the newest of `path`, `hops` more back; 0 = there is none.
bool closes(const std::vector<Payment>& payments, std::vector<std::size_t>& path, int hops) {
  const Payment& newest = payments[path.front()];
  const Payment& later = payments[path.back()];
  for (std::size_t i = path.back(); i > 0 && payments[i - 1].at_ms > newest.at_ms - 1'000; --i) {
    const Payment& earlier = payments[i - 1];
    if (earlier.amount >= 40 || earlier.account == earlier.payee || earlier.payee != later.account) continue;
    if ((hops == 1) != (earlier.account == newest.payee)) continue;
    if (std::any_of(path.begin(), path.end(), [&](std::size_t other) { return payments[other].account == earlier.account; })) continue;
    path.push_back(i - 1);
    if (hops == 1 || closes(payments, path, hops - 1)) return true;
    path.pop_back();
  }
  return false;
}

}  // namespace

LoopAlerts expected_loops(const TopicWorld& world) {
  const std::vector<Payment> payments = in_order(world);
  LoopAlerts alerts;
  std::map<std::string, std::vector<std::int64_t>> times;  // by payee
  for (std::size_t now = 0; now < payments.size(); ++now) {
    const Payment& payment = payments[now];
    if (payment.amount >= 40 || payment.account == payment.payee) continue;
    int hops = 2;
    for (std::vector<std::size_t> path{now}; hops <= 4 && !closes(payments, path, hops - 1); path.assign(1, now)) ++hops;
    if (hops > 4) continue;
    alerts.of_account.insert(fmt::format("{} {}", payment.id, hops));
    std::vector<std::int64_t>& of_payee = times[payment.payee];
    of_payee.push_back(payment.at_ms);
    const auto closed = std::count_if(of_payee.begin(), of_payee.end(), [&](std::int64_t at) { return at > payment.at_ms - 5'000; });
    if (closed >= 2) alerts.of_payee.insert(fmt::format("{} {}", payment.id, closed));
  }
  return alerts;
}

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

namespace {

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

}  // namespace

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

}  // namespace reckoner::testing
