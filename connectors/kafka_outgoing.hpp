// One record on its way to a topic, with all that a record has.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "connectors/dead_letter_row.hpp"

struct rd_kafka_s;
struct rd_kafka_topic_s;

namespace reckoner {

struct KafkaOutgoing {
  std::size_t topic = 0;  // number in the producer's list
  std::int32_t partition = 0;
  std::optional<std::string> key;
  std::optional<std::string> value;
  HeaderList headers;
  std::optional<std::int64_t> timestamp_ms;  // now, when not given
};

// Copies the record into the client's queue. Returns an rd_kafka_resp_err_t.
[[nodiscard]] int produce(rd_kafka_s* client, rd_kafka_topic_s* topic, const KafkaOutgoing& record);

}  // namespace reckoner
