// The line that says how a job on topics is getting on.
#include "app/kafka_status.hpp"

#include "support/catch.hpp"

namespace reckoner::testing {

TEST_CASE("the status says lag, rate, event time, epochs a second, the time of commits and the shards") {
  KafkaStatus status;
  CHECK(status_text(status) == "lag -   0 records/s   event time -   0.0 epochs/s   commits - (p99)   0 shards");
  status.shards = 8;
  status.lag = 1234567;
  status.event_time_ms = 1768360320000;
  status.records_per_second = 8000.7;
  status.epochs_per_second = 150.24;
  status.commit_p99_ns = 13'140'000;
  CHECK(status_text(status) == "lag 1,234,567   8,000 records/s   event time 2026-01-14 03:12   150.2 epochs/s   commits 13.1 ms (p99)   8 shards");
  status.shards = 6;
  status.coming = 2;
  status.epochs_left = 1234;
  CHECK(status_text(status).ends_with("   6 shards, 2 coming back (1,234 epochs)"));
}

TEST_CASE("what the log costs is told by transaction, by epoch, and as a share of bytes and time") {
  LogCost cost;
  CommitReport report;
  report.row_bytes = 3000;
  report.log_bytes = 1000;
  report.log_ns = 40'000;
  cost.add(report);
  cost.add(report);
  CHECK(log_cost_text(cost, 2, 10, 8'000'000) ==
        "log: 1000 bytes and 40.0 us a transaction, 200 bytes and 8.0 us a shard's epoch; 25.0 % of the bytes written, 1.00 % of the time");
  CHECK(log_cost_text({}, 0, 0, 0) ==
        "log: 0 bytes and 0.0 us a transaction, 0 bytes and 0.0 us a shard's epoch; 0.0 % of the bytes written, 0.00 % of the time");
}

TEST_CASE("of a hundred commits the second slowest counts, and each line begins anew") {
  CommitTimes times;
  CHECK(!times.take_p99());
  for (int i = 100; i > 0; --i) times.note(i);
  CHECK(times.take_p99() == 99);
  CHECK(!times.take_p99());
  times.note(7);
  CHECK(times.take_p99() == 7);
  for (std::size_t i = 0; i < CommitTimes::kTimesMax; ++i) times.note(1);
  for (std::size_t i = 0; i < CommitTimes::kTimesMax; ++i) times.note(2);
  CHECK(times.take_p99() == 2);
}

}  // namespace reckoner::testing
