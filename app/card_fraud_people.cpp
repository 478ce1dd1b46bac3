#include "app/card_fraud_people.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace reckoner::card_fraud {
namespace {

struct City {
  std::string_view country;
  std::int32_t latitude;  // microdegrees
  std::int32_t longitude;
  std::int32_t cosine;  // of the latitude, in thousandths
  std::int32_t utc_offset_minutes;
};

constexpr std::array<City, 22> kCities = {{
    {"US", 40'712'800, -74'006'000, 758, -300},   // New York
    {"US", 34'052'200, -118'243'700, 829, -480},  // Los Angeles
    {"US", 41'878'100, -87'629'800, 745, -360},   // Chicago
    {"US", 29'760'400, -95'369'800, 868, -360},   // Houston
    {"US", 25'761'700, -80'191'800, 901, -300},   // Miami
    {"US", 47'606'200, -122'332'100, 674, -480},  // Seattle
    {"CA", 43'653'200, -79'383'200, 724, -300},   // Toronto
    {"CA", 49'282'700, -123'120'700, 652, -480},  // Vancouver
    {"GB", 51'507'400, -127'800, 622, 0},         // London
    {"GB", 53'480'800, -2'242'600, 595, 0},       // Manchester
    {"FR", 48'856'600, 2'352'200, 658, 60},       // Paris
    {"DE", 52'520'000, 13'405'000, 608, 60},      // Berlin
    {"DE", 48'135'100, 11'582'000, 667, 60},      // Munich
    {"ES", 40'416'800, -3'703'800, 761, 60},      // Madrid
    {"IT", 41'902'800, 12'496'400, 744, 60},      // Rome
    {"JP", 35'676'200, 139'650'300, 812, 540},    // Tokyo
    {"BR", -23'550'500, -46'633'300, 917, -180},  // Sao Paulo
    {"NG", 6'524'400, 3'379'200, 994, 60},        // Lagos
    {"SG", 1'352'100, 103'819'800, 1000, 480},    // Singapore
    {"AE", 25'204'800, 55'270'800, 905, 240},     // Dubai
    {"ZA", -26'204'100, 28'047'300, 897, 120},    // Johannesburg
    {"MX", 19'432'600, -99'133'200, 943, -360},   // Mexico City
}};
constexpr std::uint64_t kHomeCities = 15;  // customers live in the first of them

constexpr std::array<std::uint64_t, 24> kHourWeights = {2, 1, 1, 1, 1, 3, 8, 14, 16, 14, 14, 16, 20, 18, 14, 14, 16, 20, 22, 20, 14, 10, 6, 3};
constexpr std::uint64_t kHourWeightSum = std::accumulate(kHourWeights.begin(), kHourWeights.end(), std::uint64_t{0});

constexpr std::int64_t kMetresPerDegree = 111'195;
constexpr std::int64_t kMicro = 1'000'000;
constexpr std::int64_t kAirKmPerHour = 750;
constexpr std::int64_t kAirportMs = 3 * kHourMs;

}  // namespace

SeededRandom random_of_account(std::uint64_t seed, std::uint32_t account) { return SeededRandom(scatter(seed) ^ scatter(~std::uint64_t{account})); }

Person make_person(std::uint64_t seed, std::uint32_t account) {
  SeededRandom random(scatter(seed + 1) ^ scatter(std::uint64_t{account} * 2));
  Person person;
  person.account = account;
  person.home = place_in_city(static_cast<std::uint8_t>(random.below(kHomeCities)), random);
  person.phone = random.next();
  const std::uint64_t household = scatter(scatter(seed + 2) ^ (account / 2));
  const std::uint64_t own_device = random.next();
  person.second_device = household % 20 == 0 ? scatter(household) : own_device;
  person.cards = random.chance(1, 5) ? 2 : 1;
  person.salary_cents = random.between(2'400'00, 6'000'00);
  person.rent_cents = person.salary_cents * random.between(22, 36) / 100;
  person.opening_cents = person.salary_cents * random.between(60, 260) / 100;
  person.payday = random.between(0, 29);
  person.purchases_a_day = 1 + random.below(4);
  person.logins_a_day = 1 + random.below(3);
  person.is_business = random.chance(1, 50);
  return person;
}

std::string_view country_of(const Place& place) { return kCities[place.city].country; }

std::int64_t utc_offset_ms(const Place& place) { return kCities[place.city].utc_offset_minutes * kMinuteMs; }

Place place_in_city(std::uint8_t city, SeededRandom& random) {
  constexpr std::int64_t kReach = 45'000;
  const std::int64_t north = random.between(-kReach, kReach);
  const std::int64_t east = random.between(-kReach, kReach);
  return {city, static_cast<std::int32_t>(kCities[city].latitude + north), static_cast<std::int32_t>(kCities[city].longitude + east)};
}

std::uint8_t any_city(SeededRandom& random) { return static_cast<std::uint8_t>(random.below(kCities.size())); }

std::int64_t distance_km(std::uint8_t from_city, std::uint8_t to_city) {
  const City& from = kCities[from_city];
  const City& to = kCities[to_city];
  const std::int64_t north = std::abs(from.latitude - to.latitude);
  std::int64_t east = std::abs(from.longitude - to.longitude);
  east = std::min(east, 360 * kMicro - east);
  const std::int64_t north_metres = north * kMetresPerDegree / kMicro;
  const std::int64_t east_metres = east * kMetresPerDegree / kMicro * std::max(from.cosine, to.cosine) / 1'000;
  const std::int64_t squared = north_metres * north_metres + east_metres * east_metres;
  return static_cast<std::int64_t>(std::sqrt(static_cast<double>(squared))) / 1'000;  // IEEE 754 pins the square root
}

std::int64_t travel_ms(std::uint8_t from_city, std::uint8_t to_city) {
  return kAirportMs + distance_km(from_city, to_city) * kHourMs / kAirKmPerHour;
}

std::int64_t moment_of_day(std::int64_t day, const Place& home, SeededRandom& random) {
  std::uint64_t ticket = random.below(kHourWeightSum);
  std::int64_t hour = 0;
  for (const std::uint64_t weight : kHourWeights) {
    if (ticket < weight) break;
    ticket -= weight;
    ++hour;
  }
  return kStartMs + day * kDayMs + hour * kHourMs + random.between(0, kHourMs - 1) - utc_offset_ms(home);
}

std::int64_t purchase_cents(SeededRandom& random) {
  if (random.chance(1, 25)) return random.between(50'00, 300'00);
  const std::int64_t root = random.between(0, 999);
  return 2'50 + root * root / 220;
}

}  // namespace reckoner::card_fraud
