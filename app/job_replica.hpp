// A copy of a job's state in this process, for looking at: the newest checkpoint, and the epochs committed since executed again. Reads alone, takes
// no lock, and may be made while the job runs.
#pragma once

#include <cstdint>

#include "app/job_wiring.hpp"
#include "engine/decision_record.hpp"

namespace reckoner {

struct JobReplica {
  WiredJob wired;                // never to be run
  EpochId as_of;                 // the last epoch that is in it
  EpochId newest;                // the last one that was committed; later ones were decided by another rule set, and are not in it
  std::uint64_t checkpoint = 0;  // number of the one it began with; 0 = none
};

// kConfiguration when nothing is committed yet, or the state is another job's.
[[nodiscard]] Result<JobReplica> open_replica(JobFile file);

}  // namespace reckoner
