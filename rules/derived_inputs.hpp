// Inputs that a rule set has without declaring them: `alerts`, those of its own rules, `faults`, records at which a rule with missing: error could not
// be decided, `silences`, of inputs with silent_after; and each of its `cycles`. Only rules look at them; what these rules find is a record of none.
#pragma once

#include "rules/rule_set.hpp"

namespace reckoner {

inline constexpr std::string_view kAlertsInput = "alerts";
inline constexpr std::string_view kFaultsInput = "faults";
inline constexpr std::string_view kSilencesInput = "silences";

// Adds those that a rule or fact of one asks for, behind the declared inputs; a declared one of the same name is that one. Their fields are what
// every record has (operators/alert_records.hpp, operators/silence_watch.hpp) and the fields of all keys of rules that can be behind one.
void add_derived_inputs(RuleSet& rule_set);

}  // namespace reckoner
