#include "connectors/kafka_feed.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "connectors/kafka_error.hpp"

namespace reckoner {

namespace {
constexpr int kPollMs = 10;
constexpr int kFlushMs = 60'000;
}  // namespace

Result<std::unique_ptr<KafkaFeed>> KafkaFeed::open(const KafkaSettings& settings, const std::vector<std::string>& topics) {
  std::unique_ptr<KafkaFeed> feed(new KafkaFeed);
  // Waits a moment for more, so that not every record is a request.
  auto client = KafkaClient::make(
      settings, KafkaRole::kProducer,
      {{"linger.ms", "1"}, {"enable.idempotence", "true"}, {"partitioner", "murmur2_random"}, {"queue.buffering.max.messages", "100000"}});
  if (!client) return std::unexpected(client.error());
  feed->client_ = std::move(*client);
  for (const std::string& topic : topics) feed->topics_.push_back(rd_kafka_topic_new(feed->client_->handle(), topic.c_str(), nullptr));
  return feed;
}

KafkaFeed::~KafkaFeed() {
  for (rd_kafka_topic_t* const topic : topics_) rd_kafka_topic_destroy(topic);
}

Result<void> KafkaFeed::send(std::size_t topic, std::string_view key, std::string_view value) {
  rd_kafka_t* const rk = client_->handle();
  for (;;) {
    const int failed = rd_kafka_produce(topics_[topic], RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, const_cast<char*>(value.data()), value.size(),
                                        key.data(), key.size(), nullptr);
    const rd_kafka_resp_err_t code = failed == 0 ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_last_error();
    rd_kafka_poll(rk, code == RD_KAFKA_RESP_ERR__QUEUE_FULL ? kPollMs : 0);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL)
      return std::unexpected(kafka_error(code, fmt::format("write to topic {}", rd_kafka_topic_name(topics_[topic]))));
  }
}

Result<void> KafkaFeed::flush() {
  const rd_kafka_resp_err_t code = rd_kafka_flush(client_->handle(), kFlushMs);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return std::unexpected(kafka_error(code, "write what was sent"));
}

}  // namespace reckoner
