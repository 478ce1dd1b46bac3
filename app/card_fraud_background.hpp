// Ordinary life on an account of the card-fraud example: purchases after the rhythm of a day, salary and rent, transfers, refunds, cash,
// logins with mistyped passwords, new phones, journeys with flights of a believable length, small corrections of the balance.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "app/card_fraud_model.hpp"
#include "app/card_fraud_people.hpp"

namespace reckoner::card_fraud {

// What the planted incidents ask of an account's ordinary life.
struct AccountNote {
  std::int64_t active_until_ms = std::numeric_limits<std::int64_t>::max();  // dormant from here on
  Span card_at_rest;                                                        // no payment with the card present: it is blocked, or about to be
  std::int64_t extra_opening_cents = 0;                                     // so that planted payments have the money
  bool stays_home = false;                                                  // no journeys
};

// Appends the account's events within `span`, in no order, without balances.
void append_background(const Person& person, const AccountNote& note, Span span, SeededRandom& random, std::vector<Event>& events);

// Puts one account's events in order, no two at the same millisecond, declines what the balance does not cover, and fills the balances.
void settle_balances(std::int64_t opening_cents, std::vector<Event>& events);

}  // namespace reckoner::card_fraud
