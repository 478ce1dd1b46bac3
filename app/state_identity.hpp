// What a state directory belongs to: rule set, number of shards, what its state means. Written when the directory is made, checked ever after.
// Resolved rule sets are kept beside it by hash, so that any epoch of the log can be executed again.
#pragma once

#include <cstdint>
#include <string>

#include "engine/error.hpp"
#include "engine/files.hpp"

namespace reckoner {

struct StateIdentity {
  std::string rule_set;
  std::uint32_t shards = 0;
  std::uint64_t facts_hash = 0;
};

// kConfiguration when the directory belongs to something else: says what differs and what to do.
[[nodiscard]] Result<void> adopt_state_identity(Files& files, const std::string& state_directory, const StateIdentity& identity);
[[nodiscard]] Result<void> keep_rule_set(Files& files, const std::string& state_directory, std::uint64_t hash, const std::string& resolved);
[[nodiscard]] std::uint64_t identity_hash(const StateIdentity& identity);

}  // namespace reckoner
