// Rule sets for jobs whose shards meet in topics alone, and what they decide when all payments are looked at in order of their times, by one naive look
// after the other.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "topic_world.hpp"

namespace reckoner::testing {

inline constexpr std::int64_t kMinuteMs = 60'000;

extern const std::string kOrdered;  // behind a rule: decided in order of event time

// Totals by shop and by account.
extern const std::string kTotals;
using Totals = std::map<std::pair<std::string, std::int64_t>, std::pair<std::int64_t, std::int64_t>>;
[[nodiscard]] Totals found_totals(const TopicWorld& world);
[[nodiscard]] std::string wrong_totals(const TopicWorld& world);  // "" = none

// Looks at a shop's payments in the order in which they come.
extern const std::string kBusy;
[[nodiscard]] std::set<std::string> busy_shops(const TopicWorld& world);

// By account: what its devices are worth is asked of the device, how busy the shop is with such devices of the shop.
extern const std::string kHops;
[[nodiscard]] std::set<std::string> hops_expected(const TopicWorld& world);

// By device, and asks the account, where records are read, and the shop for a text: with kHops beside it accounts and devices ask each other.
extern const std::string kBack;
[[nodiscard]] std::set<std::string> back_expected(const TopicWorld& world);

// Looks at two inputs, and asks the account at one of them.
extern const std::string kLogged;
[[nodiscard]] std::set<std::string> logged_expected(const TopicWorld& world);

// Looks at the alerts of kBusy: shop, time and number.
extern const std::string kMeta;
[[nodiscard]] std::set<std::string> busy_for_long(const TopicWorld& world);

// Payments that come back to where they left, and rules on them by two keys: payment and number.
extern const std::string kCycles;
extern const std::string kLoops;
extern const std::string kLoopsOfPayee;
struct LoopAlerts {
  std::set<std::string> of_account, of_payee;
};
[[nodiscard]] LoopAlerts expected_loops(const TopicWorld& world);

// Shops in which a big payment was made are asked by account; and accounts that paid there, by shop again.
extern const std::string kLists;
extern const std::string kAdds;
extern const std::string kAsks;
extern const std::string kAsksAgain;
struct ListAlerts {
  std::set<std::string> big, hot, burnt;
};
[[nodiscard]] ListAlerts expected_of_lists(const TopicWorld& world);

}  // namespace reckoner::testing
