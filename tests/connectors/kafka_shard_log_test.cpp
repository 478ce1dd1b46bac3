#include "connectors/kafka_shard_log.hpp"

#include <atomic>

#include "support/catch.hpp"

namespace reckoner::testing {

TEST_CASE("coming back from a shard's log ends when the process is asked to end") {
  AcquiredShard acquired;
  for (std::uint64_t epoch = 1; epoch <= 3; ++epoch) {
    DecisionRecord record;
    record.id = {1, epoch};
    REQUIRE(
        acquired.history
            .add({0, SectionKind::kEpoch, record.id, {epoch == 1 ? 0U : 1U, epoch - 1}, {}, encode(record)}, "a", static_cast<std::int64_t>(epoch))
            .has_value());
  }
  KafkaShardLog log(std::move(acquired), 1);
  std::atomic<bool> stop = false;
  log.stop_at(&stop);
  int visited = 0;
  const auto read = log.read({}, [&](const DecisionRecord&) -> Result<void> {
    stop = ++visited == 2;
    return {};
  });
  CHECK(visited == 2);
  REQUIRE(!read);
  CHECK(read.error().retry == Retry::kLater);
}

}  // namespace reckoner::testing
