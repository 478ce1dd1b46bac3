// Conservation of records and amounts: read = processed + late + duplicate + filtered + rejected, checked, and as a table for people.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "engine/decision_record.hpp"
#include "engine/error.hpp"
#include "operators/plan.hpp"

namespace reckoner {

// In counts and sums; kInternal says what does not add up.
[[nodiscard]] Result<void> check_conservation(const PartitionProgress& partition);
// Of all; the first that does not hold.
[[nodiscard]] Result<void> check_conservation(const std::vector<PartitionProgress>& partitions);

// One line of the table for records, and one for the amounts of an input that declares one.
struct ConservationLine {
  std::string name;
  InputId input = 0;
  Conservation counts;
};

[[nodiscard]] std::vector<ConservationLine> lines_by_input(const Plan& plan, const std::vector<PartitionProgress>& partitions);
// Named input/partition, as positions in outputs are.
[[nodiscard]] std::vector<ConservationLine> lines_by_partition(const Plan& plan, const std::vector<PartitionProgress>& partitions);

void print_conservation(std::FILE* out, const Plan& plan, const std::vector<ConservationLine>& lines);

}  // namespace reckoner
