// Every rule set that a job was run with, resolved, in `state.dir/rule-sets/HASH.yaml`: so that any epoch of the log can be executed again. What the
// job's processes share (app/shared_state.hpp) has them too. From any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "app/job_file.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"
#include "operators/plan.hpp"

namespace reckoner {

[[nodiscard]] Result<void> keep_rule_set(Files& files, const std::string& state_directory, std::uint64_t hash, const std::string& resolved);

// kCorruption when it is not there or not what was kept under this hash; `resolved` gets its text.
[[nodiscard]] Result<std::unique_ptr<Plan>> load_kept_rule_set(Files& files, const std::string& state_directory, std::uint64_t hash,
                                                               std::string* resolved = nullptr);

// The same from what the job's processes share, or from the job's rule set as it is in its folder now, where that is the one and another process of the
// job met it first: it is kept then.
[[nodiscard]] Result<std::unique_ptr<Plan>> find_rule_set(Files& files, const JobFile& file, std::uint64_t hash);

// Puts every one that state.dir keeps where the job's processes share them, if they do, and it is not there yet.
[[nodiscard]] Result<void> share_rule_sets(Files& files, const JobFile& file);

}  // namespace reckoner
