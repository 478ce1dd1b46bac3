// What a process tells its group of how far its shards have read.
#include "app/kafka_hint.hpp"

#include "support/catch.hpp"
#include "support/fake_clock.hpp"

namespace reckoner::testing {

namespace {

constexpr std::int64_t kLogOffset = 41;

DecisionRecord decisions(std::uint64_t epoch, std::uint64_t next_event, std::uint64_t next_payment) {
  DecisionRecord record;
  record.id = {1, epoch};
  record.partitions.push_back({{0, 0}, {next_event, 0}, 0, true, false, {}});
  record.partitions.push_back({{1, 0}, {next_payment, 0}, 0, true, false, {}});
  record.partitions.push_back({{2, 0}, {99, 0}, 0, true, false, {}});  // handed on by another shard
  return record;
}

std::int64_t offset_of(const std::vector<NextOffset>& offsets, const std::string& topic) {
  std::int64_t found = -1;
  for (const NextOffset& next : offsets) {
    if (next.topic == topic && next.partition == 0) found = next.offset;
  }
  return found;
}

}  // namespace

TEST_CASE("a hint has the next offsets of what is committed, and not of what is decided") {
  const auto client = KafkaClient::make({"127.0.0.1:1", {}, {}}, KafkaRole::kReader);
  REQUIRE(client);
  const JobTopics topics{{"events", "payments"}, {}, "job.log", {}};
  KafkaShards::Live shards;
  KafkaShard& shard = *(shards[0] = std::make_unique<KafkaShard>());
  AcquiredShard acquired;
  acquired.takeover = {1, 0};
  FakeClock clock;
  shard.log = std::make_unique<KafkaShardLog>(std::move(acquired), 1, clock);
  shard.source = std::make_unique<KafkaSource>(**client, topics.inputs, 0, -1, shard.log->stopped());
  const auto nothing = committed_offsets(topics, shards);
  CHECK(nothing.empty());

  REQUIRE(shard.log->commit(decisions(1, 10, 20)));
  std::optional<OutgoingSection> sent = shard.log->take_staged();
  REQUIRE(sent);
  const auto on_its_way = committed_offsets(topics, shards);
  CHECK(on_its_way.empty());

  sent->offset = kLogOffset;
  shard.log->settle(std::move(*sent));
  REQUIRE(shard.log->commit(decisions(2, 11, 22)));
  const auto offsets = committed_offsets(topics, shards);
  CHECK(offsets.size() == 3);
  CHECK(offset_of(offsets, "events") == 10);
  CHECK(offset_of(offsets, "payments") == 20);
  CHECK(offset_of(offsets, "job.log") == kLogOffset + 2);  // behind the record and the mark of its transaction
}

}  // namespace reckoner::testing
