#include "connectors/kafka_shard_log.hpp"

#include "support/catch.hpp"
#include "support/fake_clock.hpp"

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
  FakeClock clock;
  KafkaShardLog log(std::move(acquired), 1, clock);
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

TEST_CASE("a shard's log tells an epoch from the offset of the last whole one on") {
  AcquiredShard acquired;
  DecisionRecord record;
  for (std::uint32_t partition = 0; partition < 8; ++partition) record.partitions.emplace_back().id = {0, partition};
  DecisionWriter writer;
  for (std::uint64_t epoch = 1; epoch <= 70; ++epoch) {
    record.id = {1, epoch};
    record.previous = {epoch == 1 ? 0U : 1U, epoch - 1};
    record.partitions[0].next.record = epoch;
    REQUIRE(acquired.history.add({0, SectionKind::kEpoch, record.id, record.previous, {}, writer.write(record)}, "a",
                                 static_cast<std::int64_t>(epoch * 10)));
  }
  acquired.takeover = {2, 71};
  FakeClock clock;
  KafkaShardLog log(std::move(acquired), 1, clock);
  CHECK(log.offset_of({1, 64}) == 10);
  CHECK(log.offset_of({1, 66}) == 650);
  CHECK(log.recover()->value() == record);
  CHECK(*log.holds(record));
  record.partitions[0].next.record = 69;
  CHECK(!*log.holds(record));
  std::vector<std::uint64_t> read;
  REQUIRE(log.read({1, 67}, [&](const DecisionRecord& visited) -> Result<void> {
    read.push_back(visited.partitions[0].next.record);
    return {};
  }));
  CHECK(read == std::vector<std::uint64_t>{68, 69, 70});

  // The first epoch of a process is whole, and those behind it are told from there on.
  record.id = {2, 72};
  record.partitions[0].next.record = 71;
  REQUIRE(log.commit(record));
  OutgoingSection first = log.take_staged().value();
  CHECK(is_whole(first.section.decisions));
  first.offset = 720;
  log.settle(std::move(first));
  record.id = {2, 73};
  REQUIRE(log.commit(record));
  OutgoingSection second = log.take_staged().value();
  CHECK(!is_whole(second.section.decisions));
  second.offset = 730;
  log.settle(std::move(second));
  CHECK(log.offset_of({2, 73}) == 720);

  // After an hour one is whole again, so that none depends on what the log has forgotten.
  clock.advance_ms(3'600'000);
  for (const bool whole : {true, false}) {
    ++record.id.epoch;
    REQUIRE(log.commit(record));
    OutgoingSection section = log.take_staged().value();
    CHECK(is_whole(section.section.decisions) == whole);
    section.offset = static_cast<std::int64_t>(record.id.epoch * 10);
    log.settle(std::move(section));
  }
}

}  // namespace reckoner::testing
