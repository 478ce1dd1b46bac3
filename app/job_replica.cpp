#include "app/job_replica.hpp"

#include <fmt/format.h>

#include "app/kept_rule_sets.hpp"
#include "app/state_identity.hpp"
#include "connectors/commit_log_reader.hpp"
#include "connectors/file_source.hpp"
#include "connectors/log_walk.hpp"
#include "connectors/posix_files.hpp"
#include "connectors/system_clock.hpp"
#include "state/checkpoint_reader.hpp"

namespace reckoner {

namespace {

// One try, with the rule set in `wired`: the hash of the one that decided the next epoch, if that is another.
Result<std::optional<std::uint64_t>> replicate(JobReplica& replica) {
  WiredJob& wired = replica.wired;
  auto store = CheckpointReader::open(checkpoint_directory(wired.file));
  if (!store) return std::unexpected(store.error());
  const CheckpointReader& reader = **store;
  wired.job.reset();  // before the one it used
  wired.ground.checkpoints = std::move(*store);
  auto log = std::make_unique<CommitLogReader>(*wired.ground.files, log_directory(wired.file));
  if (const auto built = build_job(wired, std::move(log)); !built) return std::unexpected(built.error());
  const auto next = wired.job->recover();
  if (!next) return next;
  wired.warnings = wired.job->report().warnings;
  replica.as_of = wired.job->last_id();
  replica.checkpoint = reader.restored();
  return next;
}

}  // namespace

Result<JobReplica> open_replica(JobFile file) {
  JobReplica replica;
  WiredJob& wired = replica.wired;
  auto plan = load_plan(file);
  if (!plan) return std::unexpected(plan.error());
  wired.plan = std::move(*plan);
  if (const auto checked = check_inputs(file, *wired.plan); !checked) return std::unexpected(checked.error());
  wired.ground.files = std::make_shared<PosixFiles>();
  wired.ground.clock = std::make_shared<SystemClock>();
  wired.until_end = true;  // what is there now is all that a replica reads
  wired.file = std::move(file);
  const std::string state = wired.file.text("state.dir");
  if (const auto own = check_state_identity(*wired.ground.files, state, identity_of(wired.file, *wired.plan)); !own)
    return std::unexpected(own.error());
  const auto found = last_record(*wired.ground.files, log_directory(wired.file));
  if (!found) return std::unexpected(found.error());
  const std::optional<DecisionRecord>& last = *found;
  if (!last) return fail(ErrorKind::kConfiguration, fmt::format("{}: nothing is committed there yet; run the job first, or mend state.dir", state));
  replica.newest = last->id;
  auto next = replicate(replica);
  if (!next) return std::unexpected(next.error());
  if (const std::optional<std::uint64_t> other_hash = *next; other_hash && wired.job->report().replayed_epochs == 0) {
    // Facts are the same whichever of the job's rule sets is asked; what is replayed must be its own.
    auto kept = load_kept_rule_set(*wired.ground.files, state, *other_hash);
    if (!kept) return std::unexpected(kept.error());
    wired.plan = std::move(*kept);
    next = replicate(replica);
    if (!next) return std::unexpected(next.error());
  }
  return replica;
}

}  // namespace reckoner
