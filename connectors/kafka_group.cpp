#include "connectors/kafka_group.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <utility>

#include "connectors/kafka_error.hpp"
#include "connectors/kafka_members.hpp"

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

// So that members are told from others, also where all clients of the job have a client id of the user's.
std::string member_client(const KafkaSettings& settings) {
  std::string client(kMemberClient);
  for (const auto& [name, value] : settings.librdkafka) {
    if (name == "client.id") client = fmt::format("{}-{}", kMemberClient, value);
  }
  return client;
}

// librdkafka tries to join for ever.
bool is_refusal(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED || code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
         code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || code == RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT ||
         code == RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL || code == RD_KAFKA_RESP_ERR_GROUP_MAX_SIZE_REACHED;
}

}  // namespace

GroupSnapshot::~GroupSnapshot() {
  if (metadata != nullptr) rd_kafka_consumer_group_metadata_destroy(metadata);
}

Result<std::unique_ptr<KafkaGroup>> KafkaGroup::join(const KafkaSettings& settings, const std::string& group, const std::string& slot,
                                                     const std::vector<std::string>& topics, const std::string& check_topic,
                                                     std::function<void()> on_revoke) {
  std::unique_ptr<KafkaGroup> joined(new KafkaGroup(settings, group, slot, topics, check_topic, std::move(on_revoke)));
  if (Result<void> opened = joined->open(); !opened) return std::unexpected(opened.error());
  return joined;
}

KafkaGroup::KafkaGroup(const KafkaSettings& settings, std::string group, std::string slot, std::vector<std::string> topics, std::string check_topic,
                       std::function<void()> on_revoke)
    : settings_(settings),
      group_(std::move(group)),
      slot_(std::move(slot)),
      topics_(std::move(topics)),
      check_topic_(std::move(check_topic)),
      on_revoke_(std::move(on_revoke)) {}

Result<void> KafkaGroup::open() {
  const KafkaOptions own = {{"group.id", group_}, {"group.instance.id", slot_}, {"client.id", member_client(settings_)}};
  auto client = KafkaClient::make(settings_, KafkaRole::kMember, own, add_callbacks, this);
  if (!client) return std::unexpected(client.error());
  client_ = std::move(*client);
  rd_kafka_t* const handle = client_->handle();
  rd_kafka_poll_set_consumer(handle);
  rd_kafka_topic_partition_list_t* const topics = rd_kafka_topic_partition_list_new(static_cast<int>(topics_.size()));
  for (const std::string& topic : topics_) rd_kafka_topic_partition_list_add(topics, topic.c_str(), RD_KAFKA_PARTITION_UA);
  const rd_kafka_resp_err_t code = rd_kafka_subscribe(handle, topics);
  rd_kafka_topic_partition_list_destroy(topics);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(kafka_error(code, fmt::format("join group {}", group_)));
  return {};
}

// A static member does not leave: within the session's time its next process gets the same shards. Nothing is released on the way out.
void KafkaGroup::close() {
  assigned_.reset();
  client_.reset();
}

KafkaGroup::~KafkaGroup() { close(); }

// librdkafka tells the group of a static member that unsubscribes, not of one that closes. That it was told is not to be seen: it is sent when the
// assignment is gone, and waits for nothing.
void KafkaGroup::leave() {
  if (!client_ || joins_anew_) return;
  constexpr int kPollMs = 20;
  constexpr int kPollsMax = 50;
  constexpr int kPollsToSend = 5;
  on_revoke_ = nullptr;
  rd_kafka_unsubscribe(client_->handle());
  for (int polls = 0, left = kPollsToSend; polls < kPollsMax && left > 0; ++polls) {
    if (rd_kafka_message_t* const message = rd_kafka_consumer_poll(client_->handle(), kPollMs); message != nullptr) rd_kafka_message_destroy(message);
    if (!assigned_) --left;
  }
}

// When the group no longer knows the slot, as when a session was over, librdkafka forgets its member id; and until the revocation has been served, which
// waits for a commit, it sends heartbeats without one. These the group refuses as those of another process of the slot.
bool KafkaGroup::is_forgotten() const {
  char* const member = rd_kafka_memberid(client_->handle());
  const bool forgotten = member != nullptr && *member == '\0';
  rd_kafka_mem_free(client_->handle(), member);
  return forgotten;
}

// The group knows the slot by the member id that it gave with its last answer to a join. Another process of the slot has that, or nobody has, since the
// answer was lost. Who joins anew ends the other one: but each does so once for a broken connection, so that two processes do not end each other for
// ever.
Error KafkaGroup::lost_slot(int code, std::string_view doing, std::string_view detail) {
  Error error = kafka_error(code, doing, detail);
  if (code != RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID) return error;
  const bool lost_connection = std::exchange(lost_connection_, false);
  if (is_forgotten()) {
    joins_anew_ = true;
    return {
        ErrorKind::kExternal, Retry::kLater,
        fmt::format("the group did not know slot {} for its member any more, as when it has not heard of it for a session; it joins again", slot_)};
  }
  if (!lost_connection) return error;
  joins_anew_ = true;
  return {
      ErrorKind::kExternal, Retry::kLater,
      fmt::format("the group has given slot {} to another member; a connection was lost before, so it may be this process itself, which joins again",
                  slot_)};
}

Result<void> KafkaGroup::serve(int wait_ms) {
  if (joins_anew_) {
    close();
    if (Result<void> opened = open(); !opened) return opened;
    joins_anew_ = false;
  }
  rd_kafka_message_t* const message = rd_kafka_consumer_poll(client_->handle(), wait_ms);
  if (message != nullptr) {
    const rd_kafka_resp_err_t code = message->err;
    const std::string detail = code == RD_KAFKA_RESP_ERR_NO_ERROR ? "" : rd_kafka_message_errstr(message);
    rd_kafka_message_destroy(message);
    if (is_refusal(code)) {
      Error error = kafka_error(code, fmt::format("be a member of group {}", group_), detail);
      if (code == RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL) error.text += members_text(*client_, group_);
      return std::unexpected(std::move(error));
    }
  }
  lost_connection_ = client_->take_lost_connection() || lost_connection_;
  char text[512];
  const rd_kafka_resp_err_t fatal = rd_kafka_fatal_error(client_->handle(), text, sizeof text);
  if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(lost_slot(fatal, fmt::format("stay a member of group {}", group_), text));
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
  for (int i = 0; i < partitions->cnt; ++i) {
    const rd_kafka_topic_partition_t& given = partitions->elems[i];
    if (given.topic == topics_.front()) assigned_->shards.push_back(static_cast<std::uint32_t>(given.partition));
  }
  std::sort(assigned_->shards.begin(), assigned_->shards.end());
  static_cast<void>(client_->take_lost_connection());  // what was lost before is of no more interest
  lost_connection_ = false;
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
  lost_connection_ = client_->take_lost_connection() || lost_connection_;
  switch (code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      lost_connection_ = false;
      return true;
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
    case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
    case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
      return false;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:  // an offset is committed by who may read
      return std::unexpected(kafka_error(code, fmt::format("read topic {}", check_topic_)));
    default:
      return std::unexpected(lost_slot(code, fmt::format("be confirmed as a member of group {}", group_), {}));
  }
}

}  // namespace reckoner
