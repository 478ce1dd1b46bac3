#include "connectors/kafka_offset_hint.hpp"

#include <librdkafka/rdkafka.h>

#include <utility>

#include "connectors/system_clock.hpp"

namespace reckoner {

namespace {

constexpr int kOpenMs = 3000;
constexpr int kCommitMs = 2000;
constexpr int kSettleMs = 2000;
constexpr int kPauseMs = 5;

bool is_done(rd_kafka_error_t* error) {
  if (error == nullptr) return true;
  rd_kafka_error_destroy(error);
  return false;
}

}  // namespace

// The producer is made ready at once: a process may have little time for its last hint.
KafkaOffsetHint::KafkaOffsetHint(KafkaSettings settings, std::string group, std::string id)
    : settings_(std::move(settings)), group_(std::move(group)), id_(std::move(id)), sending_(true, Background::Pace::kUnhurried) {
  start({});
}

KafkaOffsetHint::~KafkaOffsetHint() = default;

void KafkaOffsetHint::send(std::vector<NextOffset> next) {
  if (next.empty()) return;
  waiting_ = std::move(next);
  if (!sending_.busy()) start(std::exchange(waiting_, {}));
}

void KafkaOffsetHint::settle() {
  SystemClock clock;
  for (int waited_ms = 0; waited_ms < kSettleMs; waited_ms += kPauseMs) {
    if (!sending_.busy()) {
      if (waiting_.empty()) return;
      start(std::exchange(waiting_, {}));
    }
    clock.sleep_ms(kPauseMs);
  }
}

// After a failure all begins anew with the next: what is open is ended by then.
void KafkaOffsetHint::start(std::vector<NextOffset> next) {
  sending_.start([this, next = std::move(next)]() -> Result<void> {
    const bool opened = client_ != nullptr || open();
    if (!opened || (!next.empty() && !commit(next))) client_.reset();
    return {};
  });
}

bool KafkaOffsetHint::open() {
  auto client = KafkaClient::make(settings_, KafkaRole::kProducer, {{"transactional.id", id_}});
  if (!client) return false;
  client_ = std::move(*client);
  return is_done(rd_kafka_init_transactions(client_->handle(), kOpenMs));
}

bool KafkaOffsetHint::commit(const std::vector<NextOffset>& next) {
  rd_kafka_t* const handle = client_->handle();
  rd_kafka_topic_partition_list_t* const offsets = rd_kafka_topic_partition_list_new(static_cast<int>(next.size()));
  for (const auto& [topic, partition, offset] : next) rd_kafka_topic_partition_list_add(offsets, topic.c_str(), partition)->offset = offset;
  rd_kafka_consumer_group_metadata_t* const no_member = rd_kafka_consumer_group_metadata_new(group_.c_str());
  const bool sent = is_done(rd_kafka_begin_transaction(handle)) &&
                    is_done(rd_kafka_send_offsets_to_transaction(handle, offsets, no_member, kCommitMs)) &&
                    is_done(rd_kafka_commit_transaction(handle, kCommitMs));
  rd_kafka_consumer_group_metadata_destroy(no_member);
  rd_kafka_topic_partition_list_destroy(offsets);
  return sent;
}

}  // namespace reckoner
