#include "connectors/kafka_feed.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <utility>

#include "connectors/kafka_error.hpp"
#include "connectors/system_clock.hpp"

namespace reckoner {

namespace {
constexpr int kPollMs = 10;
constexpr int kFlushMs = 60'000;
constexpr int kWatchMs = 100;
}  // namespace

Result<std::unique_ptr<KafkaFeed>> KafkaFeed::open(const KafkaSettings& settings, const std::vector<std::string>& topics) {
  std::unique_ptr<KafkaFeed> feed(new KafkaFeed);
  // Waits a moment for more, so that not every record is a request.
  auto client = KafkaClient::make(
      settings, KafkaRole::kProducer,
      {{"linger.ms", "1"}, {"enable.idempotence", "true"}, {"partitioner", "murmur2_random"}, {"queue.buffering.max.messages", "100000"}},
      [](rd_kafka_conf_t* conf) { rd_kafka_conf_set_dr_msg_cb(conf, on_delivery); }, feed.get());
  if (!client) return std::unexpected(client.error());
  feed->client_ = std::move(*client);
  for (const std::string& topic : topics) feed->topics_.push_back(rd_kafka_topic_new(feed->client_->handle(), topic.c_str(), nullptr));
  return feed;
}

KafkaFeed::~KafkaFeed() {
  watcher_ = {};
  for (rd_kafka_topic_t* const topic : topics_) rd_kafka_topic_destroy(topic);
}

void KafkaFeed::on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  const auto& feed = *static_cast<const KafkaFeed*>(static_cast<KafkaClient*>(opaque)->owner());
  if (!feed.delivered_ || message->err != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  const auto topic = std::find(feed.topics_.begin(), feed.topics_.end(), message->rkt);
  feed.delivered_(static_cast<std::size_t>(topic - feed.topics_.begin()), message->partition, message->offset);
}

void KafkaFeed::watch(Delivered delivered) {
  delivered_ = std::move(delivered);
  watcher_ = std::jthread([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) rd_kafka_poll(client_->handle(), kWatchMs);
  });
}

std::uint32_t KafkaFeed::partition_of(std::string_view key, std::uint32_t partitions) {
  const std::int32_t found =
      rd_kafka_msg_partitioner_murmur2(nullptr, key.data(), key.size(), static_cast<std::int32_t>(partitions), nullptr, nullptr);
  return static_cast<std::uint32_t>(found);
}

Result<void> KafkaFeed::send(std::size_t topic, std::string_view key, std::string_view value) {
  rd_kafka_t* const rk = client_->handle();
  for (;;) {
    const int failed = rd_kafka_produce(topics_[topic], RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, const_cast<char*>(value.data()), value.size(),
                                        key.data(), key.size(), nullptr);
    const rd_kafka_resp_err_t code = failed == 0 ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_last_error();
    const int wait_ms = code == RD_KAFKA_RESP_ERR__QUEUE_FULL ? kPollMs : 0;
    if (!watcher_.joinable())
      rd_kafka_poll(rk, wait_ms);
    else if (wait_ms > 0)
      SystemClock().sleep_ms(wait_ms);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL)
      return std::unexpected(kafka_error(code, fmt::format("write to topic {}", rd_kafka_topic_name(topics_[topic]))));
  }
}

Result<void> KafkaFeed::flush() {
  watcher_ = {};  // flush calls back too
  const rd_kafka_resp_err_t code = rd_kafka_flush(client_->handle(), kFlushMs);
  delivered_ = nullptr;
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return std::unexpected(kafka_error(code, "write what was sent"));
}

}  // namespace reckoner
