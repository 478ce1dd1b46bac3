#include "connectors/kafka_shard_log.hpp"

#include "support/catch.hpp"

namespace reckoner::testing {

TEST_CASE("coming back from a shard's log ends when the shard is given up, and tells how much is left") {
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
  CHECK(log.epochs_left() == 3);
  std::vector<std::size_t> left;
  const auto visitor = [&](const DecisionRecord&) -> Result<void> {
    left.push_back(log.epochs_left());
    if (left.size() == 2) log.stop();
    return {};
  };
  const auto read = log.read({}, visitor);
  CHECK(left == std::vector<std::size_t>{3, 2});
  REQUIRE(!read);
  CHECK(read.error().retry == Retry::kLater);
}

}  // namespace reckoner::testing
