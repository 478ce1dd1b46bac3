#include "connectors/kafka_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "connectors/kafka_token.hpp"
#include "connectors/secret_value.hpp"
#include "connectors/system_clock.hpp"

namespace reckoner {

namespace {

constexpr std::string_view kToken = "sasl.oauthbearer.token";  // ours, beside librdkafka's

struct Refused {
  std::string_view name;
  std::string_view reason;
};

constexpr std::array kRefused = {
    Refused{"bootstrap.servers", "set kafka.brokers"},
    Refused{"metadata.broker.list", "set kafka.brokers"},
    Refused{"group.id", "it is the job's name"},
    Refused{"group.instance.id", "it is the slot's name; set slot"},
    Refused{"transactional.id", "it is made of the job's and the slot's names"},
    Refused{"enable.auto.commit", "what was read is in the job's log, in the same transaction as the outputs"},
    Refused{"enable.auto.offset.store", "what was read is in the job's log, in the same transaction as the outputs"},
    Refused{"auto.commit.enable", "what was read is in the job's log, in the same transaction as the outputs"},
    Refused{"offset.store.method", "what was read is in the job's log, in the same transaction as the outputs"},
    Refused{"allow.auto.create.topics", "a topic that is not there must be seen: `reckoner topics create JOB` makes it as it has to be"},
    Refused{"api.version.request", "brokers must say what they can do, or transactions are not known to be there"},
    Refused{"auto.offset.reset", "an offset that is gone must stop the job: any other value skips or repeats records in silence"},
    Refused{"isolation.level", "uncommitted records would be read as if they were there"},
    Refused{"partition.assignment.strategy", "only range is known to give a member equal partitions of every input"},
    Refused{"group.protocol", "only the classic protocol has the range assignment and the generation that fences a stale member"},
    Refused{"enable.idempotence", "a transaction needs it"},
    Refused{"enable.gapless.guarantee", "a transaction has a guarantee of its own"},
    Refused{"acks", "a transaction needs all"},
    Refused{"request.required.acks", "a transaction needs all"},
    Refused{"max.in.flight", "more than five break the order of a transaction's records"},
    Refused{"max.in.flight.requests.per.connection", "more than five break the order of a transaction's records"},
    Refused{"check.crcs", "a damaged record must be found before it is counted"},
    Refused{"enable.partition.eof", "it tells that the end of a partition was reached"},
    Refused{"delivery.report.only.error", "the offset of a log record comes with its delivery report"},
    Refused{"log.connection.close", "a producer whose connection broke while it committed must be told"},
    Refused{"queue.buffering.max.messages", "the bounds of an epoch bound it: epoch.records and epoch.bytes"},
    Refused{"queue.buffering.max.kbytes", "the bounds of an epoch bound it: epoch.records and epoch.bytes"},
    Refused{"plugin.library.paths", "code from elsewhere may change any of these"},
};

const KafkaOptions& role_options(KafkaRole role) {
  // allow.auto.create.topics: a topic that is asked for by name must not come to be by that.
  static const KafkaOptions admin = {{"socket.nagle.disable", "true"}, {"allow.auto.create.topics", "false"}};
  // queued.max.messages.kbytes: of each partition that is read, by whoever does not say how many these are.
  // auto.offset.reset=error: with `earliest` an offset beyond the end of a topic was reset to its beginning without a word.
  static const KafkaOptions reader = {{"socket.nagle.disable", "true"},       {"enable.auto.commit", "false"},
                                      {"enable.auto.offset.store", "false"},  {"auto.offset.reset", "error"},
                                      {"auto.commit.enable", "false"},        {"group.id", "reckoner-reader"},
                                      {"isolation.level", "read_committed"},  {"check.crcs", "true"},
                                      {"enable.partition.eof", "true"},       {"allow.auto.create.topics", "false"},
                                      {"queued.max.messages.kbytes", "2048"}, {"fetch.wait.max.ms", "100"},
                                      {"fetch.error.backoff.ms", "20"},       {"topic.metadata.refresh.interval.ms", "30000"}};
  static const KafkaOptions member = {{"socket.nagle.disable", "true"},
                                      {"enable.auto.commit", "false"},
                                      {"enable.auto.offset.store", "false"},
                                      {"auto.offset.reset", "error"},
                                      {"partition.assignment.strategy", "range"},
                                      {"session.timeout.ms", "6000"},
                                      {"heartbeat.interval.ms", "1000"},
                                      {"allow.auto.create.topics", "false"},
                                      {"topic.metadata.refresh.interval.ms", "30000"}};
  // message.timeout.ms: what is not delivered by then is aborted in order, before transaction.timeout.ms has brokers end the transaction, after which a
  // producer is fenced and all its shards are acquired anew. librdkafka looks for late messages once a second, and an abort took up to 1.3 s: with 9000
  // it was answered 9.5 to 10.8 s after the transaction began, with 8000 after 8.1 to 9.5 s.
  // message.max.bytes: as the topics that `topics create` makes. A rejected record of 1 MiB is sent whole, with what is wrong with it.
  // retry.backoff.ms: directly after a commit the group's coordinator answers "concurrent transactions" while markers are being written, and
  // the default would wait 100 ms before it is asked again.
  static const KafkaOptions producer = {{"socket.nagle.disable", "true"},
                                        {"linger.ms", "0"},
                                        {"transaction.timeout.ms", "10000"},
                                        {"message.timeout.ms", "8000"},
                                        {"retry.backoff.ms", "5"},
                                        {"compression.codec", "lz4"},
                                        {"message.max.bytes", std::to_string(kMessageBytesMax)},
                                        {"queue.buffering.max.messages", "10000000"},
                                        {"queue.buffering.max.kbytes", "2097151"}};
  switch (role) {
    case KafkaRole::kAdmin:
      return admin;
    case KafkaRole::kReader:
      return reader;
    case KafkaRole::kMember:
      return member;
    case KafkaRole::kProducer:
      break;
  }
  return producer;
}

// What sasl.mechanism says; empty where nothing does.
std::string_view mechanism_of(const KafkaOptions& options) {
  std::string_view mechanism;
  for (const auto& [name, value] : options) {
    if (name == "sasl.mechanism" || name == "sasl.mechanisms") mechanism = value;
  }
  return mechanism;
}

bool has(const KafkaOptions& options, std::string_view name, std::string_view value) {
  return std::any_of(options.begin(), options.end(), [&](const auto& option) { return option.first == name && option.second == value; });
}

// A token is renewed while the job runs, so that it is no option of librdkafka's. It is read here once, so that what is wrong with it is said at once.
std::optional<std::string> token_problem(const KafkaSettings& settings) {
  const std::string& source = settings.token_source;
  const bool by_token = logs_in_by_token(settings);
  if (source.empty()) {
    const bool has_other =
        has(settings.librdkafka, "sasl.oauthbearer.method", "oidc") || has(settings.librdkafka, "enable.sasl.oauthbearer.unsecure.jwt", "true");
    if (!by_token || has_other) return std::nullopt;
    return fmt::format("sasl.mechanism=OAUTHBEARER needs a token; add {}=file:PATH, or sasl.oauthbearer.method=oidc and what belongs to it", kToken);
  }
  if (!by_token) return fmt::format("{} is for sasl.mechanism=OAUTHBEARER alone; set that too, or leave the token out", kToken);
  if (!stands_elsewhere(source))
    return fmt::format("{}: a token ends, and is renewed elsewhere: write where it is to be had, file:PATH or env:NAME", kToken);
  SystemClock clock;
  const Result<KafkaToken> token = read_kafka_token(source, clock.wall_ms());
  return token ? std::nullopt : std::optional(fmt::format("{}: {}", kToken, token.error().text));
}

}  // namespace

std::string shown_setting(std::string_view text) {
  constexpr std::array<std::string_view, 5> kSecrets = {"password", "secret", "ssl.key.pem", "oauthbearer.config", "jaas"};
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return std::string(text);
  const std::string_view name = text.substr(0, equals);
  const std::string_view value = text.substr(equals + 1);
  const bool secret = name == kToken ||
                      std::any_of(kSecrets.begin(), kSecrets.end(), [&](std::string_view part) { return name.find(part) != std::string_view::npos; });
  if (!secret || stands_elsewhere(value)) return std::string(text);
  return fmt::format("{}=(hidden)", name);
}

Result<KafkaSettings> make_kafka_settings(std::string brokers, const std::vector<std::string>& added) {
  KafkaSettings settings{std::move(brokers), {}, {}};
  std::vector<std::string> problems;
  for (const std::string& text : added) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      problems.push_back(fmt::format("kafka.settings: '{}': write it as name=value", text));
      continue;
    }
    const std::string name = text.substr(0, equals);
    const auto refused = std::find_if(kRefused.begin(), kRefused.end(), [&](const Refused& entry) { return entry.name == name; });
    if (refused != kRefused.end()) {
      problems.push_back(fmt::format("kafka.settings: {} cannot be set: {}", name, refused->reason));
      continue;
    }
    if (name == kToken) {
      settings.token_source = text.substr(equals + 1);
      continue;
    }
    Result<std::string> value = secret_value(std::string_view(text).substr(equals + 1));
    if (!value) {
      problems.push_back(fmt::format("kafka.settings: {}: {}", name, value.error().text));
      continue;
    }
    settings.librdkafka.emplace_back(name, std::move(*value));
  }
  if (const std::optional<std::string> problem = token_problem(settings)) problems.push_back("kafka.settings: " + *problem);
  if (!problems.empty()) return fail(ErrorKind::kConfiguration, fmt::format("{}", fmt::join(problems, "\n")));
  return settings;
}

bool logs_in_by_token(const KafkaSettings& settings) { return mechanism_of(settings.librdkafka) == "OAUTHBEARER"; }

// librdkafka asks for no more of a partition of which so much waits, and looks again a second later: what waits must last until then.
KafkaOptions queue_options(const KafkaSettings& settings, std::size_t partitions) {
  constexpr std::string_view kName = "queued.max.messages.kbytes";
  constexpr std::size_t kTogetherKib = std::size_t{256} << 10U;
  constexpr std::size_t kLeastKib = 2048;
  constexpr std::size_t kMostKib = 16384;
  if (std::any_of(settings.librdkafka.begin(), settings.librdkafka.end(), [&](const auto& option) { return option.first == kName; })) return {};
  return {{std::string(kName), std::to_string(std::clamp(kTogetherKib / std::max<std::size_t>(partitions, 1), kLeastKib, kMostKib))}};
}

KafkaOptions client_options(const KafkaSettings& settings, KafkaRole role, const KafkaOptions& own) {
  KafkaOptions options = {{"bootstrap.servers", settings.brokers}};
  const KafkaOptions& of_role = role_options(role);
  options.insert(options.end(), of_role.begin(), of_role.end());
  options.insert(options.end(), settings.librdkafka.begin(), settings.librdkafka.end());
  options.insert(options.end(), own.begin(), own.end());
  return options;
}

}  // namespace reckoner
