#include "app/lint_summary.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "operators/build.hpp"

namespace reckoner {

namespace {

bool keeps_patterns(const KeyPlan& key) {
  return std::any_of(key.facts.begin(), key.facts.end(), [](const FactPlan& fact) { return fact.pattern.has_value(); });
}

std::string evaluation_of(const KeyPlan& key) {
  if (key.derived) return "of what is derived";
  return key.ordered ? "in order of event time" : "as records arrive";
}

// Of a key: its record, and its windows when they are full.
std::string state_of(const Plan& plan, std::size_t kind) {
  const KeyPlan& key = plan.keys[kind];
  const BuiltKeySpace built = build_key_space(plan, kind, 0, 1);
  std::size_t entry_bytes = 0;
  for (const SlidingOperator* const window : built.windows) entry_bytes += window->entry_bytes();
  std::string text = fmt::format("a record of {} bytes a key", built.space->table().record_bytes());
  if (entry_bytes > 0) text += fmt::format(", at most {} more of window entries (max_per_key {})", entry_bytes * key.per_key_max, key.per_key_max);
  if (keeps_patterns(key)) text += ", and what is open of its patterns";
  return text;
}

}  // namespace

std::string lint_summary(const LoadResult& loaded, const Plan& plan) {
  std::size_t facts = 0;
  std::size_t totals = 0;
  std::size_t scores = 0;
  std::size_t rules = 0;
  std::string keys;
  for (std::size_t kind = 0; kind < plan.keys.size(); ++kind) {
    const KeyPlan& key = plan.keys[kind];
    facts += key.facts.size();
    totals += key.totals.size();
    scores += key.scores.size();
    rules += key.rules.size();
    keys += fmt::format("  by {}, {}: {}\n", fmt::join(key.by, ", "), evaluation_of(key), state_of(plan, kind));
  }
  return fmt::format("rule set {} version {}, hash {:016x}: {} inputs, {} keys, {} facts, {} totals, {} scores, {} rules{}; nothing to mend\n{}",
                     plan.rule_set, plan.version, plan.hash, read_inputs(plan), plan.keys.size(), facts, totals, scores, rules,
                     loaded.environments.empty() ? "" : fmt::format(", environments {}", fmt::join(loaded.environments, ", ")), keys);
}

}  // namespace reckoner
