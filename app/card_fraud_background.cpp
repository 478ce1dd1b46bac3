#include "app/card_fraud_background.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>

namespace reckoner::card_fraud {
namespace {

constexpr std::int64_t kDaysPerMonth = 30;
constexpr std::uint32_t kPayeeNumbers = 50'000;

struct Journey {
  std::uint8_t city = 0;
  Span out;   // in the air
  Span back;  // in the air
};

// One account's days, one after the other.
class Background {
 public:
  Background(const Person& person, const AccountNote& note, Span span, SeededRandom& random, std::vector<Event>& events)
      : person_(person), note_(note), span_(span), random_(random), events_(events), phone_(person.phone) {}

  void live(std::int64_t day);

 private:
  void plan_journey(std::int64_t day);
  void buy(std::int64_t time_ms);
  void buy_in_shop(std::int64_t time_ms);
  void buy_online(std::int64_t time_ms);
  void go_shopping(std::int64_t time_ms);
  void draw_cash(std::int64_t time_ms);
  void transfer(Kind kind, Channel channel, std::int64_t time_ms, std::int64_t cents);
  void month(std::int64_t day);
  void trade(std::int64_t day);
  void log_in(std::int64_t time_ms);
  void change_profile(std::int64_t time_ms, Kind kind);
  void administer(std::int64_t day);

  [[nodiscard]] std::int64_t moment(std::int64_t day) { return moment_of_day(day, person_.home, random_); }
  // Where the person is; nothing while in the air.
  [[nodiscard]] std::optional<std::uint8_t> city_at(std::int64_t time_ms) const;
  [[nodiscard]] std::uint64_t device_in_use() { return random_.chance(17, 20) ? phone_ : person_.second_device; }
  [[nodiscard]] std::uint32_t shop_in(std::uint8_t city);
  [[nodiscard]] std::uint8_t card_in_use() { return person_.cards == 2 && random_.chance(1, 4) ? 1 : 0; }
  Event& add(Kind kind, Channel channel, std::int64_t time_ms, std::int64_t cents);

  const Person& person_;
  const AccountNote& note_;
  const Span span_;
  SeededRandom& random_;
  std::vector<Event>& events_;
  std::uint64_t phone_;
  std::optional<Journey> journey_;
};

Event& Background::add(Kind kind, Channel channel, std::int64_t time_ms, std::int64_t cents) {
  Event& event = events_.emplace_back();
  event.time_ms = time_ms;
  event.cents = cents;
  event.account = person_.account;
  event.kind = kind;
  event.channel = channel;
  event.place = person_.home;
  return event;
}

std::optional<std::uint8_t> Background::city_at(std::int64_t time_ms) const {
  if (!journey_ || time_ms < journey_->out.from_ms || time_ms >= journey_->back.until_ms) return person_.home.city;
  if (journey_->out.holds(time_ms) || journey_->back.holds(time_ms)) return std::nullopt;
  return journey_->city;
}

std::uint32_t Background::shop_in(std::uint8_t city) {
  const bool is_favourite = random_.chance(3, 5);
  const std::uint64_t favourite = scatter(std::uint64_t{person_.account} * 8 + random_.below(6)) % kShopsPerCity;
  const std::uint64_t any = random_.below(kShopsPerCity);
  return city * kShopsPerCity + static_cast<std::uint32_t>(is_favourite ? favourite : any);
}

void Background::plan_journey(std::int64_t day) {
  const std::int64_t day_start_ms = kStartMs + day * kDayMs;
  // A day's events reach half a day beyond its UTC bounds, so a journey is forgotten only when they are past it.
  if (journey_ && day_start_ms < journey_->back.until_ms + kDayMs) return;
  journey_.reset();
  if (note_.stays_home || !random_.chance(1, 60)) return;
  const std::uint8_t city = any_city(random_);
  const std::int64_t nights = random_.between(2, 6);
  if (city == person_.home.city) return;
  const std::int64_t flight_ms = travel_ms(person_.home.city, city);
  const std::int64_t leave_ms = day_start_ms + kDayMs + random_.between(0, 12 * kHourMs);
  const std::int64_t return_ms = leave_ms + flight_ms + nights * kDayMs;
  journey_ = Journey{city, {leave_ms, leave_ms + flight_ms}, {return_ms, return_ms + flight_ms}};
}

void Background::buy(std::int64_t time_ms) {
  if (random_.chance(7, 10)) {
    buy_in_shop(time_ms);
  } else {
    buy_online(time_ms);
  }
}

void Background::buy_in_shop(std::int64_t time_ms) {
  const std::optional<std::uint8_t> city = city_at(time_ms);
  if (!city) return;
  Event& event = add(Kind::kCardPayment, Channel::kPos, time_ms, purchase_cents(random_));
  event.place = place_in_city(*city, random_);
  event.counterparty = shop_in(*city);
  event.card = card_in_use();
  event.accepted = !random_.chance(1, 90);
}

void Background::buy_online(std::int64_t time_ms) {
  const std::optional<std::uint8_t> city = city_at(time_ms);
  Event& purchase = add(Kind::kCardPayment, Channel::kEcom, time_ms, purchase_cents(random_));
  if (city && *city != person_.home.city) purchase.place = place_in_city(*city, random_);
  purchase.device = device_in_use();
  purchase.counterparty = kOnlineShopFirst + static_cast<std::uint32_t>(random_.below(kOnlineShops));
  purchase.card = card_in_use();
  purchase.accepted = !random_.chance(1, 60);
  if (!purchase.accepted || !random_.chance(1, 40)) return;
  Event refund = purchase;
  refund.kind = Kind::kRefund;
  refund.time_ms += random_.between(kDayMs, 6 * kDayMs);
  refund.place = person_.home;
  events_.push_back(refund);
}

void Background::go_shopping(std::int64_t time_ms) {
  const std::int64_t shops = random_.between(3, 6);
  for (std::int64_t i = 0; i < shops; ++i) {
    buy_in_shop(time_ms);
    time_ms += random_.between(2 * kMinuteMs, 9 * kMinuteMs);
  }
}

void Background::draw_cash(std::int64_t time_ms) {
  const std::optional<std::uint8_t> city = city_at(time_ms);
  if (!city) return;
  Event& event = add(Kind::kAtmWithdrawal, Channel::kPos, time_ms, random_.between(1, 10) * 20'00);
  event.place = place_in_city(*city, random_);
  event.counterparty = *city * kCashMachinesPerCity + static_cast<std::uint32_t>(random_.below(kCashMachinesPerCity));
}

void Background::transfer(Kind kind, Channel channel, std::int64_t time_ms, std::int64_t cents) {
  Event& event = add(kind, channel, time_ms, cents);
  event.device = phone_;
  event.counterparty = static_cast<std::uint32_t>(random_.below(kPayeeNumbers));
}

void Background::month(std::int64_t day) {
  const std::int64_t morning_ms = kStartMs + day * kDayMs + 6 * kHourMs;
  if (day % kDaysPerMonth == person_.payday) {
    transfer(Kind::kTransferIn, Channel::kBranch, morning_ms + random_.between(0, 2 * kHourMs), person_.salary_cents);
  }
  if (day % kDaysPerMonth == (person_.payday + 2) % kDaysPerMonth) {
    transfer(Kind::kTransferOut, Channel::kBranch, morning_ms + random_.between(0, kHourMs), person_.rent_cents);
  }
}

// Customers pay a business; it pays its suppliers in smaller pieces.
void Background::trade(std::int64_t day) {
  const std::int64_t customers = random_.between(1, 3);
  for (std::int64_t i = 0; i < customers; ++i) {
    const std::int64_t root = random_.between(0, 1'080);
    transfer(Kind::kTransferIn, Channel::kBranch, moment(day), 300'00 + root * root);
  }
  const std::int64_t suppliers = random_.between(1, 4);
  for (std::int64_t i = 0; i < suppliers; ++i) {
    const std::int64_t time_ms = moment(day);
    transfer(Kind::kTransferOut, Channel::kMobile, time_ms, random_.between(80'00, 850'00));
  }
}

void Background::log_in(std::int64_t time_ms) {
  const std::uint64_t device = device_in_use();
  const std::optional<std::uint8_t> city = city_at(time_ms);
  if (!city) return;
  const std::int64_t mistakes = random_.chance(1, 25) ? random_.between(1, 2) : 0;
  const Place place = *city == person_.home.city ? person_.home : place_in_city(*city, random_);
  for (std::int64_t left = mistakes; left >= 0; --left) {
    Event& event = add(Kind::kLogin, Channel::kMobile, time_ms, 0);
    event.device = device;
    event.place = place;
    event.accepted = left == 0;
    time_ms += random_.between(5 * kSecondMs, 20 * kSecondMs);
  }
}

void Background::change_profile(std::int64_t time_ms, Kind kind) { add(kind, Channel::kMobile, time_ms, 0); }

void Background::administer(std::int64_t day) {
  constexpr std::array<Kind, 5> kProfileKinds = {Kind::kEmail, Kind::kPhone, Kind::kAddress, Kind::kLimit, Kind::kPassword};
  if (random_.chance(1, 60)) {
    const std::int64_t time_ms = moment(day);
    change_profile(time_ms, kProfileKinds[random_.below(kProfileKinds.size())]);
  }
  if (random_.chance(1, 45)) {
    const std::int64_t time_ms = moment(day);
    add(Kind::kBalanceAdjustment, Channel::kBranch, time_ms, random_.between(-12'00, 25'00));
  }
  if (random_.chance(1, 200)) {
    phone_ = random_.next();
    const std::int64_t time_ms = moment(day);
    log_in(time_ms);
    if (random_.chance(1, 10)) change_profile(time_ms + random_.between(kMinuteMs, kHourMs), Kind::kPassword);
  }
}

void Background::live(std::int64_t day) {
  plan_journey(day);
  month(day);
  administer(day);
  for (std::uint64_t left = random_.below(2 * person_.purchases_a_day + 1); left > 0; --left) buy(moment(day));
  if (random_.chance(1, 80)) go_shopping(moment(day));
  if (random_.chance(1, 9)) draw_cash(moment(day));
  for (std::uint64_t left = random_.below(2 * person_.logins_a_day + 1); left > 0; --left) log_in(moment(day));
  if (random_.chance(1, 6)) {
    const std::int64_t time_ms = moment(day);
    transfer(Kind::kTransferOut, Channel::kMobile, time_ms, random_.between(10'00, 250'00));
  }
  if (random_.chance(1, 6)) {
    const std::int64_t time_ms = moment(day);
    transfer(Kind::kTransferIn, Channel::kBranch, time_ms, random_.between(10'00, 250'00));
  }
  if (random_.chance(1, 500)) {
    const std::int64_t time_ms = moment(day);
    transfer(Kind::kTransferOut, Channel::kMobile, time_ms, random_.between(1'000'00, 4'000'00));
  }
  if (person_.is_business) trade(day);
}

constexpr bool is_card_present(const Event& event) { return event.channel == Channel::kPos && is_transaction(event.kind); }

}  // namespace

void append_background(const Person& person, const AccountNote& note, Span span, SeededRandom& random, std::vector<Event>& events) {
  const std::size_t first = events.size();
  Background background(person, note, span, random, events);
  const std::int64_t days = (span.until_ms - span.from_ms) / kDayMs;
  for (std::int64_t day = -1; day <= days; ++day) background.live(day);  // neighbours, since clocks differ from UTC by half a day
  const auto is_left_out = [&](const Event& event) {
    return !span.holds(event.time_ms) || event.time_ms >= note.active_until_ms || (is_card_present(event) && note.card_at_rest.holds(event.time_ms));
  };
  events.erase(std::remove_if(events.begin() + static_cast<std::ptrdiff_t>(first), events.end(), is_left_out), events.end());
}

void settle_balances(std::int64_t opening_cents, std::vector<Event>& events) {
  for (std::size_t i = 0; i < events.size(); ++i) events[i].sequence = static_cast<std::uint32_t>(i);
  std::sort(events.begin(), events.end(),
            [](const Event& left, const Event& right) { return std::tie(left.time_ms, left.sequence) < std::tie(right.time_ms, right.sequence); });
  std::int64_t balance = opening_cents;
  std::int64_t previous_ms = std::numeric_limits<std::int64_t>::min();
  for (Event& event : events) {
    event.time_ms = std::max(event.time_ms, previous_ms + 1);
    previous_ms = event.time_ms;
    if (event.kind == Kind::kBalanceAdjustment) {
      event.cents = std::max(event.cents, -balance);
      balance += event.cents;
    } else if (is_incoming(event.kind)) {
      balance += event.cents;
    } else if (is_transaction(event.kind)) {
      event.accepted = event.accepted && event.cents <= balance;
      if (event.accepted) balance -= event.cents;
    }
    event.balance_cents = balance;
  }
}

}  // namespace reckoner::card_fraud
