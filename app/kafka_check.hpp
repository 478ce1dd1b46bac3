// Whether what a job on topics has committed is whole: its log, its counts of records, and the rows that its outputs should hold.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/kafka_look.hpp"
#include "engine/decision_record.hpp"

namespace reckoner {

struct KafkaCheck {
  std::vector<std::string> passed;
  std::vector<std::string> problems;
  std::vector<PartitionProgress> partitions;  // of all shards, as of their last epochs; of inputs that are read
};

// Reads the job's log and outputs to their present ends. An output that is shared with another job, or older than its retention, cannot be counted:
// more rows or fewer are a problem that says so.
[[nodiscard]] Result<KafkaCheck> check_topics_of(const KafkaLook& job);

}  // namespace reckoner
