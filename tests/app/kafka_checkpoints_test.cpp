// What lies around the copies of a shard's state of a job on topics.
#include "app/kafka_checkpoints.hpp"

#include <memory>
#include <utility>
#include <vector>

#include "engine/memory_checkpoints.hpp"
#include "support/catch.hpp"
#include "support/fake_clock.hpp"
#include "support/fake_files.hpp"

namespace reckoner::testing {

TEST_CASE("a shard that is given up reads no further in its checkpoint, which stays as it is") {
  auto memory = std::make_unique<MemoryCheckpoints>();
  CheckpointParts parts;
  for (const std::string_view key : {"a", "b", "c"}) parts.put(key, "value");
  const CheckpointParts* const lists[] = {&parts};
  REQUIRE(memory->write({}, lists));
  FakeFiles files;
  FakeClock clock;
  KafkaShardLog log(AcquiredShard{}, 1, clock);
  KafkaCheckpoints checkpoints(std::move(memory), files, "shard-0", log, nullptr);
  const auto is_committed = [](const DecisionRecord&) { return true; };
  std::vector<std::string> warnings;
  std::size_t visited = 0;
  const auto visitor = [&](std::string_view, std::string_view) -> Result<void> {
    if (++visited == 2) log.stop();
    return {};
  };
  const auto restored = checkpoints.restore(is_committed, visitor, warnings);
  REQUIRE(!restored);
  CHECK(restored.error().retry == Retry::kLater);
  CHECK(visited == 2);
  CHECK(warnings.empty());
  CHECK(checkpoints.list(false)->size() == 1);
}

TEST_CASE("what was restored by who never had a copy tells from where on the log is needed") {
  auto memory = std::make_unique<MemoryCheckpoints>();
  CheckpointHeader header;
  header.record.id = {1, 2};
  REQUIRE(memory->write(header, {}));
  FakeFiles files;
  FakeClock clock;
  AcquiredShard acquired;
  for (std::uint64_t epoch = 1; epoch <= 3; ++epoch) {
    DecisionRecord record;
    record.id = {1, epoch};
    REQUIRE(acquired.history.add({0, SectionKind::kEpoch, record.id, {epoch == 1 ? 0U : 1U, epoch - 1}, {}, encode(record)}, "a",
                                 static_cast<std::int64_t>(epoch * 10)));
  }
  KafkaShardLog log(std::move(acquired), 1, clock);
  KafkaCheckpoints checkpoints(std::move(memory), files, "shard-0", log, nullptr);
  REQUIRE(files.make_directories("shard-0"));
  CHECK(!kept_log_offset(files, "shard-0")->has_value());
  std::vector<std::string> warnings;
  const auto restored = checkpoints.restore([](const DecisionRecord&) { return true; }, [](auto, auto) { return Result<void>(); }, warnings);
  REQUIRE(restored);
  CHECK(kept_log_offset(files, "shard-0")->value() == 20);

  REQUIRE(forget_log_offset(files, "shard-0"));
  CHECK(kept_log_offset(files, "shard-0")->value() == 0);
}

}  // namespace reckoner::testing
