#include "app/conservation_report.hpp"

#include "engine/wide_sum.hpp"
#include "support/catch.hpp"

namespace reckoner {

namespace {

PartitionProgress balanced() {
  PartitionProgress partition;
  partition.id = {1, 2};
  partition.next.record = partition.counts.read = 10;
  partition.counts.records = {4, 3, 2, 1, 0};
  add(partition.counts.read_sum, 1000);
  add(partition.counts.sums[0], 1300);
  add(partition.counts.sums[1], -300);
  return partition;
}

std::string problem_of(const PartitionProgress& partition) {
  const Result<void> checked = check_conservation(partition);
  return checked ? "" : checked.error().text;
}

}  // namespace

TEST_CASE("a partition is conserved when its counts and sums add up to what was read") {
  CHECK(problem_of(balanced()).empty());
  PartitionProgress lost = balanced();
  --lost.counts.records[2];
  CHECK(problem_of(lost) == "conservation: input 1 partition 2: 10 records read, 9 accounted for");
  PartitionProgress ahead = balanced();
  ++ahead.next.record;
  CHECK(problem_of(ahead) == "conservation: input 1 partition 2: 10 records read, but it stands at 11");
  PartitionProgress amount = balanced();
  add(amount.counts.sums[1], 1);
  CHECK(problem_of(amount) == "conservation: input 1 partition 2: amounts of 1000 read, of 1001 accounted for (unscaled)");
  CHECK_FALSE(check_conservation(std::vector{balanced(), lost}).has_value());
}

TEST_CASE("lines of one input are the sums over its partitions") {
  Plan plan;
  plan.inputs.resize(2);
  plan.inputs[1].schema.input = "payments";
  const std::vector<ConservationLine> lines = lines_by_input(plan, {balanced(), balanced()});
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].name == "payments");
  CHECK(lines[0].counts.read == 20);
  CHECK(lines[0].counts.records[1] == 6);
  CHECK(to_int128(lines[0].counts.sums[1]) == -600);
  CHECK(lines_by_partition(plan, {balanced()})[0].name == "payments/2");
}

}  // namespace reckoner
