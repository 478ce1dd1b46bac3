// Membership in a group of librdkafka's own stand-in for a broker.
#include "connectors/kafka_group.hpp"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <memory>

#include "connectors/system_clock.hpp"
#include "support/catch.hpp"

namespace reckoner::testing {

namespace {

constexpr int kServeMs = 20;
constexpr std::int64_t kPatienceNs = 60'000'000'000;

class MockBroker {
 public:
  MockBroker() : client_(*KafkaClient::make({"127.0.0.1:1", {}, {}}, KafkaRole::kAdmin)), cluster_(rd_kafka_mock_cluster_new(client_->handle(), 1)) {
    rd_kafka_mock_topic_create(cluster_, "events", 8, 1);
  }
  ~MockBroker() { rd_kafka_mock_cluster_destroy(cluster_); }
  MockBroker(const MockBroker&) = delete;
  MockBroker& operator=(const MockBroker&) = delete;

  [[nodiscard]] std::unique_ptr<KafkaGroup> join(const std::string& slot) const {
    auto joined = KafkaGroup::join({rd_kafka_mock_cluster_bootstraps(cluster_), {}, {}}, "job", slot, {"events"}, "events", [] {});
    REQUIRE(joined);
    return std::move(*joined);
  }

 private:
  std::unique_ptr<KafkaClient> client_;
  rd_kafka_mock_cluster_s* cluster_;
};

// Until the group is as asked for.
template <typename Wanted>
void serve(KafkaGroup& group, const Wanted& wanted) {
  const std::int64_t end = SystemClock().monotonic_ns() + kPatienceNs;
  while (!wanted()) {
    REQUIRE(SystemClock().monotonic_ns() < end);
    REQUIRE(group.serve(kServeMs));
  }
}

}  // namespace

TEST_CASE("a member goes away also while an assignment waits to be served") {
  const MockBroker broker;
  std::unique_ptr<KafkaGroup> first = broker.join("first");
  const std::unique_ptr<KafkaGroup> second = broker.join("second");
  // The first one, which is never served, is sent its own at the same time.
  serve(*second, [&] { return second->assignment() != nullptr && second->assignment()->shards.size() == 4; });
  REQUIRE(second->serve(10 * kServeMs));
  first.reset();
}

}  // namespace reckoner::testing
