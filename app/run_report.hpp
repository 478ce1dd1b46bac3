// What a run did, as tables for people on standard error: conservation of records and amounts, rows that left, what each rule decided, rate.
#pragma once

#include <cstddef>

#include "app/job_wiring.hpp"
#include "operators/alerts.hpp"

namespace reckoner {

// What a rule decided since the job was created, over all shards.
[[nodiscard]] RuleCounts counts_of_rule(const WiredJob& wired, std::size_t key_kind, std::size_t rule);

void print_run_report(const WiredJob& wired);

}  // namespace reckoner
