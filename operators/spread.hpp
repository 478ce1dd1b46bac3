// How values are spread: standard deviation, percentiles, the most frequent one, and how far one value is from the others. Exact: sums of
// squares are integers of 256 bits, and each result is rounded once, half away from zero.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

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

// What one value is compared with: the middle of the others and how far they usually are from it, with kDeviationScale digits beyond the values', and how
// many they are.
struct Usual {
  std::int64_t middle = 0;
  std::int64_t spread = 0;
  std::uint64_t samples = 0;
};
// The mean and the standard deviation; of kRobustZScore the median, and 1.4826 * median of the distances from it. Empty where a score is.
[[nodiscard]] std::optional<Usual> usual_of(FactKind kind, std::span<const ValueCount> values);

// Of facts of some rows of a batch, as they were looked at.
class RowUsuals {
 public:
  void clear() { rows_.clear(); }
  void add(std::size_t row, std::uint32_t fact, const Usual& usual) { rows_.push_back({row, fact, usual}); }
  [[nodiscard]] const Usual* find(std::size_t row, std::uint32_t fact) const;  // null = the fact is unknown there

 private:
  struct Row {
    std::size_t row;
    std::uint32_t fact;
    Usual usual;
  };
  std::vector<Row> rows_;
};

}  // namespace reckoner
