#include "connectors/kafka_outgoing.hpp"

#include <librdkafka/rdkafka.h>

#include <vector>

namespace reckoner {

namespace {

rd_kafka_headers_t* make_headers(const HeaderList& list) {
  rd_kafka_headers_t* const headers = rd_kafka_headers_new(list.size());
  for (const auto& [name, value] : list) {
    const auto name_bytes = static_cast<ssize_t>(name.size());
    rd_kafka_header_add(headers, name.data(), name_bytes, value ? value->data() : nullptr, value ? static_cast<ssize_t>(value->size()) : 0);
  }
  return headers;
}

rd_kafka_vu_t bytes_argument(rd_kafka_vtype_t type, const std::optional<std::string>& bytes) {
  rd_kafka_vu_t argument{};
  argument.vtype = type;
  // librdkafka copies them; it takes an empty text for none when it has no address.
  argument.u.mem.ptr = bytes ? const_cast<char*>(bytes->data()) : nullptr;
  argument.u.mem.size = bytes ? bytes->size() : 0;
  return argument;
}

}  // namespace

int produce(rd_kafka_s* client, rd_kafka_topic_s* topic, const KafkaOutgoing& record) {
  rd_kafka_vu_t to{};
  to.vtype = RD_KAFKA_VTYPE_RKT;
  to.u.rkt = topic;
  rd_kafka_vu_t partition{};
  partition.vtype = RD_KAFKA_VTYPE_PARTITION;
  partition.u.i32 = record.partition;
  rd_kafka_vu_t copied{};
  copied.vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  copied.u.i = RD_KAFKA_MSG_F_COPY;
  std::vector<rd_kafka_vu_t> arguments = {to, partition, copied, bytes_argument(RD_KAFKA_VTYPE_KEY, record.key),
                                          bytes_argument(RD_KAFKA_VTYPE_VALUE, record.value)};
  if (record.timestamp_ms) {
    rd_kafka_vu_t timestamp{};
    timestamp.vtype = RD_KAFKA_VTYPE_TIMESTAMP;
    timestamp.u.i64 = *record.timestamp_ms;
    arguments.push_back(timestamp);
  }
  rd_kafka_headers_t* const headers = make_headers(record.headers);
  rd_kafka_vu_t with{};
  with.vtype = RD_KAFKA_VTYPE_HEADERS;
  with.u.headers = headers;
  arguments.push_back(with);
  rd_kafka_error_t* const error = rd_kafka_produceva(client, arguments.data(), arguments.size());
  if (error == nullptr) return RD_KAFKA_RESP_ERR_NO_ERROR;
  const int code = rd_kafka_error_code(error);
  rd_kafka_error_destroy(error);
  rd_kafka_headers_destroy(headers);  // still ours
  return code;
}

}  // namespace reckoner
