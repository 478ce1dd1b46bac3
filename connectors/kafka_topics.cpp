#include "connectors/kafka_topics.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <array>
#include <memory>

#include "connectors/kafka_error.hpp"

namespace reckoner {

namespace {

constexpr int kTimeoutMs = 15'000;
constexpr std::size_t kErrorBytes = 512;

struct Destroy {
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
  void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
  void operator()(rd_kafka_ConfigResource_t* resource) const { rd_kafka_ConfigResource_destroy(resource); }
  void operator()(const rd_kafka_metadata_t* metadata) const { rd_kafka_metadata_destroy(metadata); }
};
template <typename T>
using Owned = std::unique_ptr<T, Destroy>;

// A refusal to log in says more than the time-out that comes of it.
Error error_of(KafkaClient& client, int code, std::string_view doing, std::string_view detail = {}) {
  rd_kafka_poll(client.handle(), 0);
  if (auto trouble = client.take_trouble(); trouble && trouble->kind == ErrorKind::kConfiguration) return *trouble;
  return kafka_error(code, doing, detail);
}

}  // namespace

Result<std::map<std::string, std::int32_t>> partition_counts(KafkaClient& client, const std::vector<std::string>& topics) {
  const rd_kafka_metadata_t* found = nullptr;
  const rd_kafka_resp_err_t code = rd_kafka_metadata(client.handle(), 1, nullptr, &found, kTimeoutMs);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(error_of(client, code, "list topics"));
  const Owned<const rd_kafka_metadata_t> metadata(found);
  std::map<std::string, std::int32_t> counts;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    const rd_kafka_metadata_topic_t& topic = metadata->topics[i];
    for (const std::string& name : topics) {
      if (name == topic.topic && topic.err == RD_KAFKA_RESP_ERR_NO_ERROR) counts[name] = topic.partition_cnt;
    }
  }
  return counts;
}

Result<std::vector<std::string>> hidden_topics(KafkaClient& client, const std::vector<std::string>& topics) {
  std::vector<std::string> hidden;
  for (const std::string& name : topics) {
    const Owned<rd_kafka_topic_t> topic(rd_kafka_topic_new(client.handle(), name.c_str(), nullptr));
    const rd_kafka_metadata_t* found = nullptr;
    const rd_kafka_resp_err_t code = rd_kafka_metadata(client.handle(), 0, topic.get(), &found, kTimeoutMs);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(error_of(client, code, fmt::format("look at topic {}", name)));
    const Owned<const rd_kafka_metadata_t> metadata(found);
    if (metadata->topic_cnt == 1 && metadata->topics[0].err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) hidden.push_back(name);
  }
  return hidden;
}

Result<void> create_topic(KafkaClient& client, const TopicPlan& topic) {
  std::array<char, kErrorBytes> text{};
  const Owned<rd_kafka_NewTopic_t> plan(rd_kafka_NewTopic_new(topic.name.c_str(), topic.partitions, topic.replication, text.data(), text.size()));
  if (!plan) return fail(ErrorKind::kConfiguration, fmt::format("topic {}: {}", topic.name, text.data()));
  for (const auto& [name, value] : topic.settings) rd_kafka_NewTopic_set_config(plan.get(), name.c_str(), value.c_str());
  const Owned<rd_kafka_queue_t> queue(rd_kafka_queue_new(client.handle()));
  rd_kafka_NewTopic_t* plans[] = {plan.get()};
  rd_kafka_CreateTopics(client.handle(), plans, 1, nullptr, queue.get());
  const Owned<rd_kafka_event_t> event(rd_kafka_queue_poll(queue.get(), kTimeoutMs));
  const std::string doing = fmt::format("make topic {}", topic.name);
  if (!event) return std::unexpected(error_of(client, RD_KAFKA_RESP_ERR__TIMED_OUT, doing));
  if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return std::unexpected(error_of(client, rd_kafka_event_error(event.get()), doing, rd_kafka_event_error_string(event.get())));
  std::size_t count = 0;
  const rd_kafka_topic_result_t** results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const rd_kafka_resp_err_t code = rd_kafka_topic_result_error(results[i]);
    const char* detail = rd_kafka_topic_result_error_string(results[i]);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(kafka_error(code, doing, detail == nullptr ? "" : detail));
  }
  return {};
}

Result<std::map<std::string, std::string>> topic_settings(KafkaClient& client, const std::string& topic) {
  const Owned<rd_kafka_ConfigResource_t> resource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
  const Owned<rd_kafka_queue_t> queue(rd_kafka_queue_new(client.handle()));
  rd_kafka_ConfigResource_t* resources[] = {resource.get()};
  rd_kafka_DescribeConfigs(client.handle(), resources, 1, nullptr, queue.get());
  const Owned<rd_kafka_event_t> event(rd_kafka_queue_poll(queue.get(), kTimeoutMs));
  const std::string doing = fmt::format("look at the settings of topic {}", topic);
  if (!event) return std::unexpected(error_of(client, RD_KAFKA_RESP_ERR__TIMED_OUT, doing));
  if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return std::unexpected(error_of(client, rd_kafka_event_error(event.get()), doing, rd_kafka_event_error_string(event.get())));
  std::size_t count = 0;
  const rd_kafka_ConfigResource_t** found = rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event.get()), &count);
  std::map<std::string, std::string> settings;
  for (std::size_t i = 0; i < count; ++i) {
    const rd_kafka_resp_err_t code = rd_kafka_ConfigResource_error(found[i]);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(kafka_error(code, doing));
    std::size_t entries = 0;
    const rd_kafka_ConfigEntry_t** list = rd_kafka_ConfigResource_configs(found[i], &entries);
    for (std::size_t entry = 0; entry < entries; ++entry) {
      const char* const value = rd_kafka_ConfigEntry_value(list[entry]);
      settings[rd_kafka_ConfigEntry_name(list[entry])] = value == nullptr ? "" : value;
    }
  }
  return settings;
}

Result<OffsetRange> offset_range(KafkaClient& client, const std::string& topic, std::int32_t partition) {
  OffsetRange range;
  const rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(client.handle(), topic.c_str(), partition, &range.begin, &range.end, kTimeoutMs);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return std::unexpected(error_of(client, code, fmt::format("look at the offsets of {}[{}]", topic, partition)));
  return range;
}

}  // namespace reckoner
