// What lies around the copies of a shard's state of a job on topics.
#include "app/kafka_checkpoints.hpp"

#include <memory>
#include <utility>
#include <vector>

#include "engine/memory_checkpoints.hpp"
#include "support/catch.hpp"
#include "support/fake_files.hpp"

namespace reckoner::testing {

TEST_CASE("a shard that is given up reads no further in its checkpoint, which stays as it is") {
  auto memory = std::make_unique<MemoryCheckpoints>();
  CheckpointParts parts;
  for (const std::string_view key : {"a", "b", "c"}) parts.put(key, "value");
  const CheckpointParts* const lists[] = {&parts};
  REQUIRE(memory->write({}, lists));
  FakeFiles files;
  KafkaShardLog log(AcquiredShard{}, 1);
  KafkaCheckpoints checkpoints(std::move(memory), files, "shard-0", log);
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

}  // namespace reckoner::testing
