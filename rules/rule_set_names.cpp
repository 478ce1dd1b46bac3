#include "rules/rule_set_names.hpp"

#include <algorithm>

#include "rules/compiler.hpp"

namespace reckoner {

namespace {

TextPlace place_of(const Written& written) {
  const LineColumn at = written.source->at(written.node->offset);
  return {written.source->name(), at.line, at.column};
}

}  // namespace

const NamedFact* FactNames::find(std::string_view fact) const {
  const auto found = std::find_if(facts.begin(), facts.end(), [&](const NamedFact& one) { return one.name == fact; });
  return found == facts.end() ? nullptr : &*found;
}

const FactNames* RuleSetNames::find(FactOwner owner, std::string_view name) const {
  const auto found = std::find_if(groups.begin(), groups.end(), [&](const FactNames& one) { return one.owner == owner && one.name == name; });
  return found == groups.end() ? nullptr : &*found;
}

const FactNames* RuleSetNames::shared_by(const FactNames& group) const {
  const auto is_shared = [&](const FactNames& one) { return one.owner == FactOwner::kRuleSet && one.evaluation == group.evaluation; };
  const auto found = std::find_if(groups.begin(), groups.end(), is_shared);
  return found == groups.end() ? nullptr : &*found;
}

const NamedFact* RuleSetNames::find_in_rule(std::string_view rule, std::string_view fact) const {
  const FactNames* const own = find(FactOwner::kRule, rule);
  for (const FactNames* group : {own, own == nullptr ? find(FactOwner::kRuleSet, "") : shared_by(*own)}) {
    if (const NamedFact* found = group == nullptr ? nullptr : group->find(fact)) return found;
  }
  return nullptr;
}

std::optional<std::uint32_t> position_seen_by(const Plan& plan, std::size_t key, const NamedFact& fact) {
  if (fact.key == key) return fact.position;
  const std::uint64_t lent = plan.keys[fact.key].facts[fact.position].fingerprint;
  const std::vector<FactPlan>& facts = plan.keys[key].facts;
  const auto found =
      std::find_if(facts.begin(), facts.end(), [&](const FactPlan& one) { return one.kind == FactKind::kBorrowed && one.lent == lent; });
  if (found == facts.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - facts.begin());
}

RuleSetNames Compiler::names() const {
  RuleSetNames names;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const std::size_t scores = rule_set_.scores.size();
    FactNames group;
    group.evaluation = groups_[i].evaluation;
    if (i >= evaluations_.size() + scores) {
      const Written& id = rule_set_.rules[i - evaluations_.size() - scores].id;
      group.owner = FactOwner::kRule, group.name = id.text, group.place = place_of(id);
    } else if (i >= evaluations_.size()) {
      const Written& name = rule_set_.scores[i - evaluations_.size()].name;
      group.owner = FactOwner::kScore, group.name = name.text, group.place = place_of(name);
    }
    for (std::size_t fact = 0; fact < groups_[i].definitions->size(); ++fact) {
      const std::optional<std::size_t>& known = groups_[i].entries[fact];
      if (!known) continue;
      const FactEntry& entry = entries_[*known];
      const Written& name = (*groups_[i].definitions)[fact].name;
      group.facts.push_back({name.text, entry.key, static_cast<std::uint32_t>(entry.position), place_of(name)});
    }
    names.groups.push_back(std::move(group));
  }
  return names;
}

}  // namespace reckoner
