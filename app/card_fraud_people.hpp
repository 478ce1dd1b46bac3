// Who holds the accounts of the card-fraud example, and where they are. Pure functions of the seed and the account; any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "app/card_fraud_model.hpp"
#include "app/seeded_random.hpp"

namespace reckoner::card_fraud {

constexpr std::uint32_t kShopsPerCity = 40;
constexpr std::uint32_t kOnlineShopFirst = 2'000;  // merchant numbers from here on have no place
constexpr std::uint32_t kOnlineShops = 300;
constexpr std::uint32_t kCashMachinesPerCity = 25;

struct Person {
  std::uint32_t account = 0;
  Place home;
  std::uint64_t phone = 0;
  std::uint64_t second_device = 0;  // some share it with another account
  std::uint8_t cards = 1;           // 1 or 2
  std::int64_t opening_cents = 0;
  std::int64_t salary_cents = 0;  // once a month of 30 days
  std::int64_t rent_cents = 0;
  std::int64_t payday = 0;            // 0 to 29
  std::uint64_t purchases_a_day = 0;  // on average
  std::uint64_t logins_a_day = 0;
  bool is_business = false;  // is paid several times a day
};

[[nodiscard]] Person make_person(std::uint64_t seed, std::uint32_t account);

// The stream of an account's own life: what happens to one account never depends on how many there are.
[[nodiscard]] SeededRandom random_of_account(std::uint64_t seed, std::uint32_t account);

[[nodiscard]] std::string_view country_of(const Place& place);
[[nodiscard]] std::int64_t utc_offset_ms(const Place& place);

// A spot within about 5 km of the city's centre.
[[nodiscard]] Place place_in_city(std::uint8_t city, SeededRandom& random);
[[nodiscard]] std::uint8_t any_city(SeededRandom& random);

// Never shorter than the great circle by more than a part in a hundred; on long ways up to half longer.
[[nodiscard]] std::int64_t distance_km(std::uint8_t from_city, std::uint8_t to_city);

// Door to door: three hours at airports, 750 km/h in the air.
[[nodiscard]] std::int64_t travel_ms(std::uint8_t from_city, std::uint8_t to_city);

// A time of the given day of the person's clock, after the rhythm of a day in town.
[[nodiscard]] std::int64_t moment_of_day(std::int64_t day, const Place& home, SeededRandom& random);

// Skewed to small: mostly below 50.00, now and then up to 300.00.
[[nodiscard]] std::int64_t purchase_cents(SeededRandom& random);

}  // namespace reckoner::card_fraud
