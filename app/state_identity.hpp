// What a state directory belongs to: rule set, number of shards, what its state means. Written when the directory is made, checked ever after.
#pragma once

#include <cstdint>
#include <string>

#include "app/job_file.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"
#include "operators/plan.hpp"

namespace reckoner {

struct StateIdentity {
  std::string rule_set;
  std::uint32_t shards = 0;
  std::uint64_t facts_hash = 0;
};

[[nodiscard]] StateIdentity identity_of(const JobFile& file, const Plan& plan);

// kConfiguration when the directory belongs to something else: says what differs and what to do.
[[nodiscard]] Result<void> adopt_state_identity(Files& files, const std::string& state_directory, const StateIdentity& identity);
// The same for who only looks: a directory without an identity is no error.
[[nodiscard]] Result<void> check_state_identity(Files& files, const std::string& state_directory, const StateIdentity& identity);
[[nodiscard]] std::uint64_t identity_hash(const StateIdentity& identity);

}  // namespace reckoner
