#include "app/kafka_status.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/people_text.hpp"

namespace reckoner {

namespace {

constexpr double kNanosecondsPerMillisecond = 1e6;
constexpr double kNanosecondsPerMicrosecond = 1e3;

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

void LogCost::add(const CommitReport& report) {
  row_bytes += report.row_bytes;
  log_bytes += report.log_bytes;
  log_ns += report.log_ns;
}

std::string log_cost_text(const LogCost& cost, std::uint64_t transactions, std::uint64_t epochs, std::int64_t elapsed_ns) {
  const auto share = [](auto part, auto whole) { return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0.0; };
  const double microseconds = static_cast<double>(cost.log_ns) / kNanosecondsPerMicrosecond;
  return fmt::format(
      "log: {:.0f} bytes and {:.1f} us a transaction, {:.0f} bytes and {:.1f} us a shard's epoch; {:.1f} % of the bytes written, {:.2f} % of the "
      "time",
      share(cost.log_bytes, transactions), share(microseconds, transactions), share(cost.log_bytes, epochs), share(microseconds, epochs),
      100 * share(cost.log_bytes, cost.log_bytes + cost.row_bytes), 100 * share(cost.log_ns, elapsed_ns));
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
