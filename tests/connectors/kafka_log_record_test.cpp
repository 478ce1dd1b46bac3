// The stored form of log records, and which sections a reader takes as valid.
#include "connectors/kafka_log_record.hpp"

#include "connectors/kafka_gap.hpp"
#include "connectors/kafka_log_scan.hpp"
#include "engine/decision_stream.hpp"
#include "support/catch.hpp"

namespace reckoner::testing {

namespace {

LogRecord two_sections() {
  LogRecord record{0x1122334455667788U, "slot-a", {}};
  record.sections.push_back({3, SectionKind::kTakeover, {2, 8}, {1, 7}, {}, {}});
  record.sections.push_back({4, SectionKind::kEpoch, {5, 100}, {5, 99}, {12, 0}, std::string("\0decisions", 10)});
  return record;
}

LogSection section(SectionKind kind, EpochId id, EpochId previous, std::string decisions = {}) {
  return {0, kind, id, previous, {}, std::move(decisions)};
}

}  // namespace

TEST_CASE("a log record reads back as it was written") {
  const LogRecord record = two_sections();
  const auto back = decode_log_record(encode(record));
  REQUIRE(back);
  CHECK(*back == record);
}

TEST_CASE("no byte of a log record can be changed, added or left out unnoticed") {
  const std::string stored = encode(two_sections());
  for (std::size_t at = 0; at < stored.size(); ++at) {
    std::string changed = stored;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    CHECK(!decode_log_record(changed));
    CHECK(!decode_log_record(std::string_view(stored).substr(0, at)));
  }
  CHECK(!decode_log_record(stored + '\0'));
}

TEST_CASE("a log record about input that is gone reads back, and says that older programs do not know it") {
  const std::vector<AcceptedGap> gaps = {{"seed.events", 3, 120, 499, "disks were full"}, {"other", 3, 7, 7, ""}};
  LogRecord record = two_sections();
  CHECK(encode(record)[0] == 1);
  record.sections.push_back({5, SectionKind::kGap, {5, 101}, {5, 100}, {}, encode(gaps)});
  CHECK(encode(record)[0] == 2);
  const auto back = decode_log_record(encode(record));
  REQUIRE(back);
  CHECK(*back == record);
  const auto gaps_back = decode_gaps(back->sections.back().decisions);
  REQUIRE(gaps_back);
  CHECK(*gaps_back == gaps);
  const std::string stored = encode(gaps);
  for (std::size_t length = 0; length < stored.size(); ++length) CHECK(!decode_gaps(std::string_view(stored).substr(0, length)));
  CHECK(!decode_gaps(stored + "x"));
}

TEST_CASE("a history keeps what was accepted as gone, and counts it among its sections") {
  ShardHistory history(true);
  REQUIRE(history.add(section(SectionKind::kEpoch, {1, 1}, {0, 0}, "first"), "a", 10));
  REQUIRE(history.add(section(SectionKind::kGap, {1, 2}, {1, 1}, encode({{"seed.events", 0, 5, 9, "why"}})), "a", 11));
  REQUIRE(history.add(section(SectionKind::kGap, {1, 2}, {1, 1}, encode({{"seed.events", 0, 5, 99, "void"}})), "b", 12));
  REQUIRE(history.add(section(SectionKind::kEpoch, {1, 3}, {1, 2}, "second"), "a", 13));
  CHECK(history.epochs().size() == 2);
  REQUIRE(history.gaps().size() == 1);
  CHECK(history.gaps()[0].id == EpochId{1, 2});
  CHECK(history.gaps()[0].slot == "a");
  CHECK(history.gaps()[0].gap == AcceptedGap{"seed.events", 0, 5, 9, "why"});
  const auto damaged = history.add(section(SectionKind::kGap, {1, 4}, {1, 3}, "short"), "a", 14);
  REQUIRE(!damaged);
  CHECK(damaged.error().kind == ErrorKind::kCorruption);
}

TEST_CASE("a range of offsets is written as it is read") {
  const auto gap = parse_range("seed.events/3:120-499");
  REQUIRE(gap);
  CHECK(*gap == AcceptedGap{"seed.events", 3, 120, 499, ""});
  CHECK(range_text(*gap) == "seed.events/3:120-499");
  CHECK(parse_range("a-b/0:7-7"));
  for (const char* const text : {"", "seed.events", "seed.events/3", "seed.events/3:120", "/3:1-2", "seed.events/x:1-2", "seed.events/3:2-1",
                                 "seed.events/3:1-2x", "seed.events/3:-1-2", "seed.events/3:1-99999999999999999999"}) {
    const auto refused = parse_range(text);
    REQUIRE(!refused);
    CHECK(refused.error().text.find("TOPIC/PARTITION:FROM-TO") != std::string::npos);
  }
}

TEST_CASE("of two takeovers of the same section the first in the log is valid, and what follows the other is not") {
  ShardHistory history(true);
  REQUIRE(history.add(section(SectionKind::kEpoch, {1, 1}, {0, 0}, "first"), "a", 10));
  REQUIRE(history.add(section(SectionKind::kTakeover, {2, 2}, {1, 1}), "b", 11));
  REQUIRE(history.add(section(SectionKind::kTakeover, {2, 2}, {1, 1}), "c", 12));
  CHECK(history.last_id() == EpochId{2, 2});
  CHECK(history.last_offset() == 11);
  CHECK(history.last_slot() == "b");
  REQUIRE(history.add(section(SectionKind::kEpoch, {2, 3}, {2, 2}, "second"), "b", 13));
  REQUIRE(history.epochs().size() == 2);
  CHECK(history.epochs()[1].decisions == "second");
  CHECK(history.epochs()[1].offset == 13);
}

TEST_CASE("a history that begins in the middle of the log begins with an epoch, since a takeover may be void") {
  ShardHistory history(false);
  REQUIRE(history.add(section(SectionKind::kTakeover, {7, 70}, {6, 69}), "void", 5));
  CHECK(!history.reaches_back());
  REQUIRE(history.add(section(SectionKind::kEpoch, {6, 70}, {6, 69}, "epoch"), "a", 6));
  CHECK(history.reaches_back());
  CHECK(history.last_id() == EpochId{6, 70});
  REQUIRE(history.add(section(SectionKind::kRelease, {6, 71}, {6, 70}), "a", 7));
  CHECK(history.last_kind() == SectionKind::kRelease);
  CHECK(history.epochs().size() == 1);
}

TEST_CASE("shards share log partitions in order, and every partition has some") {
  const KafkaLogPlace place{"log", 3, 8, 0};
  std::vector<std::int32_t> partitions;
  for (std::uint32_t shard = 0; shard < place.shards; ++shard) partitions.push_back(place.partition_of(shard));
  CHECK(partitions == std::vector<std::int32_t>{0, 0, 0, 1, 1, 1, 2, 2});
}

TEST_CASE("what a slot commits without a takeover is told") {
  ShardHistory history(true);
  REQUIRE(history.add(section(SectionKind::kTakeover, {1, 1}, {0, 0}), "a", 1));
  REQUIRE(history.add(section(SectionKind::kEpoch, {1, 2}, {1, 1}), "a", 2));
  REQUIRE(history.add(section(SectionKind::kTakeover, {2, 3}, {1, 2}), "b", 3));
  REQUIRE(history.add(section(SectionKind::kEpoch, {2, 4}, {2, 3}), "b", 4));
  CHECK(history.without_takeover().empty());
  REQUIRE(history.add(section(SectionKind::kEpoch, {2, 5}, {2, 4}), "a", 5));
  CHECK(history.without_takeover() == std::vector<EpochId>{{2, 5}});
}

TEST_CASE("a history begins with an epoch whose decisions are whole") {
  DecisionRecord record;
  record.id = {1, 1};
  for (std::uint32_t partition = 0; partition < 8; ++partition) record.partitions.emplace_back().id = {0, partition};
  DecisionWriter writer;
  ShardHistory history(false);
  ShardHistory last(false, false);
  std::vector<std::string> written;
  for (; record.id.epoch < 70; ++record.id.epoch) {
    written.push_back(writer.write(record));
    if (record.id.epoch == 1) continue;  // before the scan began
    const auto offset = static_cast<std::int64_t>(record.id.epoch);
    const LogSection added = section(SectionKind::kEpoch, record.id, {1, record.id.epoch - 1}, written.back());
    REQUIRE(history.add(added, "a", offset));
    REQUIRE(last.add(added, "a", offset));
    CHECK(history.lacks_epochs() == (record.id.epoch < 65));
  }
  CHECK(history.last_id() == EpochId{1, 69});
  REQUIRE(history.epochs().size() == 5);
  CHECK(last.epochs().size() == 5);
  CHECK(whole_before(history.epochs(), 4) == 0);
  const auto decisions = decisions_of(history.epochs(), 3);
  REQUIRE(decisions);
  CHECK(decisions->id == EpochId{1, 68});
  CHECK(decisions->partitions == record.partitions);
}

}  // namespace reckoner::testing
