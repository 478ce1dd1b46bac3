#include "connectors/kafka_group.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <utility>

#include "connectors/kafka_error.hpp"

namespace reckoner {

namespace {

void on_rebalance(rd_kafka_t*, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  auto& group = *static_cast<KafkaGroup*>(static_cast<KafkaClient*>(opaque)->owner());
  if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    group.assign(partitions);
  } else {
    group.revoke();
  }
}

void add_callbacks(rd_kafka_conf_t* conf) { rd_kafka_conf_set_rebalance_cb(conf, on_rebalance); }

}  // namespace

GroupSnapshot::~GroupSnapshot() {
  if (metadata != nullptr) rd_kafka_consumer_group_metadata_destroy(metadata);
}

Result<std::unique_ptr<KafkaGroup>> KafkaGroup::join(const KafkaSettings& settings, const std::string& group, const std::string& slot,
                                                     const std::string& topic, const std::string& check_topic, std::function<void()> on_revoke) {
  std::unique_ptr<KafkaGroup> joined(new KafkaGroup);
  joined->check_topic_ = check_topic;
  joined->on_revoke_ = std::move(on_revoke);
  auto client = KafkaClient::make(settings, KafkaRole::kMember, {{"group.id", group}, {"group.instance.id", slot}}, add_callbacks, joined.get());
  if (!client) return std::unexpected(client.error());
  joined->client_ = std::move(*client);
  rd_kafka_t* const handle = joined->client_->handle();
  rd_kafka_poll_set_consumer(handle);
  rd_kafka_topic_partition_list_t* const topics = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(topics, topic.c_str(), RD_KAFKA_PARTITION_UA);
  const rd_kafka_resp_err_t code = rd_kafka_subscribe(handle, topics);
  rd_kafka_topic_partition_list_destroy(topics);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(kafka_error(code, fmt::format("join group {}", group)));
  return joined;
}

// A static member does not leave: within the session's time its next process gets the same shards.
KafkaGroup::~KafkaGroup() {
  if (!client_) return;
  on_revoke_ = nullptr;
  rd_kafka_consumer_close(client_->handle());
  assigned_.reset();
}

Result<void> KafkaGroup::serve(int wait_ms) {
  rd_kafka_message_t* const message = rd_kafka_consumer_poll(client_->handle(), wait_ms);
  if (message != nullptr) {
    const rd_kafka_resp_err_t code = message->err;
    const std::string detail = code == RD_KAFKA_RESP_ERR_NO_ERROR ? "" : rd_kafka_message_errstr(message);
    rd_kafka_message_destroy(message);
    if (code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED || code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
        code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
      return std::unexpected(kafka_error(code, "be a member of the job's group", detail));
  }
  char text[512];
  const rd_kafka_resp_err_t fatal = rd_kafka_fatal_error(client_->handle(), text, sizeof text);
  if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(kafka_error(fatal, "stay a member of the job's group", text));
  if (auto trouble = client_->take_trouble(); trouble && trouble->kind == ErrorKind::kConfiguration) return std::unexpected(*trouble);
  return {};
}

void KafkaGroup::assign(rd_kafka_topic_partition_list_s* partitions) {
  rd_kafka_t* const handle = client_->handle();
  // Nothing is read here: an offset keeps librdkafka from asking for the group's, and the pause from fetching.
  for (int i = 0; i < partitions->cnt; ++i) partitions->elems[i].offset = 0;
  rd_kafka_assign(handle, partitions);
  rd_kafka_pause_partitions(handle, partitions);
  assigned_.reset();
  assigned_.emplace();
  assigned_->number = ++number_;
  assigned_->metadata = rd_kafka_consumer_group_metadata(handle);
  for (int i = 0; i < partitions->cnt; ++i) assigned_->shards.push_back(static_cast<std::uint32_t>(partitions->elems[i].partition));
  std::sort(assigned_->shards.begin(), assigned_->shards.end());
}

void KafkaGroup::revoke() {
  if (on_revoke_) on_revoke_();
  assigned_.reset();
  rd_kafka_assign(client_->handle(), nullptr);
}

// An offset commit is refused unless it comes from a member of the present generation.
Result<bool> KafkaGroup::confirm() {
  if (!assigned_) return false;
  rd_kafka_topic_partition_list_t* const offsets = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(offsets, check_topic_.c_str(), 0)->offset = 0;
  const rd_kafka_resp_err_t code = rd_kafka_commit(client_->handle(), offsets, 0);
  rd_kafka_topic_partition_list_destroy(offsets);
  switch (code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      return true;
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
    case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
    case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
      return false;
    default:
      return std::unexpected(kafka_error(code, "be confirmed as a member of the job's group"));
  }
}

}  // namespace reckoner
