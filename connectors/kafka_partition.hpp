// One partition of a topic, read from any offset on, in no group. Ends at the last stable offset, before the first record whose transaction is
// undecided. Single-threaded; the client outlives it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/kafka_client.hpp"
#include "engine/error.hpp"
#include "engine/record_block.hpp"

struct rd_kafka_topic_s;
struct rd_kafka_queue_s;
// NOLINTNEXTLINE(readability-identifier-naming): the library's name
struct rd_kafka_message_s;

namespace reckoner {

// Views live until pop().
struct KafkaRecord {
  std::int64_t offset = 0;
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;  // none: a tombstone
  std::int64_t timestamp_ms = TopicRecord::kNoTimestamp;
};

class KafkaPartition {
 public:
  // `wake` is an eventfd that is written to when records arrive in an empty queue; -1 = nobody waits.
  KafkaPartition(KafkaClient& client, std::string topic, std::int32_t partition, int wake = -1);
  ~KafkaPartition();
  KafkaPartition(const KafkaPartition&) = delete;
  KafkaPartition& operator=(const KafkaPartition&) = delete;

  // Reads from `offset` on, whatever was read before. kConfiguration when the topic is not there.
  [[nodiscard]] Result<void> start(std::int64_t offset);
  void stop();
  [[nodiscard]] bool is_started() const { return queue_ != nullptr; }

  // The next record, left where it is until pop(); null when none came within `wait_ms`. kData when the offset is not there.
  [[nodiscard]] Result<const KafkaRecord*> front(int wait_ms);
  void pop();
  // The headers of the record at the front, packed behind what is there (engine/record_headers.hpp).
  void append_headers(std::vector<char>& packed) const;

  // Offset up to which everything was given out when the end was last reached: beyond records that are no record of the application's, as the
  // marks that end transactions. nullopt = the end was not reached since start().
  [[nodiscard]] std::optional<std::int64_t> end() const { return end_; }
  // First offset that is there and the one after the last, as the brokers said with the records that came last; asks nobody. Nothing: none came.
  [[nodiscard]] std::optional<std::pair<std::int64_t, std::int64_t>> known_range() const;
  [[nodiscard]] const std::string& topic() const { return topic_; }
  [[nodiscard]] std::int32_t partition() const { return partition_; }
  [[nodiscard]] KafkaClient& client() const { return client_; }

 private:
  [[nodiscard]] Result<void> fetch(int wait_ms);
  void release_batch();

  KafkaClient& client_;
  std::string topic_;
  std::int32_t partition_;
  int wake_;
  rd_kafka_topic_s* handle_ = nullptr;
  rd_kafka_queue_s* queue_ = nullptr;
  std::vector<rd_kafka_message_s*> batch_;  // room for one
  std::size_t fetched_ = 0;                 // in it
  std::size_t at_ = 0;
  KafkaRecord front_;
  std::optional<std::int64_t> end_;
};

// Visits the records from `from` on up to the end as it is at the call, the last stable offset, and stops the partition there: whoever writes on and on does
// not keep it reading. Returns the offset to go on from. An error of the visitor ends it. kExternal when the end is not reached although nothing comes for
// a minute.
using KafkaRecordVisitor = std::function<Result<void>(const KafkaRecord&)>;
[[nodiscard]] Result<std::int64_t> read_to_end(KafkaPartition& partition, std::int64_t from, const KafkaRecordVisitor& visit);

}  // namespace reckoner
