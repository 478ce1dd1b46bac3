// What people call the parts of a plan, and where they wrote it: a plan knows positions alone, and one fact may have several names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "operators/plan.hpp"

namespace reckoner {

struct TextPlace {
  std::string file;  // as findings name it
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

struct NamedFact {
  std::string name;
  std::size_t key = 0;         // key kind of the plan
  std::uint32_t position = 0;  // of the fact in it
  TextPlace place;
};

enum class FactOwner : std::uint8_t { kRuleSet, kScore, kRule };

// Facts that are named together.
struct FactNames {
  FactOwner owner = FactOwner::kRuleSet;
  std::size_t evaluation = 0;  // who asks for them is decided together
  std::string name;            // of the score, or the rule's id
  TextPlace place;
  std::vector<NamedFact> facts;
  [[nodiscard]] const NamedFact* find(std::string_view fact) const;
};

struct RuleSetNames {
  std::vector<FactNames> groups;  // the rule set's own first, one for each evaluation

  [[nodiscard]] const FactNames* find(FactOwner owner, std::string_view name) const;
  // Those of the rule set that a rule or score reads.
  [[nodiscard]] const FactNames* shared_by(const FactNames& group) const;
  // As the rule reads it: its own facts, then those of the rule set.
  [[nodiscard]] const NamedFact* find_in_rule(std::string_view rule, std::string_view fact) const;
};

// The fact's position among those of a key kind, its own or one that borrows it; nothing where it is not known there.
[[nodiscard]] std::optional<std::uint32_t> position_seen_by(const Plan& plan, std::size_t key, const NamedFact& fact);

}  // namespace reckoner
