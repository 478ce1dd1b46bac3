#include "engine/handed_record.hpp"

#include <string>
#include <vector>

#include "engine/handed_queues.hpp"
#include "engine/watermark.hpp"
#include "support/catch.hpp"

namespace reckoner::testing {

namespace {

constexpr InputId kFirst = 5;  // the reader's number of input 2, handed on

HandedRecord record_of(std::uint32_t shard, std::uint64_t number, std::string_view value) {
  HandedRecord record;
  record.origin = {2, shard};
  record.sender = shard;
  record.record = number;
  record.key_kinds = 6;
  record.watermark_ms = static_cast<std::int64_t>(number) * 10;
  record.value = value;
  return record;
}

// How far each of two shards is read at the end.
std::vector<std::vector<std::int64_t>> ends(std::int64_t first, std::int64_t second) { return {{0, 0, first}, {0, 0, second}}; }

std::string bytes_of(const HandedRecord& record) {
  std::string bytes;
  append(bytes, record);
  return bytes;
}

}  // namespace

TEST_CASE("a record that is handed on comes as it went, and a part of one is none") {
  HandedRecord record = record_of(3, 1234567890123, "{\"a\":1}");
  record.released = true;
  record.watermark_ms = -5;
  record.timestamp_ms = 1'700'000'000'000;
  record.key = "k\n\0y";
  record.headers = "packed";
  record.hop = 3;
  record.sender = 9;
  record.lent = "lent";
  const std::string bytes = bytes_of(record);
  const Result<HandedRecord> again = decode_handed_record(bytes);
  REQUIRE(again.has_value());
  CHECK(again->origin == PartitionId{2, 3});
  CHECK(again->record == record.record);
  CHECK(again->key_kinds == 6);
  CHECK(again->released);
  CHECK(again->watermark_ms == -5);
  CHECK(again->timestamp_ms == record.timestamp_ms);
  CHECK(again->key == record.key);
  CHECK(again->headers == record.headers);
  CHECK(again->hop == 3);
  CHECK(again->sender == 9);
  CHECK(again->lent == "lent");
  CHECK(again->value == record.value);
  const std::size_t without_value = bytes.size() - record.value.size();
  for (std::size_t length = 0; length < without_value; ++length) CHECK(!decode_handed_record(bytes.substr(0, length)).has_value());
  std::string newer = bytes;
  newer[0] = 3;
  CHECK(decode_handed_record(newer).error().text.find("another version") != std::string::npos);
}

TEST_CASE("a record as the version before handed it on comes from where it was read") {
  HandedRecord record = record_of(3, 12, "{}");
  record.key = "key";
  record.headers = "packed";
  const std::string now = bytes_of(record);
  constexpr std::size_t kHop = 34;
  constexpr std::size_t kLengths = kHop + 5;
  std::string before = now.substr(0, kHop) + now.substr(kLengths, 8) + now.substr(kLengths + 12);
  before[0] = 1;
  const Result<HandedRecord> again = decode_handed_record(before);
  REQUIRE(again.has_value());
  CHECK(again->hop == 1);
  CHECK(again->sender == 3);
  CHECK(again->key == "key");
  CHECK(again->headers == "packed");
  CHECK(again->lent.empty());
  CHECK(again->value == "{}");
}

TEST_CASE("records that come through one queue are told apart by where they were read") {
  HandedQueues queues({2}, kFirst, 2, {0}, false);
  REQUIRE(queues.feed(100, bytes_of(record_of(0, 7, "a"))).has_value());
  REQUIRE(queues.feed(101, bytes_of(record_of(1, 3, "b"))).has_value());
  REQUIRE(queues.feed(105, bytes_of(record_of(0, 9, "c"))).has_value());
  HandedRecord told = record_of(0, 20, "");
  told.key_kinds = 0;
  REQUIRE(queues.feed(106, bytes_of(told)).has_value());
  CHECK(queues.has_ended({kFirst, 0}, ends(20, 100)));
  CHECK(!queues.has_ended({kFirst, 0}, ends(21, 0)));
  CHECK(!queues.has_ended({kFirst, 1}, ends(0, 4)));  // a record says nothing of those that may wait behind it
  CHECK(queues.told_watermark({kFirst, 0}) == 200);

  RecordBlock block;
  REQUIRE(queues.take({kFirst, 0}, 1000, block));
  REQUIRE(block.handed_on.size() == 3);
  CHECK(block.partition == PartitionId{2, 0});
  CHECK(block.record(0) == 7);
  CHECK(block.record(1) == 9);
  CHECK(block.string(block.topic_records[1].value) == "c");
  CHECK(!block.topic_records[2].has_value);
  CHECK(block.next_record == 107);
  CHECK(!queues.take({kFirst, 0}, 1000, block));
  REQUIRE(queues.take({kFirst, 1}, 1000, block));
  CHECK(block.next_record == 102);
  CHECK(queues.waiting_bytes() == 0);

  SECTION("what was taken before a restart does not come again") {
    HandedQueues again({2}, kFirst, 2, {0}, false);
    again.resume({kFirst, 0}, {105, 8});
    again.resume({kFirst, 1}, {102, 4});
    CHECK(again.resume_from() == 102);
    CHECK(again.has_ended({kFirst, 0}, ends(8, 100)));
    CHECK(!again.has_ended({kFirst, 0}, ends(9, 0)));
    REQUIRE(again.feed(101, bytes_of(record_of(1, 3, "b"))).has_value());
    REQUIRE(again.feed(104, bytes_of(record_of(0, 8, "x"))).has_value());
    CHECK(again.is_empty({kFirst, 0}));
    CHECK(again.is_empty({kFirst, 1}));
    REQUIRE(again.feed(105, bytes_of(record_of(0, 9, "c"))).has_value());
    CHECK(!again.is_empty({kFirst, 0}));
  }

  SECTION("what no shard of the job can have sent is refused") {
    CHECK(!queues.feed(110, bytes_of(record_of(2, 1, "d"))).has_value());
    CHECK(!queues.feed(110, "no record").has_value());
    HandedRecord further = record_of(1, 1, "d");
    further.hop = 2;
    CHECK(!queues.feed(110, bytes_of(further)).has_value());
  }
}

TEST_CASE("records of several hops are told apart, and a later one ends when all that set out on it was told of") {
  constexpr InputId kSecondHop = kFirst + 1;
  HandedQueues queues({2}, kFirst, 2, {0, 1}, false);
  CHECK(queues.inputs() == 2);
  CHECK(queues.hop(kSecondHop) == 2);
  CHECK(queues.origin(kSecondHop) == 2);
  HandedRecord record = record_of(0, 70, "a");  // read in partition 0, and handed on by shard 1
  record.hop = 2;
  record.sender = 1;
  record.lent = "lent";
  REQUIRE(queues.feed(1, bytes_of(record)).has_value());
  CHECK(queues.is_empty({kFirst, 0}));
  CHECK(queues.is_empty({kSecondHop, 0}));
  CHECK(!queues.has_ended({kSecondHop, 1}, ends(1, 0)));  // a record says nothing of how far others are
  HandedRecord told = record_of(1, 12, "");
  told.hop = 2;
  told.key_kinds = 0;
  REQUIRE(queues.feed(2, bytes_of(told)).has_value());
  CHECK(queues.has_ended({kSecondHop, 1}, ends(8, 4)));
  CHECK(!queues.has_ended({kSecondHop, 1}, ends(8, 5)));
  RecordBlock block;
  REQUIRE(queues.take({kSecondHop, 1}, 1000, block));
  CHECK(block.origin(0) == PartitionId{2, 0});
  CHECK(block.record(0) == 70);
  CHECK(block.beside(block.handed_on[0].lent) == "lent");
}

TEST_CASE("a told watermark is taken as it is, and silence here says nothing about it") {
  Watermarks watermarks({10, Watermarks::kTold}, {{0}, {1}});
  for (const PartitionId id : {PartitionId{0, 0}, PartitionId{1, 0}, PartitionId{1, 1}}) watermarks.add_partition(id);
  watermarks.set({0, 0}, 100, kNoWatermark, false);
  watermarks.set({1, 0}, 70, kNoWatermark, false);
  CHECK(watermarks.group(1) == kNoWatermark);  // the other shard told nothing yet
  watermarks.set({1, 1}, 60, kNoWatermark, false);
  CHECK(watermarks.group(1) == 60);
  watermarks.flush_to(5000);
  CHECK(watermarks.group(0) == 5000);
  CHECK(watermarks.group(1) == 60);
  watermarks.set({1, 1}, 60, kNoWatermark, true);  // released where it is read
  CHECK(watermarks.group(1) == 70);
  watermarks.set({1, 0}, 70, kNoWatermark, true);
  CHECK(watermarks.group(1) == 70);
  watermarks.set({1, 0}, 900, kNoWatermark, true);  // all are silent, and this one goes on with the clock
  CHECK(watermarks.group(1) == 70);
  watermarks.set({1, 1}, 800, kNoWatermark, true);
  CHECK(watermarks.group(1) == 800);
  watermarks.set({1, 1}, 810, kNoWatermark, false);
  CHECK(watermarks.group(1) == 810);
}

}  // namespace reckoner::testing
