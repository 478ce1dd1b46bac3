#include "app/kafka_status.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/people_text.hpp"

namespace reckoner {

namespace {

constexpr double kNanosecondsPerMillisecond = 1e6;

}  // namespace

std::string status_text(const KafkaStatus& status) {
  const std::string coming =
      status.coming == 0 ? ""
                         : fmt::format(", {} coming back ({} epochs)", status.coming, with_commas(static_cast<std::uint64_t>(status.epochs_left)));
  return fmt::format(
      "lag {}   {} records/s   event time {}   {:.1f} epochs/s   commits {} (p99)   {} shards{}",
      status.shards == 0 ? "-" : with_commas(static_cast<std::uint64_t>(std::max<std::int64_t>(status.lag, 0))),
      with_commas(static_cast<std::uint64_t>(status.records_per_second)),
      status.event_time_ms ? minute_text(*status.event_time_ms) : std::string("-"), status.epochs_per_second,
      status.commit_p99_ns ? fmt::format("{:.1f} ms", static_cast<double>(*status.commit_p99_ns) / kNanosecondsPerMillisecond) : std::string("-"),
      status.shards, coming);
}

void CommitTimes::note(std::int64_t nanoseconds) {
  const std::scoped_lock lock(mutex_);
  if (times_.size() < kTimesMax) {
    times_.push_back(nanoseconds);
    return;
  }
  times_[next_] = nanoseconds;
  next_ = (next_ + 1) % kTimesMax;
}

std::optional<std::int64_t> CommitTimes::take_p99() {
  const std::scoped_lock lock(mutex_);
  if (times_.empty()) return std::nullopt;
  const auto place = times_.begin() + static_cast<std::ptrdiff_t>((times_.size() * 99 - 1) / 100);
  std::nth_element(times_.begin(), place, times_.end());
  const std::int64_t found = *place;
  times_.clear();
  next_ = 0;
  return found;
}

}  // namespace reckoner
