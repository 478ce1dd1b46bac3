// The frauds planted into the card-fraud example. Bounds that find them, in event time:
//
//   velocity_burst       account  at least 10 card payments in 5 minutes
//   card_testing         device   at least 4 cards and 5 card payments of at most 2.00 in 10 minutes
//   structuring          account  at least 3 incoming transfers of 8500.00 to below 10000.00 in 24 hours
//   impossible_travel    account  over 900 km/h (and 100 km) from one card-present payment to the next
//   rapid_pass_through   account  incoming transfers of at least 1000.00 in an hour, at least nine tenths of it sent out in the same hour
//   account_takeover     account  an outgoing transfer of at least 2000.00 within 24 hours of a login from a first-seen device and of a changed
//                                 e-mail, phone or password; every second victim was dormant
//
// About one incident in eighteen is faint, below these bounds, and about as many honest lookalikes are above them and not in the labels.
// No account is in two incidents.
#pragma once

#include <cstdint>
#include <vector>

#include "app/card_fraud_background.hpp"
#include "app/card_fraud_model.hpp"

namespace reckoner::card_fraud {

struct Plan {
  std::vector<Event> events;       // in no order, without balances
  std::vector<AccountNote> notes;  // by account
  std::vector<Incident> incidents;
};

// Incidents of each pattern for so many accounts and days: one in 2,500 account days, at least 2.
[[nodiscard]] std::uint32_t incidents_per_pattern(std::uint32_t accounts, std::int64_t days);

[[nodiscard]] Plan plan_incidents(std::uint64_t seed, std::uint32_t accounts, std::int64_t days);

}  // namespace reckoner::card_fraud
