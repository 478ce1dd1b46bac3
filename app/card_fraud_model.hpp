// The made-up bank of the card-fraud example: what happens to an account, before it becomes text.
// Times are milliseconds since 1970 UTC, money is in cents of one currency, places are in microdegrees: integers, so that bytes are equal everywhere.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace reckoner::card_fraud {

constexpr std::int64_t kSecondMs = 1'000;
constexpr std::int64_t kMinuteMs = 60 * kSecondMs;
constexpr std::int64_t kHourMs = 60 * kMinuteMs;
constexpr std::int64_t kDayMs = 24 * kHourMs;
constexpr std::int64_t kStartMs = 1'767'225'600'000;  // 2026-01-01T00:00:00Z

// Half-open.
struct Span {
  std::int64_t from_ms = 0;
  std::int64_t until_ms = 0;
  [[nodiscard]] constexpr bool holds(std::int64_t time_ms) const { return time_ms >= from_ms && time_ms < until_ms; }
};

struct Place {
  std::uint8_t city = 0;  // index of the city whose country it is in
  std::int32_t latitude = 0;
  std::int32_t longitude = 0;
};

// Transactions first, then logins, then account changes; the order of the names in card_fraud_lines.cpp.
enum class Kind : std::uint8_t {
  kCardPayment,
  kTransferOut,
  kTransferIn,
  kAtmWithdrawal,
  kRefund,
  kLogin,
  kEmail,
  kPhone,
  kAddress,
  kLimit,
  kPassword,
  kBalanceAdjustment,
};

constexpr bool is_transaction(Kind kind) { return kind <= Kind::kRefund; }
constexpr bool is_incoming(Kind kind) { return kind == Kind::kTransferIn || kind == Kind::kRefund; }

enum class Channel : std::uint8_t {
  kPos,     // the card is there: a shop's terminal or a cash machine
  kEcom,    // an online shop
  kMobile,  // the bank's app
  kBranch,  // booked by the bank: salaries, standing orders, deposits
};

struct Event {
  std::int64_t time_ms = 0;
  std::int64_t cents = 0;          // amount; signed for a balance adjustment, else not negative
  std::int64_t balance_cents = 0;  // after the event; filled by settle_balances
  std::uint64_t device = 0;        // the customer's; where a card is present or the bank books, the terminal stands in for it
  std::uint32_t account = 0;
  std::uint32_t counterparty = 0;  // merchant, payee or cash machine
  std::uint32_t sequence = 0;      // orders an account's events of one moment
  std::uint32_t incident = 0;      // 1 + index of the planted incident, 0 for ordinary life
  Place place;
  Kind kind = Kind::kCardPayment;
  Channel channel = Channel::kPos;
  std::uint8_t card = 0;  // 0 or 1: which of the account's cards
  bool accepted = true;   // approved; for a login, the password was right
};

enum class Pattern : std::uint8_t { kVelocityBurst, kCardTesting, kStructuring, kImpossibleTravel, kRapidPassThrough, kAccountTakeover };

constexpr std::array<std::string_view, 6> kPatternNames = {"velocity_burst",    "card_testing",       "structuring",
                                                           "impossible_travel", "rapid_pass_through", "account_takeover"};

// One planted fraud. Its key is the device for card testing, the account for the others.
struct Incident {
  Pattern pattern = Pattern::kVelocityBurst;
  std::uint64_t key = 0;
};

}  // namespace reckoner::card_fraud
