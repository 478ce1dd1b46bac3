#include "connectors/kafka_offset_hint.hpp"

#include <librdkafka/rdkafka.h>

namespace reckoner {

namespace {

void on_answer(rd_kafka_t*, rd_kafka_resp_err_t, rd_kafka_topic_partition_list_t*, void* hint) { static_cast<KafkaOffsetHint*>(hint)->settle(); }

}  // namespace

void KafkaOffsetHint::send(rd_kafka_s* member, const std::vector<NextOffset>& next) {
  if (on_its_way_ || next.empty()) return;
  rd_kafka_topic_partition_list_t* const offsets = rd_kafka_topic_partition_list_new(static_cast<int>(next.size()));
  for (const auto& [topic, partition, offset] : next) rd_kafka_topic_partition_list_add(offsets, topic.c_str(), partition)->offset = offset;
  rd_kafka_queue_t* const polled = rd_kafka_queue_get_consumer(member);
  on_its_way_ = rd_kafka_commit_queue(member, offsets, polled, on_answer, this) == RD_KAFKA_RESP_ERR_NO_ERROR;
  rd_kafka_queue_destroy(polled);
  rd_kafka_topic_partition_list_destroy(offsets);
}

}  // namespace reckoner
