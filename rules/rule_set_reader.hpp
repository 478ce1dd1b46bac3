// YAML trees -> rule set. Every value has the form its key takes, or is a finding; names are resolved later.
#pragma once

#include <optional>
#include <vector>

#include "rules/rule_set.hpp"

namespace reckoner {

// Each reads what is there, adds findings for the rest, and puts the result into `rule_set`.
void read_rule_set_document(const ValueReader& values, const YamlNode& document, RuleSet& rule_set);
void read_rule_document(const ValueReader& values, const YamlNode& document, RuleSet& rule_set);

// Parts of the two.
void read_inputs(const ValueReader& values, const YamlNode& inputs, RuleSet& rule_set);
[[nodiscard]] std::vector<FactDefinition> read_facts(const ValueReader& values, const YamlNode& facts);
// What stands behind sequence, together or absent. False = the fact is broken.
[[nodiscard]] bool read_pattern(const ValueReader& values, const YamlNode& node, FactKind kind, FactDefinition& into);
[[nodiscard]] std::optional<AfterFire> read_after_fire(const ValueReader& values, const YamlNode& node);
[[nodiscard]] std::optional<Expression> read_parameter_value(const ValueReader& values, const YamlNode& node);

// "200 USD", "200.00 USD"; empty when the text has another form.
[[nodiscard]] std::optional<Expression> parse_money(std::string_view text);

}  // namespace reckoner
