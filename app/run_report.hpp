// What a run did, as tables for people on standard error: conservation of records and amounts, rows that left, what each rule decided, rate.
#pragma once

#include "app/job_wiring.hpp"

namespace reckoner {

void print_run_report(const WiredJob& wired);

}  // namespace reckoner
