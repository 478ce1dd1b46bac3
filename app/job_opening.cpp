#include "app/job_opening.hpp"

#include <fmt/format.h>

#include "app/kept_rule_sets.hpp"
#include "app/state_identity.hpp"
#include "connectors/file_source.hpp"
#include "connectors/local_commit_log.hpp"
#include "connectors/posix_files.hpp"
#include "connectors/system_clock.hpp"
#include "state/rocksdb_checkpoint.hpp"

namespace reckoner {

namespace {

// The state directory is this process's and this job's.
Result<WiredJob> claim(JobFile file, bool until_end, JobGround ground) {
  WiredJob wired;
  std::string resolved;
  auto plan = load_plan(file, &resolved);
  if (!plan) return std::unexpected(plan.error());
  wired.plan = std::move(*plan);
  if (const auto checked = check_inputs(file, *wired.plan); !checked) return std::unexpected(checked.error());
  if (!ground.files) ground.files = std::make_shared<PosixFiles>();
  if (!ground.clock) ground.clock = std::make_shared<SystemClock>();
  wired.ground = std::move(ground);
  Files& files = *wired.ground.files;
  if (const auto made = files.make_directories(file.text("state.dir")); !made) return std::unexpected(made.error());
  if (const auto made = files.make_directories(file.text("outputs.dir")); !made) return std::unexpected(made.error());
  auto lock = files.lock(join_path(file.text("state.dir"), "lock"));
  if (!lock) return std::unexpected(lock.error());
  wired.lock = std::move(*lock);
  if (const auto adopted = adopt_state_identity(files, file.text("state.dir"), identity_of(file, *wired.plan)); !adopted)
    return std::unexpected(adopted.error());
  if (const auto kept = keep_rule_set(files, file.text("state.dir"), wired.plan->hash, resolved); !kept) return std::unexpected(kept.error());
  wired.until_end = until_end;
  wired.file = std::move(file);
  return wired;
}

LocalCommitLogSettings log_settings(const WiredJob& wired) {
  LocalCommitLogSettings settings;
  const StateIdentity identity = identity_of(wired.file, *wired.plan);
  settings.directory = log_directory(wired.file);
  settings.outputs_directory = wired.file.text("outputs.dir");
  settings.outputs = output_names();
  settings.time_columns = output_time_columns();
  settings.shards = identity.shards;
  settings.job_hash = identity_hash(identity);
  settings.segment_bytes = static_cast<std::uint64_t>(wired.file.number("log.segment"));
  settings.retention_bytes = static_cast<std::uint64_t>(wired.file.number("log.retention"));
  return settings;
}

// One job's part of coming back; the hash of the rule set that decided the next epoch, if it is another's.
Result<std::optional<std::uint64_t>> recover_with(WiredJob& wired, bool given_checkpoints) {
  wired.job.reset();  // before what it uses
  if (!given_checkpoints) {
    wired.ground.checkpoints.reset();  // before the directory is opened anew
    CheckpointSettings settings;
    settings.copies_kept = static_cast<std::uint32_t>(wired.file.number("checkpoint.keep"));
    auto store = RocksDbCheckpoint::open(checkpoint_directory(wired.file), settings);
    if (!store) return std::unexpected(store.error());
    wired.ground.checkpoints = std::move(*store);
  }
  auto log = std::make_unique<LocalCommitLog>(*wired.ground.files, *wired.ground.clock, log_settings(wired));
  wired.local_log = log.get();
  if (const auto built = build_job(wired, std::move(log)); !built) return std::unexpected(built.error());
  const auto next = wired.job->recover();
  const JobReport& report = wired.job->report();
  wired.warnings.insert(wired.warnings.end(), report.warnings.begin(), report.warnings.end());
  wired.replayed_epochs += report.replayed_epochs;
  wired.replayed_records += report.replayed_records;
  return next;
}

}  // namespace

Result<WiredJob> open_job(JobFile file, bool until_end, JobGround ground) {
  const bool given_checkpoints = ground.checkpoints != nullptr;
  Result<WiredJob> claimed = claim(std::move(file), until_end, std::move(ground));
  if (!claimed) return claimed;
  WiredJob& wired = *claimed;
  const auto todays = std::make_unique<Plan>(*wired.plan);
  for (;;) {
    const auto next = recover_with(wired, given_checkpoints);
    if (!next) return std::unexpected(next.error());
    const std::optional<std::uint64_t>& other_hash = *next;
    if (!other_hash && wired.plan->hash == todays->hash) return claimed;
    if (wired.job->report().replayed_epochs > 0) {
      wired.warnings.push_back(
          fmt::format("{} epochs since the newest checkpoint were decided by version {} of the rule set ({:016x}) and replayed "
                      "with it",
                      wired.job->report().replayed_epochs, wired.plan->version, wired.plan->hash));
      if (const auto copied = wired.job->checkpoint(); !copied) return std::unexpected(copied.error());
    }
    if (!other_hash) {
      wired.plan = std::make_unique<Plan>(*todays);
      continue;
    }
    auto kept = load_kept_rule_set(*wired.ground.files, wired.file.text("state.dir"), *other_hash);
    if (!kept) return std::unexpected(kept.error());
    wired.plan = std::move(*kept);
  }
}

}  // namespace reckoner
