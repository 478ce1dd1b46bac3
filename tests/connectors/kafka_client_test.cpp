// What a client makes of the errors that librdkafka tells of its connections; the texts are those of 2.0.2.
#include "connectors/kafka_client.hpp"

#include <librdkafka/rdkafka.h>

#include "support/catch.hpp"

namespace reckoner::testing {

namespace {

constexpr int kTransport = RD_KAFKA_RESP_ERR__TRANSPORT;

std::unique_ptr<KafkaClient> producer() {
  auto made = KafkaClient::make({"127.0.0.1:1", {}, {}}, KafkaRole::kProducer, {{"transactional.id", "a"}});
  REQUIRE(made);
  return std::move(*made);
}

}  // namespace

TEST_CASE("a producer that lost its coordinator once has lost it for good") {
  for (const char* const reason : {"TxnCoordinator: 127.0.0.1:20174: Disconnected (after 1036ms in state UP)",
                                   "TxnCoordinator: 127.0.0.1:20174: 1 request(s) timed out: disconnect (after 1036ms in state UP)",
                                   "TxnCoordinator: 127.0.0.1:20174: Receive failed: Connection reset by peer (after 1036ms in state UP)"}) {
    const auto client = producer();
    CHECK(!client->has_lost_coordinator());
    client->note_trouble(kTransport, reason);
    CHECK(client->has_lost_coordinator());
    CHECK(client->has_lost_coordinator());
  }
}

TEST_CASE("a coordinator is not lost by what was no connection to it") {
  const auto client = producer();
  client->note_trouble(kTransport, "127.0.0.1:20174/1: Disconnected (after 1036ms in state UP)");
  client->note_trouble(kTransport,
                       "TxnCoordinator: localhost:9092: Connect to ipv6#[::1]:9092 failed: Connection refused (after 0ms in state CONNECT)");
  client->note_trouble(RD_KAFKA_RESP_ERR__RESOLVE, "TxnCoordinator: kafka-1:9092: Failed to resolve 'kafka-1:9092': Name or service not known");
  client->note_trouble(kTransport, "TxnCoordinator: kafka-1:9092: Connection setup timed out in state CONNECT (after 30029ms in state CONNECT)");
  CHECK(!client->has_lost_coordinator());
  CHECK(client->take_lost_connection());
}

}  // namespace reckoner::testing
