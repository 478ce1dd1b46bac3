#include "operators/spread.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <vector>

#include "engine/int128.hpp"
#include "operators/wide_unsigned.hpp"
#include "plan_run.hpp"
#include "support/catch.hpp"

namespace reckoner::testing {
namespace {

std::vector<ValueCount> counted(const std::vector<std::int64_t>& values) {
  std::map<std::int64_t, std::uint32_t> counts;
  for (const std::int64_t value : values) ++counts[value];
  return {counts.begin(), counts.end()};
}

std::optional<std::int64_t> ask(FactKind kind, const std::vector<std::int64_t>& values, std::uint32_t percent = 50, std::uint32_t min_samples = 1) {
  return spread_of({kind, percent, 4, min_samples}, counted(values));
}

// Whether `found` is numerator / denominator * 10^4, rounded half away from zero, in numbers small enough for 128 bits.
bool is_root(std::int64_t found, Int128 numerator, Int128 denominator) {
  const Int128 four = numerator * 4 * 100'000'000;
  const Int128 below = Int128{2} * found - 1;
  const Int128 above = Int128{2} * found + 1;
  return (found == 0 || below * below * denominator <= four) && four < above * above * denominator;
}

}  // namespace

TEST_CASE("spread of known values") {
  CHECK(ask(FactKind::kStandardDeviation, {2, 4, 4, 4, 5, 5, 7, 9}) == 21381);  // root of 32 / 7
  CHECK(ask(FactKind::kStandardDeviation, {5, 5, 5}) == 0);
  CHECK(ask(FactKind::kStandardDeviation, {5}) == std::nullopt);
  CHECK(ask(FactKind::kStandardDeviation, {1, 2, 3}, 50, 4) == std::nullopt);
  CHECK(ask(FactKind::kMedian, {3, 1, 2}) == 20000);
  CHECK(ask(FactKind::kMedian, {4, 1, 2, 3}) == 25000);
  CHECK(ask(FactKind::kMedian, {-3, -2}) == -25000);
  CHECK(ask(FactKind::kMedian, {}) == std::nullopt);
  CHECK(ask(FactKind::kPercentile, {10, 20, 30, 40}, 50) == 20);
  CHECK(ask(FactKind::kPercentile, {10, 20, 30, 40}, 51) == 30);
  CHECK(ask(FactKind::kPercentile, {10, 20, 30, 40}, 100) == 40);
  CHECK(ask(FactKind::kPercentile, {10, 20, 30, 40}, 1) == 10);
  CHECK(ask(FactKind::kMode, {5, 1, 5, 1, 9}) == 1);
  CHECK(ask(FactKind::kMode, {5, 1, 5}) == 5);
  CHECK(z_score(9, counted({2, 4, 4, 4, 5, 5, 7, 9})) == 18708);
  CHECK(z_score(1, counted({5, 5})) == std::nullopt);
  CHECK(robust_z_score(20, counted({1, 2, 3, 4, 100})) == 114663);  // 17 / 1.4826
  CHECK(robust_z_score(20, counted({3, 3, 3, 9})) == std::nullopt);
}

TEST_CASE("a standard deviation holds for the largest values and does not fit where it does not") {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  CHECK(ask(FactKind::kStandardDeviation, {kMost, kMost - 2}) == 14142);
  CHECK(ask(FactKind::kStandardDeviation, {std::numeric_limits<std::int64_t>::min(), kMost}) == std::nullopt);
  CHECK(spread_of({FactKind::kStandardDeviation, 50, 0, 1}, counted({-kMost / 2, kMost / 2})) == 6521908912666391105);
}

TEST_CASE("deviations and scores of random values are rounded right") {
  Random random{7};
  for (int i = 0; i < 2000; ++i) {
    std::vector<std::int64_t> values;
    const std::int64_t size = 2 + random(12);
    for (std::int64_t j = 0; j < size; ++j) values.push_back(random(2001) - 1000);
    Int128 sum = 0;
    Int128 squares = 0;
    for (const std::int64_t value : values) sum += value, squares += Int128{value} * value;
    const Int128 scatter = size * squares - sum * sum;
    const auto deviation = ask(FactKind::kStandardDeviation, values);
    REQUIRE(deviation.has_value());
    CHECK(is_root(*deviation, scatter, Int128{size} * (size - 1)));
    const std::int64_t value = random(3001) - 1500;
    const auto score = z_score(value, counted(values));
    REQUIRE(score.has_value() == (scatter != 0));
    if (!score) continue;
    const Int128 distance = Int128{value} * size - sum;
    CHECK((distance < 0) == (*score < 0 || (*score == 0 && distance < 0)));
    CHECK(is_root(*score < 0 ? -*score : *score, distance * distance * (size - 1), scatter * size));
  }
}

TEST_CASE("256 bits add, subtract, multiply and divide as they should") {
  Random random{11};
  for (int i = 0; i < 500; ++i) {
    const auto a = static_cast<std::uint64_t>(random(std::numeric_limits<std::int64_t>::max()));
    const auto b = static_cast<std::uint64_t>(random(std::numeric_limits<std::int64_t>::max())) + 1;
    const WideUnsigned wide_a{WideUnsigned::Half{a}};
    const WideUnsigned square = WideUnsigned::square(Int128{static_cast<std::int64_t>(a)} * static_cast<std::int64_t>(b));
    CHECK(square.divided_by(wide_a.times(b)) == wide_a.times(b));
    CHECK((square + wide_a).divided_by(wide_a.times(b)) == (a < 2 ? square + wide_a : square).divided_by(wide_a.times(b)));
    CHECK(square + wide_a - square == wide_a);
    CHECK(wide_a.times(a).root() == a);
  }
}

}  // namespace reckoner::testing
