#include "connectors/kafka_client.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <utility>

#include "connectors/kafka_error.hpp"
#include "connectors/system_clock.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kErrorBytes = 512;
constexpr std::string_view kCoordinatorName = "TxnCoordinator";  // librdkafka's, in its errors

void on_error(rd_kafka_t*, int code, const char* reason, void* opaque) { static_cast<KafkaClient*>(opaque)->note_trouble(code, reason); }

// librdkafka's lines are about what it does by itself; errors that matter come back from calls or through on_error, but for one.
void on_log(const rd_kafka_t* handle, int, const char*, const char* line) {
  // While the client is being made there is no owner to tell.
  if (auto* const client = static_cast<KafkaClient*>(rd_kafka_opaque(handle)); client != nullptr) client->note_log(line);
}

void on_token_wanted(rd_kafka_t* handle, const char*, void* opaque) { static_cast<KafkaClient*>(opaque)->give_token(handle); }

// A connection that did not come to be has carried nothing: of a host's addresses one may never answer.
bool is_lost_coordinator(std::string_view reason) {
  constexpr std::array<std::string_view, 3> kNeverThere = {"Connect to ", "Failed to resolve ", "Connection setup timed out"};
  const auto says = [&](std::string_view part) { return reason.find(part) != std::string_view::npos; };
  return reason.starts_with(kCoordinatorName) && std::none_of(kNeverThere.begin(), kNeverThere.end(), says);
}

// Until 2.6.1 a client's last message repeated its nonce, which brokers before 4.0 let pass.
bool is_scram_at_risk(const KafkaSettings& settings) {
  constexpr int kMended = 0x020601ff;
  if (rd_kafka_version() >= kMended) return false;
  return std::any_of(settings.librdkafka.begin(), settings.librdkafka.end(), [](const auto& option) {
    return (option.first == "sasl.mechanism" || option.first == "sasl.mechanisms") && option.second.starts_with("SCRAM");
  });
}

}  // namespace

KafkaClient::KafkaClient(const KafkaSettings& settings, void* owner)
    : owner_(owner), scram_at_risk_(is_scram_at_risk(settings)), token_source_(settings.token_source) {}

Result<std::unique_ptr<KafkaClient>> KafkaClient::make(const KafkaSettings& settings, KafkaRole role, const KafkaOptions& own, Prepare prepare,
                                                       void* owner) {
  std::unique_ptr<KafkaClient> client(new KafkaClient(settings, owner));
  rd_kafka_conf_t* const conf = rd_kafka_conf_new();
  std::array<char, kErrorBytes> text{};
  for (const auto& [name, value] : client_options(settings, role, own)) {
    const rd_kafka_conf_res_t result = rd_kafka_conf_set(conf, name.c_str(), value.c_str(), text.data(), text.size());
    if (result == RD_KAFKA_CONF_OK) continue;
    rd_kafka_conf_destroy(conf);
    return fail(ErrorKind::kConfiguration,
                fmt::format("kafka.settings: {}: {}; librdkafka's CONFIGURATION.md lists what there is", name, text.data()));
  }
  rd_kafka_conf_set_opaque(conf, client.get());
  rd_kafka_conf_set_error_cb(conf, on_error);
  rd_kafka_conf_set_log_cb(conf, on_log);
  // In a queue of its own, which the background thread serves: an admin's or a producer's client may not be polled for longer than a token lasts.
  if (logs_in_by_token(settings)) rd_kafka_conf_enable_sasl_queue(conf, 1);
  if (!settings.token_source.empty()) rd_kafka_conf_set_oauthbearer_token_refresh_cb(conf, on_token_wanted);
  if (prepare != nullptr) prepare(conf);
  const rd_kafka_type_t type = role == KafkaRole::kProducer || role == KafkaRole::kAdmin ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER;
  client->handle_ = rd_kafka_new(type, conf, text.data(), text.size());
  if (client->handle_ == nullptr) {
    rd_kafka_conf_destroy(conf);
    return fail(ErrorKind::kConfiguration, fmt::format("kafka.settings: {}", text.data()));
  }
  if (!logs_in_by_token(settings)) return client;
  if (rd_kafka_error_t* const error = rd_kafka_sasl_background_callbacks_enable(client->handle_); error != nullptr) {
    const std::string reason = rd_kafka_error_string(error);
    rd_kafka_error_destroy(error);
    return fail(ErrorKind::kConfiguration, fmt::format("kafka.settings: OAUTHBEARER: {}", reason));
  }
  return client;
}

// A consumer's close would still hand an assignment that waits to its callback, which waits for ever for a group that is gone.
KafkaClient::~KafkaClient() {
  if (handle_ != nullptr) rd_kafka_destroy_flags(handle_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

void KafkaClient::note_trouble(int code, const char* reason) {
  Error error = kafka_error(code, "reach the brokers", reason);
  if (scram_at_risk_ && error.kind == ErrorKind::kConfiguration && code != RD_KAFKA_RESP_ERR__SSL) {
    error.text += fmt::format(
        ". This is librdkafka {}, which cannot log in by SCRAM to brokers from 4.0 on, whatever the password: set sasl.mechanism=PLAIN over TLS, or "
        "install librdkafka 2.6.1 or newer",
        rd_kafka_version_str());
  }
  const std::scoped_lock lock(mutex_);
  if (token_ && code == RD_KAFKA_RESP_ERR__AUTHENTICATION) {
    error.text += fmt::format(". The token is that of {}, of {}, until {}; a broker refuses one of another issuer, audience or scope than it wants",
                              token_source_, token_->principal, end_text(*token_));
  }
  if (!trouble_ || trouble_->kind != ErrorKind::kConfiguration) trouble_ = std::move(error);
  lost_connection_ = lost_connection_ || code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
  lost_coordinator_ = lost_coordinator_ || is_lost_coordinator(reason);
}

std::optional<Error> KafkaClient::take_trouble() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(trouble_, std::nullopt);
}

// While a renewal fails, the token at hand is given again for as long as it lasts: librdkafka then asks more and more often.
void KafkaClient::give_token(rd_kafka_s* handle) {
  const std::int64_t now_ms = SystemClock().wall_ms();
  Result<KafkaToken> read = read_kafka_token(token_source_, now_ms);
  const std::scoped_lock lock(mutex_);
  if (!read && token_ && token_->expires_ms > now_ms) read = *token_;
  std::array<char, kErrorBytes> text{};
  std::string reason = read ? std::string() : read.error().text;
  if (read && rd_kafka_oauthbearer_set_token(handle, read->text.c_str(), read->expires_ms, read->principal.c_str(), nullptr, 0, text.data(),
                                             text.size()) != RD_KAFKA_RESP_ERR_NO_ERROR)
    reason = fmt::format("the token of {}: {}", token_source_, text.data());
  token_ = reason.empty() ? std::optional(std::move(*read)) : std::nullopt;
  if (!reason.empty()) rd_kafka_oauthbearer_set_token_failure(handle, reason.c_str());
}

void KafkaClient::note_log(std::string_view line) {
  constexpr std::string_view kBefore = "Failed to add partition \"";
  const std::size_t before = line.find(kBefore);
  if (before == std::string_view::npos || !line.ends_with(rd_kafka_err2str(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED))) return;
  const std::string_view rest = line.substr(before + kBefore.size());
  const std::scoped_lock lock(mutex_);
  refused_topics_.emplace(rest.substr(0, rest.find('"')));
}

std::set<std::string> KafkaClient::take_refused_topics() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(refused_topics_, {});
}

bool KafkaClient::take_lost_connection() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(lost_connection_, false);
}

bool KafkaClient::has_lost_coordinator() {
  const std::scoped_lock lock(mutex_);
  return lost_coordinator_;
}

}  // namespace reckoner
