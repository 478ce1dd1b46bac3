// What the commit log says about a job's past, read without changing anything, also while the job runs.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/decision_record.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"

namespace reckoner {

struct JobHistory {
  std::vector<EpochId> epochs;  // in the log, oldest first
  EpochId before;               // the last one that was forgotten; {0, 0} = none was
  std::optional<DecisionRecord> last;
  std::vector<PartitionInfo> partitions;  // that these epochs were the first to read
  std::set<std::uint64_t> rule_sets;      // hashes of the rule sets that decided them

  [[nodiscard]] bool is_committed(EpochId id) const;
};

// kCorruption when the log is damaged; an empty or missing log is an empty history.
[[nodiscard]] Result<JobHistory> read_job_history(Files& files, const std::string& log_directory);

}  // namespace reckoner
