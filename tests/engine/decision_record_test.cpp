#include "engine/decision_record.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.hpp"
#include "engine/record_block.hpp"
#include "engine/source.hpp"
#include "support/catch.hpp"

namespace reckoner {

namespace {

constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();

Conservation sample_counts() {
  Conservation counts;
  counts.read = 1000;
  counts.records = {990, 1, 2, 3, 4};
  counts.read_sum = {.high = -1, .low = kLargest - 5};
  counts.sums = {WideSum{0, 1}, WideSum{std::numeric_limits<std::int64_t>::min(), 0}, WideSum{std::numeric_limits<std::int64_t>::max(), kLargest},
                 WideSum{}, WideSum{-1, 0}};
  return counts;
}

DecisionRecord sample() {
  DecisionRecord record;
  record.id = {3, 70'000};
  record.previous = {2, 69'999};
  record.plan_hash = 0x0123'4567'89ab'cdef;
  record.sequence = 5'000'000;
  record.watermark_ms = -86'400'000;
  record.new_partitions = {{{1, 7}, "in/orders-7.jsonl.gz", 0xffee'ddcc'bbaa'9988, 65'536, true}, {{2, 0}, "", 0, 0, false}};
  record.steps = {{{{{0, 0}, ReadLimit::kUnlimited}, {{1, 7}, 0}, {{1, 8}, kLargest - 1}}, 256}, {{}, 0}};
  record.clock = {
      {ClockDecisionKind::kReleaseIdle, 10, {1, 7}, 0}, {ClockDecisionKind::kFlushIdle, 11, {}, std::numeric_limits<std::int64_t>::min()},
      {ClockDecisionKind::kEnded, 11, {1, 8}, 0},       {ClockDecisionKind::kTell, 11, {0, 3}, 0},
      {ClockDecisionKind::kEndOfHop, 12, {0, 2}, 0},    {ClockDecisionKind::kEndOfInput, 12, {}, std::numeric_limits<std::int64_t>::max()}};
  record.future_records = {4'999'001, 4'999'002};
  record.partitions = {{{0, 0}, {1000, 123'456}, 1'700'000'000'000, true, false, sample_counts()},
                       {{65'535, 4'294'967'295}, {kLargest, kLargest}, -1, false, true, {}}};
  record.sections = {{0, {{0, 4096, 17, 0xdead'beef}, {1, 0, 0, 0}}}, {1, {}}};
  return record;
}

// An encoder of the smallest record, to place one bad value at a time: version, id, previous, plan hash, sequence, watermark; six counts.
std::string with_count(std::size_t which, std::string_view count) {
  std::string bytes("\x01\x00\x01\x00\x00", 5);
  bytes += std::string(8, '\0') + std::string(2, '\0');
  for (std::size_t index = 0; index < 6; ++index) bytes += index == which ? std::string(count) : std::string(1, '\0');
  return bytes;
}

}  // namespace

TEST_CASE("a decision record comes back from its bytes as it was") {
  const DecisionRecord record = sample();
  const Result<DecisionRecord> decoded = decode_decision_record(encode(record));
  REQUIRE(decoded.has_value());
  CHECK(*decoded == record);
  const Result<DecisionRecord> empty = decode_decision_record(encode(DecisionRecord{}));
  REQUIRE(empty.has_value());
  CHECK(*empty == DecisionRecord{});
}

TEST_CASE("the stored form of a decision record does not change") {
  DecisionRecord record;
  record.id = {1, 2};
  record.previous = {1, 1};
  record.plan_hash = 0x1122'3344'5566'7788;
  record.sequence = 300;
  record.watermark_ms = -1;
  record.new_partitions = {{{1, 2}, "a", 1, 2, true}};
  record.steps = {{{{{1, 2}, ReadLimit::kUnlimited}}, 3}};
  record.clock = {{ClockDecisionKind::kFlushIdle, 4, {0, 0}, 5}};
  record.future_records = {6};
  record.sections = {{7, {{8, 9, 10, 11}}}};
  const std::string expected(
      "\x01\x01\x02\x01\x01\x88\x77\x66\x55\x44\x33\x22\x11\xac\x02\x01"
      "\x01\x01\x02\x01"
      "a\x01\x00\x00\x00\x00\x00\x00\x00\x02\x01"
      "\x01\x01\x01\x02\x00\x03"
      "\x01\x02\x04\x00\x00\x0a"
      "\x01\x06"
      "\x00"
      "\x01\x07\x01\x08\x09\x0a\x0b\x00\x00\x00\x00\x00\x00\x00",
      60);
  CHECK(encode(record) == expected);
}

TEST_CASE("a decision record cut anywhere is refused as corrupt") {
  const std::string bytes = encode(sample());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const Result<DecisionRecord> decoded = decode_decision_record(std::string_view(bytes).substr(0, length));
    REQUIRE_FALSE(decoded.has_value());
    CHECK(decoded.error().kind == ErrorKind::kCorruption);
  }
}

TEST_CASE("a decision record with bytes after its end is refused") {
  const Result<DecisionRecord> decoded = decode_decision_record(encode(sample()) + '\0');
  REQUIRE_FALSE(decoded.has_value());
  CHECK(decoded.error().text.find("bytes after its end") != std::string::npos);
}

TEST_CASE("flipped bits in a decision record are refused, or decode to what has exactly these bytes") {
  const std::string bytes = encode(sample());
  std::mt19937_64 random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string flipped = bytes;
    for (std::uint64_t flips = random() % 4 + 1; flips > 0; --flips) {
      const std::size_t bit = random() % (flipped.size() * 8);
      flipped[bit / 8] = static_cast<char>(static_cast<unsigned char>(flipped[bit / 8]) ^ (1U << (bit % 8)));
    }
    if (const Result<DecisionRecord> decoded = decode_decision_record(flipped)) CHECK(encode(*decoded) == flipped);
  }
}

TEST_CASE("random bytes never decode by accident to something else than themselves") {
  std::mt19937_64 random(8);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(random() % 64, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random() % 3 == 0 ? random() : random() % 3);
    if (!bytes.empty()) bytes[0] = 1;
    if (const Result<DecisionRecord> decoded = decode_decision_record(bytes)) CHECK(encode(*decoded) == bytes);
  }
}

TEST_CASE("a decision record names what is wrong with it") {
  const auto problem = [](const std::string& bytes) {
    const Result<DecisionRecord> decoded = decode_decision_record(bytes);
    return decoded ? std::string("none") : decoded.error().text;
  };
  CHECK(problem(with_count(9, "")) == "none");
  CHECK(problem("\x02").find("version 2") != std::string::npos);
  // 2^40 items, and one more than what follows could hold.
  for (std::size_t which = 0; which < 6; ++which) {
    CHECK(problem(with_count(which, "\x80\x80\x80\x80\x80\x20")).find("out of range") != std::string::npos);
    CHECK(problem(with_count(which, "\x7f")).find("a count exceeds what follows") != std::string::npos);
  }
  CHECK(problem(with_count(3, std::string_view("\x80\x00", 2))).find("needless byte") != std::string::npos);
  CHECK(problem(with_count(3, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02")).find("exceeds 64 bits") != std::string::npos);
  // A partition of input 65536, a name longer than what follows, a flag of 2, an unknown clock decision.
  CHECK(problem(with_count(0, std::string_view("\x01\x80\x80\x04\x00\x00\0\0\0\0\0\0\0\0\x00\x00", 16))).find("out of range") != std::string::npos);
  CHECK(problem(with_count(0, std::string_view("\x01\x00\x00\x7f\0\0\0\0\0\0\0\0\0\0", 14))).find("ends inside a name") != std::string::npos);
  CHECK(problem(with_count(0, std::string_view("\x01\x00\x00\x00\0\0\0\0\0\0\0\0\x00\x02", 14))).find("a flag") != std::string::npos);
  CHECK(problem(with_count(2, std::string_view("\x01\x07\x00\x00\x00\x00", 6))).find("clock decision") != std::string::npos);
}

}  // namespace reckoner
