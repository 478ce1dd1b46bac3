// A compiled expression as an analyst would write it, for explanations: names instead of positions, constants in their types, no more
// parentheses than needed.
#pragma once

#include <string>

#include "operators/plan.hpp"

namespace reckoner {

// Facts and scores are those of `key`, measures those of a total that is not given and shown by number.
[[nodiscard]] std::string expression_text(const Plan& plan, const KeyPlan& key, const Expression& expression);

}  // namespace reckoner
