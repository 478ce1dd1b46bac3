// What lint says of a rule set in which there is nothing to mend: how much of what it has, and by each key how it is decided and what a key's state takes.
#pragma once

#include <string>

#include "rules/load.hpp"

namespace reckoner {

// Lines. `plan` is what was loaded.
[[nodiscard]] std::string lint_summary(const LoadResult& loaded, const Plan& plan);

}  // namespace reckoner
