// Exact decimals against what PostgreSQL 15 answers for numeric: `select round(a / b, scale)`, `a + b`, `a - b`, `a * b`, `round(a, scale)`,
// `floor(a / b)`; what does not fit 64 bits is refused.
#include "operators/arithmetic.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

namespace reckoner {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();

template <typename Function, typename... Arguments>
std::optional<std::int64_t> answer(Function function, Arguments... arguments) {
  std::int64_t result = 0;
  if (!function(arguments..., result)) return std::nullopt;
  return result;
}

struct Binary {
  std::int64_t left;
  std::int64_t right;
  std::optional<std::int64_t> expected;
};

// Unscaled values of scale 2; `up` digits are added to the dividend.
struct Quotient {
  std::int64_t left;
  std::int64_t right;
  int up;
  std::optional<std::int64_t> expected;
};

TEST_CASE("sums and differences are exact to the last digit, and refused beyond") {
  const std::vector<Binary> sums{{10, 20, 30},
                                 {-1, 1, 0},
                                 {kMost - 1, 1, kMost},
                                 {kMost, 1, std::nullopt},
                                 {kLeast, -1, std::nullopt},
                                 {kLeast, kMost, -1},
                                 {999999999999999999, 1, 1000000000000000000}};
  for (const Binary& one : sums) {
    INFO(one.left << " + " << one.right);
    CHECK(answer(add_exact, one.left, one.right) == one.expected);
    CHECK(answer(add_exact, one.right, one.left) == one.expected);
  }
  const std::vector<Binary> differences{{30, 20, 10},        {20, 30, -10},      {kLeast, 1, std::nullopt}, {0, kLeast, std::nullopt},
                                        {-1, kLeast, kMost}, {kLeast, kLeast, 0}};
  for (const Binary& one : differences) {
    INFO(one.left << " - " << one.right);
    CHECK(answer(subtract_exact, one.left, one.right) == one.expected);
  }
}

TEST_CASE("products are exact to the last digit, and refused beyond") {
  const std::vector<Binary> products{{125, 8, 1000},
                                     {-125, 8, -1000},
                                     {3037000499, 3037000499, 9223372030926249001},
                                     {3037000500, 3037000500, std::nullopt},
                                     {kLeast, -1, std::nullopt},
                                     {kLeast, 1, kLeast},
                                     {kMost, 0, 0},
                                     {4611686018427387904, 2, std::nullopt},
                                     {4611686018427387904, -2, kLeast}};
  for (const Binary& one : products) {
    INFO(one.left << " * " << one.right);
    CHECK(answer(multiply_exact, one.left, one.right) == one.expected);
    CHECK(answer(multiply_exact, one.right, one.left) == one.expected);
  }
}

TEST_CASE("quotients are rounded half away from zero, and refused when they do not fit or the divisor is zero") {
  const std::vector<Quotient> quotients{{100, 300, 4, 3333},              // round(1.00 / 3.00, 4) = 0.3333
                                        {200, 300, 4, 6667},              // 0.6667
                                        {-200, 300, 4, -6667},            // -0.6667
                                        {200, -300, 4, -6667},            // -0.6667
                                        {5, 2, 0, 3},                     // round(2.5) = 3
                                        {-5, 2, 0, -3},                   // round(-2.5) = -3
                                        {7, 2, 0, 4},                     // round(3.5) = 4
                                        {1, 8, 2, 13},                    // round(0.125, 2) = 0.13
                                        {-1, 8, 2, -13},                  // -0.13
                                        {1, 3, 0, 0},                     // 0
                                        {2, 3, 0, 1},                     // 1
                                        {49, 100, 0, 0},                  // 0
                                        {50, 100, 0, 1},                  // 1
                                        {1, 1000000000, 9, 1},            // 0.000000001
                                        {1, 2000000001, 9, 0},            // 0.0000000005 - : below the half
                                        {123456789, 7, 4, 176366841429},  // 17636684.1429
                                        {kMost, 1, 0, kMost},
                                        {kLeast, 1, 0, kLeast},
                                        {kLeast, -1, 0, std::nullopt},
                                        {kMost, 1, 1, std::nullopt},
                                        {kMost, 10, 1, kMost},
                                        {1, 0, 2, std::nullopt},
                                        {0, 0, 0, std::nullopt},
                                        {12345, 100, -2, 1},  // round(123.45 / 100) = 1
                                        {15000, 100, -2, 2},  // round(1.5) = 2
                                        {-15000, 100, -2, -2}};
  for (const Quotient& one : quotients) {
    INFO(one.left << " / " << one.right << " with " << one.up << " further digits");
    CHECK(answer(divide_rounded, Int128{one.left}, one.right, one.up) == one.expected);
  }
  const Int128 wide = Int128{kMost} * 3;
  CHECK(answer(divide_rounded, wide, std::int64_t{3}, 0) == kMost);
  CHECK(answer(divide_rounded, wide, std::int64_t{2}, 0) == std::nullopt);
}

TEST_CASE("whole quotients go towards minus infinity and remainders have the divisor's sign") {
  const std::vector<Binary> quotients{{7, 2, 3},           {-7, 2, -4}, {7, -2, -4}, {-7, -2, 3}, {-1, 1000, -1}, {kLeast, -1, std::nullopt},
                                      {1, 0, std::nullopt}};
  for (const Binary& one : quotients) {
    INFO(one.left << " // " << one.right);
    CHECK(answer(divide_floor, one.left, one.right) == one.expected);
  }
  const std::vector<Binary> remainders{{7, 3, 1}, {-7, 3, 2}, {7, -3, -2}, {-7, -3, -1}, {6, 3, 0}, {kLeast, -1, 0}, {1, 0, std::nullopt}};
  for (const Binary& one : remainders) {
    INFO(one.left << " % " << one.right);
    CHECK(answer(modulo_floor, one.left, one.right) == one.expected);
  }
}

TEST_CASE("a change of scale rounds half away from zero, or is refused when the digits do not fit") {
  CHECK(answer(rescale, std::int64_t{125}, 3, 2) == 13);
  CHECK(answer(rescale, std::int64_t{-125}, 3, 2) == -13);
  CHECK(answer(rescale, std::int64_t{124}, 3, 2) == 12);
  CHECK(answer(rescale, std::int64_t{12}, 0, 9) == 12000000000);
  CHECK(answer(rescale, kMost, 0, 1) == std::nullopt);
  CHECK(answer(rescale, kMost, 1, 0) == 922337203685477581);
  CHECK(answer(rescale, kLeast, 9, 9) == kLeast);
}

}  // namespace
}  // namespace reckoner
