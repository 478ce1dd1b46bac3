#include "app/job_history.hpp"

#include <algorithm>

#include "connectors/log_walk.hpp"

namespace reckoner {

bool JobHistory::is_committed(EpochId id) const { return (id != EpochId{} && id == before) || std::binary_search(epochs.begin(), epochs.end(), id); }

Result<JobHistory> read_job_history(Files& files, const std::string& log_directory) {
  const Result<SegmentFiles> segments = list_segments(files, log_directory);
  if (!segments) return std::unexpected(segments.error());
  JobHistory history;
  if (segments->segments.empty()) return history;
  history.before = segments->segments.front().header.previous;
  const Result<void> walked = walk_records(files, log_directory, history.before, [&](const DecisionRecord& record) -> Result<void> {
    history.epochs.push_back(record.id);
    history.partitions.insert(history.partitions.end(), record.new_partitions.begin(), record.new_partitions.end());
    history.rule_sets.insert(record.plan_hash);
    history.last = record;
    return {};
  });
  if (!walked) return std::unexpected(walked.error());
  return history;
}

}  // namespace reckoner
