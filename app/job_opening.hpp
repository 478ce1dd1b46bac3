// A job that is about to run: its state directory locked, its past brought back.
#pragma once

#include "app/job_wiring.hpp"

namespace reckoner {

// Loads the rule set, locks and opens the state directory, checks that its state is this job's, and brings back what was committed: epochs since
// the newest checkpoint are executed again by the rule set that decided them, so that a changed one takes effect with the next epoch. What is
// left is to run it. Findings about the rule set come as one kConfiguration error, a line each.
[[nodiscard]] Result<WiredJob> open_job(JobFile file, bool until_end, JobGround ground = {});

}  // namespace reckoner
