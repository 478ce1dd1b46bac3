#include "operators/spread.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include "operators/arithmetic.hpp"
#include "operators/wide_unsigned.hpp"

namespace reckoner {

namespace {

struct Moments {
  std::uint64_t count = 0;
  Int128 sum = 0;
  WideUnsigned squares;
};

Moments moments_of(std::span<const ValueCount> values) {
  Moments moments;
  for (const auto& [value, count] : values) {
    moments.count += count;
    moments.sum += Int128{value} * count;
    moments.squares = moments.squares + WideUnsigned::square(value).times(count);
  }
  return moments;
}

// count * sum of squares - square of the sum: count * (count - 1) times the variance.
WideUnsigned scatter_of(const Moments& moments) { return moments.squares.times(moments.count) - WideUnsigned::square(moments.sum); }

// The root of dividend * 100^digits / divisor, rounded half up: of four times the number it is twice as large, so that a last digit says which way.
std::optional<std::int64_t> rounded_root(const WideUnsigned& dividend, const WideUnsigned& divisor, int digits) {
  const auto power = static_cast<std::uint64_t>(power_of_ten(digits));
  const std::optional<std::uint64_t> doubled = dividend.times(4).times(power).times(power).divided_by(divisor).root();
  if (!doubled || *doubled == std::numeric_limits<std::uint64_t>::max()) return std::nullopt;
  return static_cast<std::int64_t>((*doubled + 1) / 2);
}

std::optional<std::int64_t> standard_deviation(const Moments& moments, int further_digits) {
  if (moments.count < 2) return std::nullopt;
  return rounded_root(scatter_of(moments), WideUnsigned(WideUnsigned::Half{moments.count} * (moments.count - 1)), further_digits);
}

// The value at a place, from 0, when each is written as often as it is there.
std::int64_t value_at(std::span<const ValueCount> values, std::uint64_t place) {
  for (const auto& [value, count] : values) {
    if (place < count) return value;
    place -= count;
  }
  return values.back().first;
}

std::uint64_t count_of(std::span<const ValueCount> values) {
  std::uint64_t count = 0;
  for (const ValueCount& value : values) count += value.second;
  return count;
}

// Twice the median.
Int128 doubled_median(std::span<const ValueCount> values) {
  const std::uint64_t count = count_of(values);
  return Int128{value_at(values, (count - 1) / 2)} + value_at(values, count / 2);
}

}  // namespace

std::optional<std::int64_t> spread_of(const SpreadQuestion& question, std::span<const ValueCount> values) {
  const std::uint64_t count = count_of(values);
  if (count == 0 || count < question.min_samples) return std::nullopt;
  std::int64_t result = 0;
  switch (question.kind) {
    case FactKind::kStandardDeviation:
      return standard_deviation(moments_of(values), question.further_digits);
    case FactKind::kPercentile:
      return value_at(values, (count * question.percent + 99) / 100 - 1);
    case FactKind::kMedian:
      if (!divide_rounded(doubled_median(values), 2, question.further_digits, result)) return std::nullopt;
      return result;
    case FactKind::kMode:
      return std::max_element(values.begin(), values.end(),
                              [](const ValueCount& left, const ValueCount& right) { return left.second < right.second; })
          ->first;
    default:
      return std::nullopt;
  }
}

std::optional<std::int64_t> z_score(std::int64_t value, std::span<const ValueCount> values) {
  const Moments moments = moments_of(values);
  if (moments.count < 2) return std::nullopt;
  const WideUnsigned scatter = scatter_of(moments);
  if (scatter.is_zero()) return std::nullopt;
  const Int128 distance = Int128{value} * static_cast<std::int64_t>(moments.count) - moments.sum;
  const std::optional<std::int64_t> size =
      rounded_root(WideUnsigned::square(distance).times(moments.count - 1), scatter.times(moments.count), kDeviationScale);
  if (!size) return std::nullopt;
  return distance < 0 ? -*size : *size;
}

namespace {

// Four times the median of the distances from the median.
Int128 median_distance(std::span<const ValueCount> values) {
  const Int128 median = doubled_median(values);
  std::vector<std::pair<Int128, std::uint32_t>> distances;  // doubled
  for (const auto& [one, count] : values) {
    const Int128 distance = Int128{one} * 2 - median;
    distances.emplace_back(distance < 0 ? -distance : distance, count);
  }
  std::sort(distances.begin(), distances.end());
  const auto at = [&](std::uint64_t place) {
    auto found = distances.begin();
    for (; place >= found->second; ++found) place -= found->second;
    return found->first;
  };
  const std::uint64_t count = count_of(values);
  return at((count - 1) / 2) + at(count / 2);
}

constexpr Int128 kToDeviation = 14826;  // of 10,000: makes it the standard deviation of normal values

}  // namespace

std::optional<std::int64_t> robust_z_score(std::int64_t value, std::span<const ValueCount> values) {
  if (values.empty()) return std::nullopt;
  const Int128 divisor = median_distance(values) * kToDeviation;
  std::int64_t result = 0;
  if (divisor == 0 || divisor > std::numeric_limits<std::int64_t>::max()) return std::nullopt;
  const Int128 dividend = (Int128{value} * 4 - doubled_median(values) * 2) * 10'000;
  if (!divide_rounded(dividend, static_cast<std::int64_t>(divisor), kDeviationScale, result)) return std::nullopt;
  return result;
}

std::optional<Usual> usual_of(FactKind kind, std::span<const ValueCount> values) {
  if (values.empty()) return std::nullopt;
  const Moments moments = moments_of(values);
  Usual usual;
  usual.samples = moments.count;
  if (kind == FactKind::kRobustZScore) {
    if (!divide_rounded(doubled_median(values), 2, kDeviationScale, usual.middle)) return std::nullopt;
    if (!divide_rounded(median_distance(values) * kToDeviation, 40'000, kDeviationScale, usual.spread)) return std::nullopt;
    return usual;
  }
  const std::optional<std::int64_t> deviation = standard_deviation(moments, kDeviationScale);
  if (!divide_rounded(moments.sum, static_cast<std::int64_t>(moments.count), kDeviationScale, usual.middle)) return std::nullopt;
  usual.spread = deviation.value_or(0);  // of one value
  return usual;
}

const Usual* RowUsuals::find(std::size_t row, std::uint32_t fact) const {
  const auto found = std::find_if(rows_.begin(), rows_.end(), [&](const Row& one) { return one.row == row && one.fact == fact; });
  return found == rows_.end() ? nullptr : &found->usual;
}

}  // namespace reckoner
