// How a job on topics is getting on, in one line now and then.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "connectors/kafka_instance.hpp"

namespace reckoner {

// Since the line before, but for those that say otherwise.
struct KafkaStatus {
  std::size_t shards = 0;                     // now: live ones
  std::size_t coming = 0;                     // now: that come back
  std::size_t epochs_left = 0;                // now: that those have still to execute again
  std::int64_t lag = 0;                       // now: records that are there and not worked on yet, over all shards; without one nobody knows
  std::optional<std::int64_t> event_time_ms;  // now: of the shard that is furthest behind; nothing = no record yet
  double records_per_second = 0;
  double epochs_per_second = 0;  // transactions
  std::optional<std::int64_t> commit_p99_ns;
};

// "lag 1,234   8,000 records/s   event time 2026-01-14 03:12   150.2 epochs/s   commits 13.1 ms (p99)   8 shards"; behind that
// ", 2 coming back (1,234 epochs)", where some do.
[[nodiscard]] std::string status_text(const KafkaStatus& status);

// What the log of decisions costs, of all transactions.
struct LogCost {
  std::uint64_t row_bytes = 0;  // of outputs
  std::uint64_t log_bytes = 0;
  std::int64_t log_ns = 0;  // that it took to write down what was decided

  void add(const CommitReport& report);
};

// "log: 1640 bytes and 31.2 us a transaction, 205 bytes and 3.9 us a shard's epoch; 12.3 % of the bytes written, 0.3 % of the time"
[[nodiscard]] std::string log_cost_text(const LogCost& cost, std::uint64_t transactions, std::uint64_t epochs, std::int64_t elapsed_ns);

// Times of commits between two lines. note() may be called from another thread.
class CommitTimes {
 public:
  static constexpr std::size_t kTimesMax = 1U << 16U;  // kept; of more, the last ones

  void note(std::int64_t nanoseconds);
  // The 99th of a hundred; nothing when there were none. Begins anew.
  [[nodiscard]] std::optional<std::int64_t> take_p99();

 private:
  std::mutex mutex_;
  std::vector<std::int64_t> times_;
  std::size_t next_ = 0;
};

}  // namespace reckoner
