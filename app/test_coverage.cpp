#include "app/test_coverage.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace reckoner {

namespace {

// A count of nothing, a sum of nothing, a truth that is false: what a fact is worth before anything reached it.
bool is_nothing(const std::string& value) { return value == "false" || value.find_first_not_of("0.") == std::string::npos; }

}  // namespace

TestCoverage::TestCoverage(const TestedRuleSet& tested, const Probes& probes)
    : tested_(tested), branches_(probes.branches()), branches_seen_(probes.branches().size()) {
  for (std::size_t key = 0; key < tested.plan->keys.size(); ++key) {
    for (std::size_t rule = 0; rule < tested.plan->keys[key].rules.size(); ++rule)
      rules_.push_back({key, rule, false, !tested.plan->keys[key].rules[rule].verdicts.empty()});
    // What no record has a value of, no probe can see; what is borrowed is seen where it is kept.
    std::vector<bool> facts;
    facts.reserve(tested.plan->keys[key].facts.size());
    for (const FactPlan& fact : tested.plan->keys[key].facts)
      facts.push_back(fact.kind == FactKind::kAbsence || fact.kind == FactKind::kBinding || fact.kind == FactKind::kBorrowed ||
                      tested.plan->keys[key].only_lends);
    facts_.push_back(std::move(facts));
  }
}

void TestCoverage::add(const ProbeReading& reading) {
  for (const auto& [rule, fired] : reading.fired) {
    const auto seen = std::find_if(rules_.begin(), rules_.end(), [&](const RuleSeen& one) { return one.key == reading.key && one.rule == rule; });
    seen->fired = seen->fired || fired;
    seen->silent = seen->silent || !fired;
  }
  for (const auto& [branch, holds] : reading.branches) {
    branches_seen_[branch].held = branches_seen_[branch].held || holds;
    branches_seen_[branch].failed = branches_seen_[branch].failed || !holds;
  }
  for (std::size_t fact = 0; fact < reading.facts.size(); ++fact) {
    const ProbedValue& value = reading.facts[fact];
    if (value && !is_nothing(*value)) facts_[reading.key][fact] = true;
  }
}

std::string TestCoverage::rule_place(std::size_t key, std::size_t rule) const {
  const std::string& id = tested_.plan->keys[key].rules[rule].id;
  const FactNames* names = tested_.names->find(FactOwner::kRule, id);
  return names == nullptr ? id : fmt::format("{}:{}: {}", names->place.file, names->place.line, id);
}

void TestCoverage::add_alert(std::string_view rule) {
  for (RuleSeen& seen : rules_) seen.fired = seen.fired || tested_.plan->keys[seen.key].rules[seen.rule].id == rule;
}

std::string TestCoverage::summary() const {
  const auto fired = std::count_if(rules_.begin(), rules_.end(), [](const RuleSeen& one) { return one.fired; });
  std::size_t branches = 0;
  for (const BranchSeen& branch : branches_seen_) branches += (branch.held ? 1U : 0U) + (branch.failed ? 1U : 0U);
  std::size_t facts = 0;
  std::size_t facts_taken = 0;
  for (const std::vector<bool>& of_key : facts_) {
    facts += of_key.size();
    facts_taken += static_cast<std::size_t>(std::count(of_key.begin(), of_key.end(), true));
  }
  return fmt::format("{} of {} rules fired, {} of {} branches of fire, {} of {} facts", fired, rules_.size(), branches, 2 * branches_seen_.size(),
                     facts_taken, facts);
}

std::vector<std::string> TestCoverage::missing() const {
  std::vector<std::string> lines;
  for (const RuleSeen& rule : rules_) {
    if (!rule.fired) lines.push_back(fmt::format("{} never fires", rule_place(rule.key, rule.rule)));
    if (!rule.silent) lines.push_back(fmt::format("{} is never silent", rule_place(rule.key, rule.rule)));
  }
  for (std::size_t i = 0; i < branches_.size(); ++i) {
    const std::string place = rule_place(branches_[i].key, branches_[i].rule);
    if (!branches_seen_[i].held) lines.push_back(fmt::format("{}: never true: {}", place, branches_[i].text));
    if (!branches_seen_[i].failed) lines.push_back(fmt::format("{}: never false: {}", place, branches_[i].text));
  }
  for (const FactNames& group : tested_.names->groups) {
    for (const NamedFact& fact : group.facts) {
      if (!facts_[fact.key][fact.position])
        lines.push_back(fmt::format("{}:{}: fact {} has no value but nothing", fact.place.file, fact.place.line, fact.name));
    }
  }
  return lines;
}

std::vector<std::string> TestCoverage::never_fired() const {
  std::vector<std::string> ids;
  for (const RuleSeen& rule : rules_) {
    if (!rule.fired) ids.push_back(tested_.plan->keys[rule.key].rules[rule.rule].id);
  }
  return ids;
}

}  // namespace reckoner
