#include "connectors/kafka_error.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <string>

namespace reckoner {

namespace {

struct Verdict {
  ErrorKind kind = ErrorKind::kExternal;
  Retry retry = Retry::kLater;
  std::string_view advice;
};

// Which right on a topic is missing depends on what it is needed for.
std::string_view topic_advice(std::string_view doing) {
  if (doing.starts_with("read")) return "grant READ on the topic";
  if (doing.starts_with("write") && doing.find(',') != std::string_view::npos) return "grant WRITE on each of these topics";
  if (doing.starts_with("write")) return "grant WRITE on the topic";
  if (doing.starts_with("make")) return "grant CREATE on the topic";
  if (doing.starts_with("look at the settings")) return "grant DESCRIBE_CONFIGS on the topic";
  if (doing.starts_with("look at the offsets")) return "grant READ on the topic, or DESCRIBE alone to look at it";
  return "grant DESCRIBE on the topic";
}

Verdict verdict_on(rd_kafka_resp_err_t code, std::string_view doing) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
      return {ErrorKind::kConfiguration, Retry::kNever, "grant WRITE on the transactional id (prefix: the job's name), then start again"};
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
      return {ErrorKind::kConfiguration, Retry::kNever, topic_advice(doing)};
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
      return {ErrorKind::kConfiguration, Retry::kNever, "grant READ on the group"};
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      return {ErrorKind::kConfiguration, Retry::kNever, "grant IDEMPOTENT_WRITE on the cluster, or WRITE on the transactional id"};
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      return {ErrorKind::kConfiguration, Retry::kNever, "make it with `reckoner topics create JOB`, or mend its name"};
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
      // Who acquires the shard anew finds what is missing, to the offset.
      return {ErrorKind::kData, Retry::kLater, "the topic no longer holds what the job has to read: it was trimmed, or deleted and made again"};
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
      return {ErrorKind::kConfiguration, Retry::kNever,
              "check sasl.mechanism, and sasl.username and sasl.password in kafka.settings, or sasl.oauthbearer.token there"};
    case RD_KAFKA_RESP_ERR__SSL:
      return {ErrorKind::kConfiguration, Retry::kNever, "check ssl.ca.location and security.protocol in kafka.settings"};
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
      return {ErrorKind::kConfiguration, Retry::kNever, "another process runs in this slot; give each its own with --set slot=NAME"};
    case RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT:
      return {ErrorKind::kConfiguration, Retry::kNever,
              "set session.timeout.ms in kafka.settings between the brokers' group.min.session.timeout.ms and group.max.session.timeout.ms (6000 and "
              "1800000 unless they were changed), or leave it out: it is 6000"};
    case RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL:
      return {
          ErrorKind::kConfiguration, Retry::kNever,
          "the group has members that do not share partitions by range, as a job's processes do: stop them, or give them or the job another name"};
    case RD_KAFKA_RESP_ERR_GROUP_MAX_SIZE_REACHED:
      return {ErrorKind::kConfiguration, Retry::kNever,
              "the group has as many members as the brokers' group.max.size allows: run fewer processes, or raise it"};
    case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS:
      return {ErrorKind::kConfiguration, Retry::kNever, "check it with `reckoner topics check JOB`"};
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
      return {ErrorKind::kConfiguration, Retry::kNever, "raise max.message.bytes of the topic, and message.max.bytes in kafka.settings"};
    default:
      return {ErrorKind::kExternal, Retry::kLater, "it may pass; check that the brokers run"};
  }
}

}  // namespace

bool is_lasting(int code) {
  return code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE || code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
         code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED || code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED ||
         code == RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
}

Error kafka_error(int code, std::string_view doing, std::string_view detail) {
  const auto known = static_cast<rd_kafka_resp_err_t>(code);
  const Verdict verdict = verdict_on(known, doing);
  std::string text = fmt::format("Kafka: cannot {}: {}", doing, rd_kafka_err2str(known));
  if (!detail.empty() && detail != rd_kafka_err2str(known)) text += fmt::format(" ({})", detail);
  return {verdict.kind, verdict.retry, fmt::format("{}; {}", text, verdict.advice)};
}

}  // namespace reckoner
