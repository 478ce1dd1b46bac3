// Tells a walk's violation as a person can read it.
#pragma once

#include <string>

#include "protocol/rules.hpp"
#include "protocol/search.hpp"

namespace reckoner::protocol {

// One step a line, instances as A, B, C, sections as (owner, epoch), and what each shard's log holds where it changes.
[[nodiscard]] std::string describe(const Walk& walk, const Rules& rules);

}  // namespace reckoner::protocol
