// A compiled expression as an analyst would write it, for explanations: names instead of positions, constants in their types, no more
// parentheses than needed.
#pragma once

#include <functional>
#include <string>

#include "operators/plan.hpp"

namespace reckoner {

// What a leaf is called where its plan alone does not tell; "" = as ever.
using LeafName = std::function<std::string(const Expression& leaf)>;

// Facts and scores are those of `key`, measures those of a total that is not given and shown by number. An expression with kBound leaves needs
// `name`, which is asked for these and for fields.
[[nodiscard]] std::string expression_text(const Plan& plan, const KeyPlan& key, const Expression& expression, const LeafName& name = {});
// The condition of a step on records that were there before: they are STEP.FIELD, STEP.first.FIELD and STEP.count.
[[nodiscard]] std::string bound_condition_text(const Plan& plan, const KeyPlan& key, const PatternPlan& pattern, const Expression& condition);
// The part of a fact's condition that compares a record of the window with the one at hand, whose fields are now.FIELD.
[[nodiscard]] std::string like_condition_text(const Plan& plan, const KeyPlan& key, const FactPlan& fact);

}  // namespace reckoner
