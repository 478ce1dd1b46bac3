// How values are spread: standard deviation, percentiles, the most frequent one, and how far one value is from the others. Exact: sums of
// squares are integers of 256 bits, and each result is rounded once, half away from zero.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "operators/plan.hpp"

namespace reckoner {

// A value and how often it is there. Lists of them are in order of value, each value once.
using ValueCount = std::pair<std::int64_t, std::uint32_t>;

struct SpreadQuestion {
  FactKind kind = FactKind::kMedian;
  std::uint32_t percent = 50;     // kPercentile: 1..100
  int further_digits = 4;         // kStandardDeviation, kMedian: of the result, beyond the values'
  std::uint32_t min_samples = 1;  // fewer values give nothing
};

// kStandardDeviation: of a sample (divided by n - 1), so it takes two values. kPercentile: the least value that so many percent of the values do
// not exceed. kMedian: the middle value, or the mean of the two in the middle. kMode: the most frequent value, the least of equals.
[[nodiscard]] std::optional<std::int64_t> spread_of(const SpreadQuestion& question, std::span<const ValueCount> values);

inline constexpr int kDeviationScale = 4;  // digits after the point of the two below

// (value - mean) / standard deviation; empty where that is zero or there are fewer than two values.
[[nodiscard]] std::optional<std::int64_t> z_score(std::int64_t value, std::span<const ValueCount> values);
// (value - median) / (1.4826 * median of the distances from the median); empty where that is zero.
[[nodiscard]] std::optional<std::int64_t> robust_z_score(std::int64_t value, std::span<const ValueCount> values);

}  // namespace reckoner
