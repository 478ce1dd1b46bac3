// Decision records of a log leave out what did not change, and are read as they were.
#include "engine/decision_stream.hpp"

#include <random>
#include <vector>

#include "support/catch.hpp"

namespace reckoner::testing {

namespace {

constexpr std::uint32_t kPartitions = 48;

PartitionProgress progress(std::uint32_t partition, std::uint64_t next) {
  PartitionProgress made;
  made.id = {1, partition};
  made.next = {next, next * 100};
  made.started = next > 0;
  made.counts.read = next;
  return made;
}

// An epoch that reads so many records of each of some partitions, in two steps; the others have nothing to read.
DecisionRecord epoch_after(const DecisionRecord& last, const std::vector<std::uint32_t>& moved) {
  DecisionRecord record = last;
  record.previous = last.id;
  ++record.id.epoch;
  record.steps.assign(2, {});
  for (PartitionProgress& at : record.partitions) {
    const bool moves = std::find(moved.begin(), moved.end(), at.id.partition) != moved.end();
    const std::uint64_t next = at.next.record;
    record.steps[0].limits.push_back({at.id, moves ? next + 1 : next});
    record.steps[1].limits.push_back({at.id, moves ? next + 5 : next});
    if (moves) at = progress(at.id.partition, next + 3);
  }
  return record;
}

DecisionRecord first_epoch() {
  DecisionRecord record;
  record.id = {1, 1};
  for (std::uint32_t partition = 0; partition < kPartitions; ++partition) record.partitions.push_back(progress(partition, partition % 3));
  return record;
}

}  // namespace

TEST_CASE("decision records one behind the other are read as they were, and the first and each 64th is whole") {
  std::mt19937_64 chance(7);
  DecisionWriter writer;
  DecisionReader reader;
  DecisionRecord record = first_epoch();
  for (int epoch = 0; epoch < 300; ++epoch) {
    const std::string bytes = writer.write(record);
    CHECK(is_whole(bytes) == (epoch % 64 == 0));
    const auto read = reader.read(bytes);
    REQUIRE(read);
    REQUIRE(*read == record);
    std::vector<std::uint32_t> moved(chance() % 10);
    for (std::uint32_t& partition : moved) partition = static_cast<std::uint32_t>(chance() % kPartitions);
    record = epoch_after(record, moved);
    if (epoch == 100) record.partitions.push_back(progress(kPartitions, 0));  // a new one
  }
}

TEST_CASE("what an epoch takes in the log goes by what it moves, not by how many partitions there are") {
  DecisionWriter writer;
  const DecisionRecord first = first_epoch();
  const std::size_t whole = writer.write(first).size();
  const std::size_t changes = writer.write(epoch_after(first, {3})).size();
  CHECK(changes * 10 < whole);
}

TEST_CASE("a limit of a partition that does not move is kept where it is not its next record") {
  DecisionWriter writer;
  DecisionReader reader;
  DecisionRecord record = first_epoch();
  REQUIRE(reader.read(writer.write(record)));
  record = epoch_after(record, {});
  record.steps[0].limits[7].until_record = ReadLimit::kUnlimited;
  record.steps[1].limits[8].until_record += 4;
  const auto read = reader.read(writer.write(record));
  REQUIRE(read);
  CHECK(*read == record);
}

TEST_CASE("an epoch that does not name each partition in order is written whole") {
  DecisionWriter writer;
  DecisionRecord record = first_epoch();
  static_cast<void>(writer.write(record));
  record = epoch_after(record, {});
  SECTION("a partition is not limited") { record.steps[0].limits.pop_back(); }
  SECTION("limits in another order") { std::swap(record.steps[1].limits[0], record.steps[1].limits[1]); }
  SECTION("hardly anything stays") {
    std::vector<std::uint32_t> all_but_three;
    for (std::uint32_t partition = 3; partition < kPartitions; ++partition) all_but_three.push_back(partition);
    record = epoch_after(first_epoch(), all_but_three);
  }
  const std::string bytes = writer.write(record);
  CHECK(is_whole(bytes));
  const auto read = DecisionReader().read(bytes);
  REQUIRE(read);
  CHECK(*read == record);
}

TEST_CASE("changes are not read without what they change") {
  DecisionWriter writer;
  const DecisionRecord first = first_epoch();
  static_cast<void>(writer.write(first));
  const std::string changes = writer.write(epoch_after(first, {1}));
  REQUIRE(!is_whole(changes));
  const auto alone = DecisionReader().read(changes);
  REQUIRE(!alone);
  CHECK(alone.error().kind == ErrorKind::kCorruption);
  CHECK(!decode_decision_record(changes));
}

TEST_CASE("changes whose partitions are not in order are refused") {
  DecisionReader reader;
  DecisionRecord record = first_epoch();
  REQUIRE(reader.read(encode(record)));
  std::swap(record.partitions[0], record.partitions[1]);
  const auto read = reader.read(encode(record, DecisionForm::kChanges));
  REQUIRE(!read);
  CHECK(read.error().kind == ErrorKind::kCorruption);
}

}  // namespace reckoner::testing
