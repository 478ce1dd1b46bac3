// What a fact of a plan is, in plain words: for `reckoner explain`.
#pragma once

#include <string>
#include <vector>

#include "operators/plan.hpp"

namespace reckoner {

// "the sum of amount over records of payments in the 1d up to the record at hand, it included". `key` is the one that keeps the fact.
[[nodiscard]] std::string fact_meaning(const Plan& plan, const KeyPlan& key, const FactPlan& fact);
// Which records are meant, and when nothing is known: a line each.
[[nodiscard]] std::vector<std::string> fact_conditions(const Plan& plan, const KeyPlan& key, const FactPlan& fact);
// Whether it keeps an entry for each record of its window.
[[nodiscard]] bool keeps_entries(const FactPlan& fact);

}  // namespace reckoner
