// What the processes of a job on topics share beside its topics, where the job file names a directory for it (checkpoint.shared_dir): copies of the
// shards' states, and the rule sets that epochs were decided by. With it a process that has never seen a shard can take it over when inputs and
// log no longer reach back to their beginnings.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/job_file.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"

namespace reckoner {

// Of this job alone; empty = nothing is shared.
[[nodiscard]] std::string shared_directory(const JobFile& file);
[[nodiscard]] std::string shared_checkpoints(const JobFile& file, std::uint32_t shard);  // empty likewise
// Those that have shared copies, ascending.
[[nodiscard]] Result<std::vector<std::uint32_t>> shared_shards(Files& files, const JobFile& file);

// Offset in the log from which this process needs it to come back with the shard: where its own copies begin, or else the shared ones; 0 = from
// the beginning.
[[nodiscard]] Result<std::int64_t> needed_log_offset(Files& files, const JobFile& file, std::uint32_t shard);

}  // namespace reckoner
