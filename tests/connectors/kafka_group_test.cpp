// Membership in a group of librdkafka's own stand-in for a broker.
#include "connectors/kafka_group.hpp"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <memory>
#include <string>

#include "connectors/system_clock.hpp"
#include "support/catch.hpp"

namespace reckoner::testing {

namespace {

constexpr int kServeMs = 20;
constexpr std::int64_t kPatienceNs = 15'000'000'000;  // the group waits 3 s for members before it divides what there is
constexpr int kAttempts = 5;

class MockBroker {
 public:
  MockBroker() : client_(*KafkaClient::make({"127.0.0.1:1", {}, {}}, KafkaRole::kAdmin)), cluster_(rd_kafka_mock_cluster_new(client_->handle(), 1)) {
    rd_kafka_mock_topic_create(cluster_, "events", 8, 1);
  }
  ~MockBroker() { rd_kafka_mock_cluster_destroy(cluster_); }
  MockBroker(const MockBroker&) = delete;
  MockBroker& operator=(const MockBroker&) = delete;

  [[nodiscard]] std::unique_ptr<KafkaGroup> join(const std::string& job, const std::string& slot) const {
    auto joined = KafkaGroup::join({rd_kafka_mock_cluster_bootstraps(cluster_), {}, {}}, job, slot, {"events"}, "events", [] {});
    REQUIRE(joined);
    return std::move(*joined);
  }

 private:
  std::unique_ptr<KafkaClient> client_;
  rd_kafka_mock_cluster_s* cluster_;
};

// Until the group has divided the partitions among two; false when it does not.
bool serve_until_divided(KafkaGroup& group) {
  const std::int64_t end = SystemClock().monotonic_ns() + kPatienceNs;
  while (group.assignment() == nullptr || group.assignment()->shards.size() != 4) {
    if (SystemClock().monotonic_ns() > end) return false;
    REQUIRE(group.serve(kServeMs));
  }
  return true;
}

}  // namespace

TEST_CASE("a member goes away also while an assignment waits to be served") {
  const MockBroker broker;
  bool divided = false;
  // A second member that comes too late for the first division waits for the first to be served, which it never is.
  for (int attempt = 0; attempt < kAttempts && !divided; ++attempt) {
    const std::string job = "job" + std::to_string(attempt);
    std::unique_ptr<KafkaGroup> first = broker.join(job, "first");
    const std::unique_ptr<KafkaGroup> second = broker.join(job, "second");
    // The first one is sent its own at the same time.
    divided = serve_until_divided(*second);
    REQUIRE(second->serve(10 * kServeMs));
    first.reset();
  }
  CHECK(divided);
}

}  // namespace reckoner::testing
