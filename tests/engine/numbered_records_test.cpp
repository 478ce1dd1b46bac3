// A source whose records have numbers of their own, with gaps, and a reader that has one partition of many, as a shard of a topic job has.
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "engine/reader.hpp"
#include "support/catch.hpp"

namespace reckoner::testing {

namespace {

constexpr std::uint32_t kPartition = 5;

struct Numbered {
  std::uint64_t number = 0;
  std::int64_t time = 0;
};

// As a topic: from any number on, a block ends where numbers do not follow each other.
class NumberedSource final : public Source {
 public:
  explicit NumberedSource(std::vector<Numbered> records) : records_(std::move(records)) {}

  [[nodiscard]] Result<std::vector<PartitionInfo>> discover(const std::vector<PartitionInfo>&) override {
    return std::vector<PartitionInfo>{{{0, kPartition}, "topic[5]", 0, 0, false}};
  }
  [[nodiscard]] Result<bool> has_ended(PartitionId) override { return true; }
  [[nodiscard]] Result<bool> read(PartitionId partition, Position from, std::size_t bytes, RecordBlock& block) override {
    auto at = records_.begin();
    while (at != records_.end() && at->number < from.record) ++at;
    if (at == records_.end()) return false;
    block.partition = partition;
    block.first = {at->number, from.byte};
    std::string text;
    std::uint64_t next = at->number;
    for (; at != records_.end() && at->number == next && text.size() < bytes; ++at, ++next) text += std::to_string(at->time) + '\n';
    block.text.assign(text.begin(), text.end());
    block.text_bytes = text.size();
    block.text.resize(text.size() + kTextPadding);
    block.next_byte = from.byte + text.size();
    block.next_record = next;
    return true;
  }

 private:
  std::vector<Numbered> records_;
};

// A line is a time.
class TimeDecoder final : public Decoder {
 public:
  [[nodiscard]] std::unique_ptr<Scratch> make_scratch() const override { return std::make_unique<Scratch>(); }
  void decode(RecordBlock& block, std::uint64_t, Scratch&) const override {
    block.columns.assign(1, {});
    for (std::uint32_t begin = 0; begin < block.text_bytes; ++block.rows) {
      const std::string line(block.text.data() + begin, std::strchr(block.text.data() + begin, '\n'));
      block.row_begin.push_back(begin);
      block.row_length.push_back(static_cast<std::uint32_t>(line.size()));
      block.rejected.push_back(0);
      block.present.push_back(1);
      block.columns[0].push_back(std::atoll(line.c_str()));
      begin += static_cast<std::uint32_t>(line.size()) + 1;
    }
  }
};

struct Reading {
  NumberedSource source;
  Executor executor{1};
  Reader reader;

  Reading(std::vector<Numbered> records, std::size_t block_bytes)
      : source(std::move(records)), reader(inputs(), {{0}}, 0, source, executor, {block_bytes, 4096, 4}) {
    reader.add_partitions(*source.discover({}));
  }

  static std::vector<ReaderInput> inputs() {
    ReaderInput input;
    input.schema.input = "times";
    input.schema.fields.resize(1);
    input.schema.fields[0].name = "time";
    input.schema.fields[0].type.kind = ValueKind::kTime;
    input.decoder = std::make_shared<TimeDecoder>();
    return {input};
  }

  // Numbers in the order in which records come, `most` at a time.
  std::vector<std::uint64_t> numbers(std::uint64_t most) {
    std::vector<std::uint64_t> found;
    Round round;
    while (reader.next({{{0, kPartition}, ReadLimit::kUnlimited}}, most, round)) {
      for (std::size_t row = 0; row < round.rows.size(); ++row) {
        CHECK(PackedPosition::partition(round.position(row)) == PartitionId{0, kPartition});
        found.push_back(PackedPosition::record(round.position(row)));
      }
      if (most == 1) return found;
    }
    return found;
  }
};

const std::vector<Numbered> kRecords = {{3, 100}, {4, 101}, {7, 102}, {8, 103}, {9, 104}, {12, 105}};
const std::vector<std::uint64_t> kNumbers = {3, 4, 7, 8, 9, 12};

}  // namespace

TEST_CASE("records keep the numbers that their source gives them, whatever the size of blocks") {
  for (const std::size_t block_bytes : {1U, 9U, 4096U}) {
    Reading reading(kRecords, block_bytes);
    CHECK(reading.numbers(4096) == kNumbers);
    const std::vector<PartitionProgress> progress = reading.reader.progress();
    REQUIRE(progress.size() == 1);
    CHECK(progress[0].next == Position{13, 24});
    CHECK(reading.reader.watermarks().group(0) == 105);
    CHECK(reading.reader.highest_event_time() == 105);
  }
}

TEST_CASE("a reader that comes back goes on at the same record, on this side of a gap or the other") {
  for (std::size_t read = 1; read < kNumbers.size(); ++read) {
    Reading before(kRecords, 4096);
    for (std::size_t i = 0; i < read; ++i) CHECK(before.numbers(1) == std::vector{kNumbers[i]});
    DecisionRecord record;
    record.partitions = before.reader.progress();
    record.sequence = before.reader.sequence();
    Reading after(kRecords, 9);
    after.reader.restore(record, before.reader.watermarks().state());
    CHECK(after.numbers(4096) == std::vector<std::uint64_t>(kNumbers.begin() + static_cast<std::ptrdiff_t>(read), kNumbers.end()));
  }
}

}  // namespace reckoner::testing
