// What a run did, as a table for people on standard error: conservation of records and amounts, outputs, rate.
#pragma once

#include "app/job_wiring.hpp"

namespace reckoner {

void print_run_report(const WiredJob& wired);

// Whether read = processed + late + duplicate + filtered + rejected in counts and sums for every partition; names the first that is not.
[[nodiscard]] Result<void> check_conservation(const std::vector<PartitionProgress>& partitions);

}  // namespace reckoner
