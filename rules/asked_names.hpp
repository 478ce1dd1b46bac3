// Names that parts of a rule set ask for, directly or through their own facts and macros: facts, lists ("list.NAME"), scores ("score.NAME"), fields.
// Read from the texts, so that it is known before anything is compiled; what cannot be parsed asks for nothing.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rules/expression_parser.hpp"
#include "rules/macros.hpp"
#include "rules/rule_set.hpp"

namespace reckoner {

using AskedNames = std::set<std::string>;

// The names in an expression; the views are into the tree.
void collect_names(const SyntaxNode& node, std::vector<const SyntaxNode*>& names);

void collect_names(const Macros& macros, std::string_view text, AskedNames& names);
void collect_fact_names(const Macros& macros, const std::vector<FactDefinition>& facts, AskedNames& names);

[[nodiscard]] AskedNames names_of(const Macros& macros, const ScoreDefinition& score);
[[nodiscard]] AskedNames names_of(const Macros& macros, const RuleDefinition& rule);
[[nodiscard]] AskedNames names_of(const Macros& macros, const TotalDefinition& total);

// Whether the fact of this name, or something that it bound, is among the names.
[[nodiscard]] bool asks_for_fact(const AskedNames& names, const std::string& fact);

}  // namespace reckoner
