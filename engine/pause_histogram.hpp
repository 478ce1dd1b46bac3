// How long things took, in buckets of powers of two: enough for a percentile within a factor of two and an exact maximum.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace reckoner {

class PauseHistogram {
 public:
  void add(std::int64_t nanoseconds) {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(nanoseconds, 0));
    ++buckets_[static_cast<std::size_t>(std::bit_width(value))];
    ++count_;
    longest_ = std::max(longest_, nanoseconds);
    sum_ += nanoseconds;
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::int64_t longest() const { return longest_; }
  [[nodiscard]] std::int64_t sum() const { return sum_; }
  // Upper edge of the bucket that holds the share-th of all values, 0 < share <= 1.
  [[nodiscard]] std::int64_t percentile(double share) const {
    const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(count_));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      seen += buckets_[i];
      if (seen > wanted || seen == count_) return std::min(longest_, static_cast<std::int64_t>(std::uint64_t{1} << i));
    }
    return longest_;
  }

 private:
  std::array<std::uint64_t, 65> buckets_{};
  std::uint64_t count_ = 0;
  std::int64_t longest_ = 0;
  std::int64_t sum_ = 0;
};

}  // namespace reckoner
