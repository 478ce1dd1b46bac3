// When records were read and transactions got how far, line by line into a file, for who measures where the time of a row goes
// (tests/scripts/latency_stages.py).
// All numbers are nanoseconds of the machine's monotonic clock, which processes share, but for what is named:
//   read TIME INPUT PARTITION OFFSET                     before OFFSET everything is read and decided
//   commit STAGED BEGUN HANDED DELIVERED ANSWERED        a transaction with all that was read up to STAGED, and was in none before (TransactionTimes)
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "connectors/kafka_producer.hpp"
#include "engine/decision_record.hpp"
#include "engine/error.hpp"

namespace reckoner {

// Buffered: whole when it is destroyed. From any thread.
class KafkaTrace {
 public:
  [[nodiscard]] static Result<std::unique_ptr<KafkaTrace>> open(const std::string& path);
  ~KafkaTrace();
  KafkaTrace(const KafkaTrace&) = delete;
  KafkaTrace& operator=(const KafkaTrace&) = delete;

  void note_read(std::int64_t now_ns, PartitionId partition, std::uint64_t next);
  void note_commit(std::int64_t staged_ns, const TransactionTimes& times);

 private:
  explicit KafkaTrace(std::FILE* file) : file_(file) {}
  std::FILE* file_;
};

}  // namespace reckoner
