#include "connectors/kafka_partition.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <utility>

#include "connectors/kafka_error.hpp"
#include "connectors/kafka_topics.hpp"
#include "engine/record_headers.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kBatchRecords = 2000;
constexpr int kWaitMs = 100;
constexpr int kWaitsMax = 600;          // without a record: a minute
constexpr std::uint64_t kWakeWord = 1;  // what an eventfd takes

std::optional<std::string_view> bytes_of(const void* bytes, std::size_t length) {
  if (bytes == nullptr) return std::nullopt;
  return std::string_view(static_cast<const char*>(bytes), length);
}

}  // namespace

KafkaPartition::KafkaPartition(KafkaClient& client, std::string topic, std::int32_t partition, int wake)
    : client_(client), topic_(std::move(topic)), partition_(partition), wake_(wake) {
  handle_ = rd_kafka_topic_new(client_.handle(), topic_.c_str(), nullptr);
}

KafkaPartition::~KafkaPartition() {
  stop();
  if (handle_ != nullptr) rd_kafka_topic_destroy(handle_);
}

Result<void> KafkaPartition::start(std::int64_t offset) {
  stop();
  // A queue of its own for each start: nothing of an earlier one can be in it.
  queue_ = rd_kafka_queue_new(client_.handle());
  if (wake_ >= 0) rd_kafka_queue_io_event_enable(queue_, wake_, &kWakeWord, sizeof kWakeWord);
  if (handle_ == nullptr || rd_kafka_consume_start_queue(handle_, partition_, offset, queue_) != 0) {
    rd_kafka_queue_destroy(std::exchange(queue_, nullptr));
    return std::unexpected(kafka_error(rd_kafka_last_error(), fmt::format("read {}[{}]", topic_, partition_)));
  }
  end_.reset();
  return {};
}

void KafkaPartition::stop() {
  release_batch();
  if (queue_ == nullptr) return;
  rd_kafka_consume_stop(handle_, partition_);
  rd_kafka_queue_destroy(std::exchange(queue_, nullptr));
}

void KafkaPartition::release_batch() {
  for (; at_ < fetched_; ++at_) rd_kafka_message_destroy(batch_[at_]);
  fetched_ = at_ = 0;
}

Result<const KafkaRecord*> KafkaPartition::front(int wait_ms) {
  for (;; wait_ms = 0) {
    if (at_ == fetched_) {
      if (Result<void> fetched = fetch(wait_ms); !fetched) return std::unexpected(fetched.error());
      if (fetched_ == 0) return nullptr;
    }
    const rd_kafka_message_t& message = *batch_[at_];
    if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      front_ = {message.offset, bytes_of(message.key, message.key_len), bytes_of(message.payload, message.len),
                rd_kafka_message_timestamp(&message, nullptr)};
      return &front_;
    }
    const rd_kafka_resp_err_t code = message.err;
    if (code == RD_KAFKA_RESP_ERR__PARTITION_EOF) end_ = message.offset;
    const std::string detail = code == RD_KAFKA_RESP_ERR__PARTITION_EOF ? "" : rd_kafka_message_errstr(&message);
    pop();
    if (code == RD_KAFKA_RESP_ERR__PARTITION_EOF) continue;
    Error error = kafka_error(code, fmt::format("read {}[{}]", topic_, partition_), detail);
    // What may pass is tried again by librdkafka itself; behind an offset that is gone, it reads nothing more.
    const bool is_gone = code == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE || code == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET;
    if (error.retry == Retry::kNever || is_gone) return std::unexpected(std::move(error));
  }
}

void KafkaPartition::pop() { rd_kafka_message_destroy(batch_[at_++]); }

void KafkaPartition::append_headers(std::vector<char>& packed) const {
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(batch_[at_], &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t length = 0;
  for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &length) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i)
    append_header(packed, {name, bytes_of(value, length)});
}

std::optional<std::pair<std::int64_t, std::int64_t>> KafkaPartition::known_range() const {
  std::int64_t first = 0;
  std::int64_t end = 0;
  const bool known = rd_kafka_get_watermark_offsets(client_.handle(), topic_.c_str(), partition_, &first, &end) == RD_KAFKA_RESP_ERR_NO_ERROR;
  if (!known || first < 0 || end < 0) return std::nullopt;
  return std::pair{first, end};
}

Result<void> KafkaPartition::fetch(int wait_ms) {
  batch_.resize(kBatchRecords);
  const ssize_t count = rd_kafka_consume_batch_queue(queue_, 0, batch_.data(), batch_.size());
  fetched_ = count > 0 ? static_cast<std::size_t>(count) : 0;
  at_ = 0;
  if (count < 0) return std::unexpected(kafka_error(rd_kafka_last_error(), fmt::format("read {}[{}]", topic_, partition_)));
  if (count > 0 || wait_ms == 0) return {};
  // A batch would wait until it is full.
  if (rd_kafka_message_t* const message = rd_kafka_consume_queue(queue_, wait_ms); message != nullptr) batch_[fetched_++] = message;
  return {};
}

Result<std::int64_t> read_to_end(KafkaPartition& partition, std::int64_t from, const KafkaRecordVisitor& visit) {
  const Result<OffsetRange> range = offset_range(partition.client(), partition.topic(), partition.partition());
  if (!range) return std::unexpected(range.error());
  std::int64_t next = from;
  // Started anew each time: the end is told once, when it is reached. Of a partition that is written to all the time it is never told.
  if (Result<void> started = partition.start(from); !started) return std::unexpected(started.error());
  for (int waits = 0; waits < kWaitsMax;) {
    const Result<const KafkaRecord*> record = partition.front(kWaitMs);
    if (!record) return std::unexpected(record.error());
    if (*record != nullptr && (*record)->offset >= range->end) {
      partition.stop();
      return std::max(next, range->end);
    }
    if (*record != nullptr) {
      if (Result<void> visited = visit(**record); !visited) return std::unexpected(visited.error());
      next = (*record)->offset + 1;
      partition.pop();
      waits = 0;
    } else if (const std::optional<std::int64_t> end = partition.end()) {
      partition.stop();
      return std::max(next, *end);
    } else {
      ++waits;
    }
  }
  return fail(
      ErrorKind::kExternal,
      fmt::format("Kafka: {}[{}] was not read to its end within a minute; check that the brokers run", partition.topic(), partition.partition()),
      Retry::kLater);
}

}  // namespace reckoner
