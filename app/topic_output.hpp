// The committed rows of an output of a job on topics, over all partitions, in order of event time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/kafka_look.hpp"
#include "connectors/kafka_partition.hpp"
#include "engine/outputs.hpp"

namespace reckoner {

inline constexpr std::uint64_t kTopicRowsBytesMax = 8ULL << 30U;  // of memory, of one call

class TopicOutput {
 public:
  // `job` outlives it.
  TopicOutput(const KafkaLook& job, OutputId output);

  // The view lives during the call. An error ends the reading and is its result.
  using RowVisitor = std::function<Result<void>(std::string_view row)>;
  // Visits what was committed beyond the call before, sorted by itself: a later call may bring earlier times. Rows of one time in order of
  // partitions, then of offsets. A row without a time goes with the row before it in its partition.
  [[nodiscard]] Result<void> read(const RowVisitor& visit);

 private:
  struct Row {
    std::int64_t time_ms;
    std::uint64_t begin;  // in text_
    std::uint32_t bytes;
  };
  [[nodiscard]] Result<void> read_partition(std::size_t number);

  const KafkaLook& job_;
  std::string topic_;
  std::string_view time_column_;
  std::vector<std::unique_ptr<KafkaPartition>> partitions_;
  std::vector<std::int64_t> next_;  // by partition
  std::string text_;                // of this call
  std::vector<Row> rows_;
};

}  // namespace reckoner
