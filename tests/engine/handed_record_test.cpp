#include "engine/handed_record.hpp"

#include <string>

#include "engine/handed_queues.hpp"
#include "engine/watermark.hpp"
#include "support/catch.hpp"

namespace reckoner::testing {

namespace {

constexpr InputId kFirst = 5;  // the reader's number of input 2, handed on

HandedRecord record_of(std::uint32_t shard, std::uint64_t number, std::string_view value) {
  HandedRecord record;
  record.origin = {2, shard};
  record.record = number;
  record.key_kinds = 6;
  record.watermark_ms = static_cast<std::int64_t>(number) * 10;
  record.value = value;
  return record;
}

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
  CHECK(again->value == record.value);
  const std::size_t without_value = bytes.size() - record.value.size();
  for (std::size_t length = 0; length < without_value; ++length) CHECK(!decode_handed_record(bytes.substr(0, length)).has_value());
  std::string newer = bytes;
  newer[0] = 2;
  CHECK(decode_handed_record(newer).error().text.find("another version") != std::string::npos);
}

TEST_CASE("records that come through one queue are told apart by where they were read") {
  HandedQueues queues({2}, kFirst, 2);
  REQUIRE(queues.feed(100, bytes_of(record_of(0, 7, "a"))).has_value());
  REQUIRE(queues.feed(101, bytes_of(record_of(1, 3, "b"))).has_value());
  REQUIRE(queues.feed(105, bytes_of(record_of(0, 9, "c"))).has_value());
  HandedRecord told = record_of(0, 20, "");
  told.key_kinds = 0;
  REQUIRE(queues.feed(106, bytes_of(told)).has_value());
  CHECK(queues.told_next({kFirst, 0}) == 20);
  CHECK(queues.told_next({kFirst, 1}) == 4);
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
    HandedQueues again({2}, kFirst, 2);
    again.resume({kFirst, 0}, {105, 8});
    again.resume({kFirst, 1}, {102, 4});
    CHECK(again.resume_from() == 102);
    CHECK(again.told_next({kFirst, 0}) == 8);
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
  }
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
