// Settings that users add, and what error codes ask of them.
#include "connectors/kafka_settings.hpp"

#include <librdkafka/rdkafka.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <memory>

#include "connectors/kafka_client.hpp"
#include "connectors/kafka_error.hpp"
#include "support/catch.hpp"
#include "support/scratch_directory.hpp"

namespace reckoner::testing {

namespace {

std::string value_of(const KafkaOptions& options, const std::string& name) {
  std::string value;
  for (const auto& [key, text] : options) {
    if (key == name) value = text;  // the last counts, as librdkafka takes them
  }
  return value;
}

// As librdkafka has it, whoever set it.
std::string effective(const KafkaClient& client, const char* name) {
  std::array<char, 256> text{};
  std::size_t size = text.size();
  const rd_kafka_conf_res_t found = rd_kafka_conf_get(rd_kafka_conf(client.handle()), name, text.data(), &size);
  return found == RD_KAFKA_CONF_OK ? std::string(text.data()) : "(unknown)";
}

struct Expected {
  const char* name;
  const char* value;
};

void check_all(KafkaRole role, const KafkaOptions& own, std::initializer_list<Expected> table) {
  const auto client = KafkaClient::make({"127.0.0.1:1", {}, {}}, role, own);
  REQUIRE(client);
  for (const auto& [name, value] : table) {
    INFO(name);
    CHECK(effective(**client, name) == value);
  }
}

std::int64_t number(const KafkaClient& client, const char* name) { return std::stoll(effective(client, name)); }

}  // namespace

// What exactly-once, fail-over and latency were designed and measured with. A default of librdkafka that they stand on is in it too: a newer one may have
// another.
TEST_CASE("readers have the settings that nothing is lost with") {
  // Of each partition 2 MiB are fetched ahead, not 16 of each consumer: there is a queue for each.
  check_all(KafkaRole::kReader, {},
            {{"enable.auto.commit", "false"},
             {"enable.auto.offset.store", "false"},
             {"auto.offset.reset", "error"},
             {"isolation.level", "read_committed"},
             {"check.crcs", "true"},
             {"enable.partition.eof", "true"},
             {"queued.max.messages.kbytes", "2048"},
             {"fetch.message.max.bytes", "1048576"},
             {"fetch.wait.max.ms", "100"},
             {"socket.nagle.disable", "true"},
             {"topic.metadata.refresh.interval.ms", "30000"},
             {"allow.auto.create.topics", "false"}});
}

TEST_CASE("members have the settings that shards move by in time") {
  // A session of 6 s, the least that brokers allow unless told otherwise: a killed process is missed so long.
  check_all(KafkaRole::kMember, {{"group.id", "job"}, {"group.instance.id", "a"}},
            {{"partition.assignment.strategy", "range"},
             {"group.instance.id", "a"},
             {"session.timeout.ms", "6000"},
             {"heartbeat.interval.ms", "1000"},
             {"max.poll.interval.ms", "300000"},
             {"enable.auto.commit", "false"},
             {"enable.auto.offset.store", "false"},
             {"auto.offset.reset", "error"},
             {"socket.nagle.disable", "true"},
             {"topic.metadata.refresh.interval.ms", "30000"},
             {"allow.auto.create.topics", "false"}});
}

TEST_CASE("producers have the settings that a transaction is safe and quick with") {
  // No linger: an epoch is one batch already, and each millisecond is one of an alert's.
  check_all(KafkaRole::kProducer, {{"transactional.id", "job-a-0"}},
            {{"transactional.id", "job-a-0"},
             {"enable.idempotence", "true"},
             {"acks", "-1"},
             {"max.in.flight", "5"},
             {"linger.ms", "0"},
             {"retry.backoff.ms", "5"},
             {"compression.codec", "lz4"},
             {"transaction.timeout.ms", "10000"},
             {"message.timeout.ms", "8000"},
             {"socket.nagle.disable", "true"}});
}

TEST_CASE("a message times out early enough for its transaction to be aborted before brokers end it, also with settings of the user's") {
  constexpr std::int64_t kLookMs = 1000;   // librdkafka's, for messages that are late
  constexpr std::int64_t kAbortMs = 1000;  // to be left for the abort, at least
  for (const std::vector<std::pair<std::string, std::string>>& added :
       {std::vector<std::pair<std::string, std::string>>{}, {{"transaction.timeout.ms", "30000"}}}) {
    const auto client = KafkaClient::make({"127.0.0.1:1", added, {}}, KafkaRole::kProducer, {{"transactional.id", "t"}});
    REQUIRE(client);
    CHECK(number(**client, "message.timeout.ms") + kLookMs + kAbortMs <= number(**client, "transaction.timeout.ms"));
    CHECK(number(**client, "socket.timeout.ms") < number(**client, "transaction.timeout.ms"));
  }
  const auto longer = KafkaClient::make({"127.0.0.1:1", {{"message.timeout.ms", "11000"}}, {}}, KafkaRole::kProducer, {{"transactional.id", "t"}});
  REQUIRE(!longer);
  CHECK(longer.error().text.find("message.timeout.ms") != std::string::npos);
}

TEST_CASE("settings that would break exactly-once are refused by name, all at once, with the reason") {
  const auto settings = make_kafka_settings("b:9092", {"enable.auto.commit=true", "linger.ms=3", "isolation.level=read_uncommitted", "nonsense"});
  REQUIRE(!settings);
  CHECK(settings.error().kind == ErrorKind::kConfiguration);
  for (const char* part : {"enable.auto.commit cannot be set", "isolation.level cannot be set", "'nonsense': write it as name=value"})
    CHECK(settings.error().text.find(part) != std::string::npos);
  CHECK(settings.error().text.find("linger.ms") == std::string::npos);
}

TEST_CASE("every name of a setting that would commit offsets, or make topics, by itself is refused") {
  for (const char* name : {"enable.auto.commit", "auto.commit.enable", "enable.auto.offset.store", "offset.store.method", "auto.offset.reset",
                           "allow.auto.create.topics", "group.id", "group.instance.id", "transactional.id", "isolation.level", "enable.idempotence",
                           "acks", "request.required.acks", "max.in.flight", "max.in.flight.requests.per.connection", "partition.assignment.strategy",
                           "bootstrap.servers", "metadata.broker.list", "plugin.library.paths"}) {
    INFO(name);
    CHECK(!make_kafka_settings("b:9092", {std::string(name) + "=1"}));
  }
}

TEST_CASE("a secret is shown to nobody, where it is to be found is") {
  CHECK(shown_setting("sasl.password=x=y") == "sasl.password=(hidden)");
  CHECK(shown_setting("ssl.keystore.password=x") == "ssl.keystore.password=(hidden)");
  CHECK(shown_setting("ssl.key.pem=x") == "ssl.key.pem=(hidden)");
  CHECK(shown_setting("sasl.oauthbearer.client.secret=x") == "sasl.oauthbearer.client.secret=(hidden)");
  CHECK(shown_setting("sasl.oauthbearer.token=x.y.z") == "sasl.oauthbearer.token=(hidden)");
  CHECK(shown_setting("sasl.oauthbearer.token=file:/run/token") == "sasl.oauthbearer.token=file:/run/token");
  CHECK(shown_setting("sasl.oauthbearer.token.endpoint.url=https://x") == "sasl.oauthbearer.token.endpoint.url=https://x");
  CHECK(shown_setting("sasl.password=env:NAME") == "sasl.password=env:NAME");
  CHECK(shown_setting("sasl.password=file:/run/secret") == "sasl.password=file:/run/secret");
  CHECK(shown_setting("sasl.username=alice") == "sasl.username=alice");
  CHECK(shown_setting("nonsense") == "nonsense");
}

TEST_CASE("any other setting is added, and secrets are taken from the environment or a file") {
  const ScratchDirectory scratch;
  std::ofstream(scratch.inner("password")) << "from-file\n";
  ::setenv("RECKONER_TEST_SECRET", "from-environment", 1);
  const auto settings =
      make_kafka_settings("b:9092", {"linger.ms=3", "sasl.username=env:RECKONER_TEST_SECRET", "sasl.password=file:" + scratch.inner("password")});
  REQUIRE(settings);
  const KafkaOptions options = client_options(*settings, KafkaRole::kProducer, {{"transactional.id", "job-a-0"}});
  CHECK(value_of(options, "bootstrap.servers") == "b:9092");
  CHECK(value_of(options, "linger.ms") == "3");
  CHECK(value_of(options, "sasl.username") == "from-environment");
  CHECK(value_of(options, "sasl.password") == "from-file");
  CHECK(value_of(options, "transactional.id") == "job-a-0");
  CHECK(!make_kafka_settings("b:9092", {"sasl.password=env:RECKONER_TEST_NO_SUCH"}));
  CHECK(!make_kafka_settings("b:9092", {"sasl.password=file:" + scratch.inner("none")}));
}

TEST_CASE("every client of the defaults can be made, and a setting that librdkafka does not have is named") {
  const KafkaSettings settings{"127.0.0.1:1", {}};
  CHECK(KafkaClient::make(settings, KafkaRole::kAdmin));
  CHECK(KafkaClient::make(settings, KafkaRole::kReader));
  CHECK(KafkaClient::make(settings, KafkaRole::kMember, {{"group.id", "g"}, {"group.instance.id", "a"}}));
  CHECK(KafkaClient::make(settings, KafkaRole::kProducer, {{"transactional.id", "t"}}));
  const auto wrong = KafkaClient::make({"127.0.0.1:1", {{"no.such.setting", "1"}}}, KafkaRole::kReader);
  REQUIRE(!wrong);
  CHECK(wrong.error().text.find("no.such.setting") != std::string::npos);
}

TEST_CASE("who cannot log in by SCRAM because of this librdkafka is told so, and by another mechanism is not") {
  for (const bool scram : {true, false}) {
    const KafkaSettings settings{"127.0.0.1:1",
                                 {{"security.protocol", "sasl_plaintext"},
                                  {"sasl.mechanism", scram ? "SCRAM-SHA-256" : "PLAIN"},
                                  {"sasl.username", "alice"},
                                  {"sasl.password", "x"}}};
    const auto client = KafkaClient::make(settings, KafkaRole::kAdmin);
    REQUIRE(client);
    static_cast<void>((*client)->take_trouble());
    (*client)->note_trouble(RD_KAFKA_RESP_ERR__AUTHENTICATION, "invalid credentials");
    const auto trouble = (*client)->take_trouble();
    REQUIRE(trouble);
    CHECK((trouble->text.find("cannot log in by SCRAM") != std::string::npos) == (scram && rd_kafka_version() < 0x020601ff));
  }
}

TEST_CASE("a missing right is an error of configuration that names it, a broker that is away is not") {
  CHECK(kafka_error(RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "x").text.find("WRITE on the transactional id") != std::string::npos);
  CHECK(kafka_error(RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, "x").kind == ErrorKind::kConfiguration);
  CHECK(kafka_error(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "x").retry == Retry::kNever);
  CHECK(kafka_error(RD_KAFKA_RESP_ERR__TRANSPORT, "x").retry == Retry::kLater);
  CHECK(kafka_error(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "write to topic a").text.find("grant WRITE on the topic") != std::string::npos);
  CHECK(kafka_error(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "write to topic a, b").text.find("grant WRITE on each of these topics") !=
        std::string::npos);
  CHECK(kafka_error(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "read a[0]").text.find("grant READ on the topic") != std::string::npos);
  CHECK(is_lasting(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED));
  CHECK(is_lasting(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE));
  CHECK(!is_lasting(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART));
  CHECK(kafka_error(RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, "x").kind == ErrorKind::kData);
}

TEST_CASE("what a group refuses a member for lasts until somebody changes it, and what to change is said") {
  for (const auto& [code, part] : {std::pair{RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT, "set session.timeout.ms in kafka.settings"},
                                   std::pair{RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL, "do not share partitions by range"},
                                   std::pair{RD_KAFKA_RESP_ERR_GROUP_MAX_SIZE_REACHED, "group.max.size"}}) {
    const Error error = kafka_error(code, "be a member of group g");
    INFO(error.text);
    CHECK(error.kind == ErrorKind::kConfiguration);
    CHECK(error.retry == Retry::kNever);
    CHECK(error.text.find(part) != std::string::npos);
  }
}

TEST_CASE("what a reader fetches ahead is bounded for all its partitions together, and by the user where they say so") {
  const auto fetched_ahead = [](std::size_t partitions) { return queue_options({}, partitions).at(0).second; };
  CHECK(fetched_ahead(0) == "16384");
  CHECK(fetched_ahead(16) == "16384");
  CHECK(fetched_ahead(32) == "8192");
  CHECK(fetched_ahead(1000) == "2048");
  const auto own = make_kafka_settings("localhost:1", {"queued.max.messages.kbytes=5000"});
  REQUIRE(own.has_value());
  CHECK(queue_options(*own, 8).empty());
}

}  // namespace reckoner::testing
