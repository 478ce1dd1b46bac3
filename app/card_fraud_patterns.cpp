#include "app/card_fraud_patterns.hpp"

#include <algorithm>

#include "app/card_fraud_people.hpp"
#include "app/seeded_random.hpp"
#include "engine/check.hpp"

namespace reckoner::card_fraud {
namespace {

constexpr std::int64_t kAccountDaysPerIncident = 2'500;
constexpr std::uint32_t kIncidentsMin = 2;
constexpr std::uint32_t kAccountsPerIncident = 24;  // keeps the victims a small part of the customers
constexpr std::uint32_t kFaintEvery = 18;
constexpr std::int64_t kLongestIncidentMs = 36 * kHourMs;
constexpr std::int64_t kFarKm = 3'000;
constexpr std::uint32_t kMulePayeeFirst = 60'000;  // payees nobody paid before
constexpr std::uint32_t kMulePayees = 30'000;

enum class Role : std::uint8_t {
  kPlain,      // over the bounds
  kFaint,      // a fraud below them
  kLookalike,  // honest, over the bounds, not in the labels
};

class Planner {
 public:
  Planner(std::uint64_t seed, std::uint32_t accounts, std::int64_t days)
      : seed_(seed), accounts_(accounts), end_ms_(kStartMs + days * kDayMs), random_(scatter(seed + 3)), taken_(accounts) {
    plan_.notes.resize(accounts);
  }

  void plant(Pattern pattern, Role role, bool is_odd);
  [[nodiscard]] Plan take() { return std::move(plan_); }

 private:
  void velocity_burst(Role role);
  void card_testing(Role role);
  void structuring(Role role);
  void impossible_travel(Role role);
  void rapid_pass_through(Role role);
  void account_takeover(Role role, bool was_dormant);
  void take_over(const Person& victim, Role role, std::int64_t time_ms);

  Person new_victim();
  std::int64_t some_time(std::int64_t tenths_from);
  Event& add(const Person& person, Kind kind, Channel channel, std::int64_t time_ms, std::int64_t cents);
  void label(Role role, Pattern pattern, std::uint64_t key);
  std::uint32_t online_shop() { return kOnlineShopFirst + static_cast<std::uint32_t>(random_.below(kOnlineShops)); }
  std::uint32_t shop_in(std::uint8_t city) { return city * kShopsPerCity + static_cast<std::uint32_t>(random_.below(kShopsPerCity)); }
  std::uint32_t mule_payee() { return kMulePayeeFirst + static_cast<std::uint32_t>(random_.below(kMulePayees)); }

  const std::uint64_t seed_;
  const std::uint32_t accounts_;
  const std::int64_t end_ms_;
  SeededRandom random_;
  std::vector<bool> taken_;
  std::uint32_t incident_ = 0;  // of the events being added; 0 for a lookalike
  Plan plan_;
};

Person Planner::new_victim() {
  for (;;) {
    const auto account = static_cast<std::uint32_t>(random_.below(accounts_));
    if (taken_[account]) continue;
    taken_[account] = true;
    return make_person(seed_, account);
  }
}

// Late enough that an account has had its ordinary days, early enough that the incident ends within the span.
std::int64_t Planner::some_time(std::int64_t tenths_from) {
  const std::int64_t latest_ms = end_ms_ - kLongestIncidentMs;
  const std::int64_t earliest_ms = kStartMs + (end_ms_ - kStartMs) / 10 * tenths_from;
  return random_.between(std::min(earliest_ms, latest_ms), latest_ms);
}

Event& Planner::add(const Person& person, Kind kind, Channel channel, std::int64_t time_ms, std::int64_t cents) {
  const auto sequence = static_cast<std::uint32_t>(plan_.events.size());
  Event& event = plan_.events.emplace_back();
  event.sequence = sequence;
  event.time_ms = time_ms;
  event.cents = cents;
  event.device = person.phone;
  event.account = person.account;
  event.incident = incident_;
  event.place = person.home;
  event.kind = kind;
  event.channel = channel;
  return event;
}

void Planner::label(Role role, Pattern pattern, std::uint64_t key) {
  incident_ = 0;
  if (role == Role::kLookalike) return;
  plan_.incidents.push_back({pattern, key});
  incident_ = static_cast<std::uint32_t>(plan_.incidents.size());
}

// A stolen card emptied at online shops. Lookalike: a game that sells something at every turn.
void Planner::velocity_burst(Role role) {
  const Person victim = new_victim();
  label(role, Pattern::kVelocityBurst, victim.account);
  plan_.notes[victim.account].extra_opening_cents = 2'500'00;
  const bool is_honest = role == Role::kLookalike;
  const std::int64_t payments = role == Role::kFaint ? 7 : random_.between(12, 20);
  const std::uint64_t device = random_.next();
  const Place place = place_in_city(any_city(random_), random_);
  const std::uint32_t game = online_shop();
  std::int64_t time_ms = some_time(2);
  for (std::int64_t i = 0; i < payments; ++i) {
    const std::int64_t cents = is_honest ? random_.between(2'99, 9'99) : random_.between(5'00, 90'00);
    Event& event = add(victim, Kind::kCardPayment, Channel::kEcom, time_ms, cents);
    event.counterparty = is_honest ? game : online_shop();
    if (!is_honest) {
      event.device = device;
      event.place = place;
    }
    time_ms += random_.between(5 * kSecondMs, 22 * kSecondMs);
  }
}

// One device tries stolen card numbers with tiny amounts; the last that works pays for something real. Lookalike: a stall at a school fair.
void Planner::card_testing(Role role) {
  const std::uint64_t device = random_.next();
  label(role, Pattern::kCardTesting, device);
  const bool is_honest = role == Role::kLookalike;
  const std::int64_t cards = role == Role::kFaint ? 3 : random_.between(5, 9);
  const Place place = place_in_city(any_city(random_), random_);
  const std::uint32_t merchant = online_shop();
  std::int64_t time_ms = some_time(2);
  Person holder;
  for (std::int64_t i = 0; i < cards; ++i) {
    holder = new_victim();
    const std::int64_t attempts = is_honest ? 1 : random_.between(2, 3);
    for (std::int64_t attempt = 0; attempt < attempts; ++attempt) {
      Event& event = add(holder, Kind::kCardPayment, Channel::kEcom, time_ms, random_.between(50, 2'00));
      event.device = device;
      event.place = place;
      event.counterparty = merchant;
      event.accepted = is_honest || random_.chance(2, 5);
      time_ms += random_.between(6 * kSecondMs, 18 * kSecondMs);
    }
  }
  if (is_honest) return;
  const std::int64_t wait_ms = random_.between(30 * kSecondMs, 90 * kSecondMs);
  Event& event = add(holder, Kind::kCardPayment, Channel::kEcom, time_ms + wait_ms, random_.between(150'00, 600'00));
  event.device = device;
  event.place = place;
  event.counterparty = online_shop();
  plan_.notes[holder.account].extra_opening_cents = 1'000'00;
}

// Deposits kept just under a reporting limit. Lookalike: somebody sells a car, a boat and a piano on one day.
void Planner::structuring(Role role) {
  const Person victim = new_victim();
  label(role, Pattern::kStructuring, victim.account);
  std::int64_t deposits = role == Role::kLookalike ? 3 : random_.between(4, 6);
  if (role == Role::kFaint) deposits = 2;
  std::int64_t time_ms = some_time(2);
  for (std::int64_t i = 0; i < deposits; ++i) {
    add(victim, Kind::kTransferIn, Channel::kBranch, time_ms, random_.between(172, 199) * 50'00);
    time_ms += random_.between(50 * kMinuteMs, 5 * kHourMs);
  }
}

// A copied card pays far away minutes after the real one paid at home. Faint: after the hours a flight takes. Lookalike: a partner on a journey.
void Planner::impossible_travel(Role role) {
  const Person victim = new_victim();
  label(role, Pattern::kImpossibleTravel, victim.account);
  std::uint8_t city = any_city(random_);
  while (distance_km(victim.home.city, city) < kFarKm) city = any_city(random_);
  const std::int64_t time_ms = some_time(2);
  AccountNote& note = plan_.notes[victim.account];
  note.stays_home = true;
  note.extra_opening_cents = 2'000'00;
  // The card is blocked afterwards; without this rest the way back would be as impossible, and found as a second fraud.
  note.card_at_rest = {time_ms - 10 * kMinuteMs, time_ms + kLongestIncidentMs + kDayMs};
  add(victim, Kind::kCardPayment, Channel::kPos, time_ms, purchase_cents(random_)).counterparty = shop_in(victim.home.city);
  const std::int64_t quick_ms = random_.between(20 * kMinuteMs, 55 * kMinuteMs);
  std::int64_t far_ms = time_ms + (role == Role::kFaint ? travel_ms(victim.home.city, city) : quick_ms);
  const std::int64_t payments = role == Role::kLookalike ? 1 : random_.between(1, 3);
  for (std::int64_t i = 0; i < payments; ++i) {
    Event& event = add(victim, Kind::kCardPayment, Channel::kPos, far_ms, random_.between(60'00, 450'00));
    event.place = place_in_city(city, random_);
    event.counterparty = shop_in(city);
    event.card = role == Role::kLookalike ? 1 : 0;
    far_ms += random_.between(4 * kMinuteMs, 25 * kMinuteMs);
  }
}

// A mule's account: money comes in and leaves at once. Faint: it rests for some hours. Lookalike: a house sale paid on to the builder.
void Planner::rapid_pass_through(Role role) {
  const Person victim = new_victim();
  label(role, Pattern::kRapidPassThrough, victim.account);
  const std::int64_t incoming_cents = random_.between(2'000'00, 8'000'00);
  std::int64_t time_ms = some_time(2);
  add(victim, Kind::kTransferIn, Channel::kBranch, time_ms, incoming_cents);
  const std::int64_t pieces = role == Role::kLookalike ? 1 : random_.between(1, 4);
  std::int64_t left_cents = incoming_cents * random_.between(93, 98) / 100;
  if (role == Role::kFaint) time_ms += random_.between(3 * kHourMs, 6 * kHourMs);
  for (std::int64_t i = pieces; i > 0; --i) {
    time_ms += random_.between(3 * kMinuteMs, 14 * kMinuteMs);
    const std::int64_t cents = i == 1 ? left_cents : left_cents * random_.between(80, 120) / (100 * i);
    add(victim, Kind::kTransferOut, Channel::kMobile, time_ms, cents).counterparty = mule_payee();
    left_cents -= cents;
  }
}

// Faint: nothing is changed in the profile. Lookalike: a customer with a new phone and a new password pays a large bill.
void Planner::account_takeover(Role role, bool was_dormant) {
  const Person victim = new_victim();
  label(role, Pattern::kAccountTakeover, victim.account);
  AccountNote& note = plan_.notes[victim.account];
  note.extra_opening_cents = 10'000'00;
  const std::int64_t time_ms = some_time(was_dormant ? 7 : 2);
  if (was_dormant) note.active_until_ms = kStartMs + (end_ms_ - kStartMs) / 5;
  const std::uint32_t planted = incident_;
  incident_ = 0;
  for (std::int64_t i = 0; i < 2; ++i) {  // the usual device has been seen before
    const std::int64_t usual_ms = kStartMs + random_.between(kHourMs, 20 * kHourMs);
    add(victim, Kind::kLogin, Channel::kMobile, usual_ms, 0);
  }
  incident_ = planted;
  take_over(victim, role, time_ms);
}

void Planner::take_over(const Person& victim, Role role, std::int64_t time_ms) {
  const bool is_honest = role == Role::kLookalike;
  const std::uint64_t device = random_.next();
  const Place elsewhere = place_in_city(any_city(random_), random_);
  const Place place = is_honest ? victim.home : elsewhere;
  const auto add_login = [&](bool accepted) {
    Event& event = add(victim, Kind::kLogin, Channel::kMobile, time_ms, 0);
    event.device = device;
    event.place = place;
    event.accepted = accepted;
    time_ms += random_.between(4 * kSecondMs, 15 * kSecondMs);
  };
  const std::int64_t guesses = is_honest ? 0 : random_.between(2, 5);
  for (std::int64_t i = 0; i < guesses; ++i) add_login(false);
  add_login(true);
  if (role != Role::kFaint) {
    constexpr Kind kKinds[] = {Kind::kEmail, Kind::kPhone, Kind::kPassword};
    time_ms += random_.between(kMinuteMs, 10 * kMinuteMs);
    add(victim, kKinds[random_.below(3)], Channel::kMobile, time_ms, 0);
  }
  time_ms += random_.between(2 * kMinuteMs, 30 * kMinuteMs);
  Event& payout = add(victim, Kind::kTransferOut, Channel::kMobile, time_ms, random_.between(2'500'00, 9'000'00));
  payout.device = device;
  payout.place = place;
  payout.counterparty = mule_payee();
}

void Planner::plant(Pattern pattern, Role role, bool is_odd) {
  switch (pattern) {
    case Pattern::kVelocityBurst:
      return velocity_burst(role);
    case Pattern::kCardTesting:
      return card_testing(role);
    case Pattern::kStructuring:
      return structuring(role);
    case Pattern::kImpossibleTravel:
      return impossible_travel(role);
    case Pattern::kRapidPassThrough:
      return rapid_pass_through(role);
    case Pattern::kAccountTakeover:
      return account_takeover(role, is_odd);
  }
  RECKONER_UNREACHABLE("pattern");
}

}  // namespace

std::uint32_t incidents_per_pattern(std::uint32_t accounts, std::int64_t days) {
  const std::int64_t wanted = accounts * days / kAccountDaysPerIncident;
  const std::int64_t most = std::max(kIncidentsMin, accounts / kAccountsPerIncident);
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(wanted, kIncidentsMin, most));
}

Plan plan_incidents(std::uint64_t seed, std::uint32_t accounts, std::int64_t days) {
  Planner planner(seed, accounts, days);
  const std::uint32_t incidents = incidents_per_pattern(accounts, days);
  for (std::size_t pattern = 0; pattern < kPatternNames.size(); ++pattern) {
    for (std::uint32_t i = 1; i <= incidents; ++i) {
      const bool is_faint = i % kFaintEvery == 0;
      planner.plant(static_cast<Pattern>(pattern), is_faint ? Role::kFaint : Role::kPlain, i % 2 == 1);
      if (is_faint) planner.plant(static_cast<Pattern>(pattern), Role::kLookalike, false);
    }
  }
  return planner.take();
}

}  // namespace reckoner::card_fraud
