#include "app/card_fraud_background.hpp"

#include "support/catch.hpp"

namespace reckoner::card_fraud {

namespace {

Event event(Kind kind, std::int64_t time_ms, std::int64_t cents) {
  Event made;
  made.kind = kind;
  made.time_ms = time_ms;
  made.cents = cents;
  return made;
}

}  // namespace

TEST_CASE("events of one moment are moved apart and keep their order") {
  std::vector<Event> events = {event(Kind::kTransferIn, 1'001, 7), event(Kind::kTransferIn, 1'000, 1), event(Kind::kTransferIn, 1'000, 2)};
  settle_balances(0, events);
  CHECK(events[0].cents == 1);
  CHECK(events[1].cents == 2);
  CHECK(events[2].cents == 7);
  CHECK(events[0].time_ms == 1'000);
  CHECK(events[1].time_ms == 1'001);
  CHECK(events[2].time_ms == 1'002);
}

TEST_CASE("a payment of the whole balance is approved, of a cent more declined") {
  std::vector<Event> events = {event(Kind::kCardPayment, 1, 101), event(Kind::kCardPayment, 2, 100), event(Kind::kRefund, 3, 40)};
  settle_balances(100, events);
  CHECK_FALSE(events[0].accepted);
  CHECK(events[0].balance_cents == 100);
  CHECK(events[1].accepted);
  CHECK(events[1].balance_cents == 0);
  CHECK(events[2].balance_cents == 40);
}

TEST_CASE("an adjustment takes no more than there is") {
  std::vector<Event> events = {event(Kind::kBalanceAdjustment, 1, -30), event(Kind::kLogin, 2, 0)};
  settle_balances(20, events);
  CHECK(events[0].cents == -20);
  CHECK(events[1].balance_cents == 0);
}

TEST_CASE("an account at rest makes no payment with its card present, a dormant one nothing at all") {
  const Person person = make_person(1, 5);
  const Span span{kStartMs, kStartMs + 30 * kDayMs};
  AccountNote note;
  note.card_at_rest = {kStartMs + 5 * kDayMs, kStartMs + 10 * kDayMs};
  note.active_until_ms = kStartMs + 20 * kDayMs;
  SeededRandom random(3);
  std::vector<Event> events;
  append_background(person, note, span, random, events);
  std::size_t at_rest = 0;
  for (const Event& made : events) {
    REQUIRE(span.holds(made.time_ms));
    REQUIRE(made.time_ms < note.active_until_ms);
    if (!note.card_at_rest.holds(made.time_ms)) continue;
    ++at_rest;
    REQUIRE((made.channel != Channel::kPos || !is_transaction(made.kind)));
  }
  CHECK(at_rest > 0);
}

TEST_CASE("a journey takes at least as long as its flight") {
  CHECK(distance_km(0, 8) > 5'500);  // New York to London: 5,570 km by great circle
  CHECK(distance_km(0, 8) < 8'400);
  CHECK(distance_km(1, 15) > 8'800);  // Los Angeles to Tokyo over the date line
  CHECK(distance_km(1, 15) < 13'300);
  CHECK(distance_km(3, 3) == 0);
  CHECK(travel_ms(0, 8) > 3 * kHourMs + 7 * kHourMs);
}

}  // namespace reckoner::card_fraud
