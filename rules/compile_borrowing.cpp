// Facts that are asked for by another key than their own: the asking key kind borrows them (operators/lending.hpp), and is processed after the one
// that lends.
#include <fmt/format.h>

#include <algorithm>

#include "engine/check.hpp"
#include "rules/compiler.hpp"

namespace reckoner {

namespace {

std::string by_text(const KeyPlan& key) { return fmt::format("{}", fmt::join(key.by, ", ")); }

}  // namespace

std::optional<Compiler::KeptFact> Compiler::kept_fact(const FactGroup& group, const std::string& name) {
  const auto binding = group.bindings.find(name);
  if (binding != group.bindings.end()) return KeptFact{binding->second.entry, binding->second.key};
  for (std::size_t i = 0; i < group.definitions->size(); ++i) {
    const std::optional<std::size_t>& entry = group.entries[i];
    if ((*group.definitions)[i].name.text == name && entry) return KeptFact{*entry, group.keys[i]};
  }
  return std::nullopt;
}

Symbols Compiler::visible(const FactGroup& group, const FactAsker& asker) {
  Symbols symbols;
  for (const auto& [name, symbol] : group.symbols) {
    const std::optional<KeptFact> fact = kept_fact(group, name);
    if (!fact || !asker.key || fact->key == *asker.key)
      symbols.emplace(name, symbol);
    else if (asker.names.contains(name))
      symbols.emplace(name, borrowed(*fact, asker));
  }
  return symbols;
}

// Derived records are looked at when all that is read of a round was: neither side can ask for what the other keeps.
std::string Compiler::apart_text(const std::string& fact, std::size_t input) const {
  return is_derived(input)
             ? fmt::format("'{}' is of '{}', which no rule on another input can ask for", fact, plan_.inputs[input].schema.input)
             : fmt::format("'{}' is of '{}', which no rule on alerts or other derived records can ask for", fact, plan_.inputs[input].schema.input);
}

Symbol Compiler::borrowed(const KeptFact& fact, const FactAsker& asker) {
  RECKONER_CHECK(asker.key.has_value(), "what has no key borrows nothing");
  const FactPlan lent = entries_[fact.entry].plan;  // a copy: adding an entry moves them
  const KeyPlan& lender = plan_.keys[fact.key];
  const auto refuse = [&](std::string reason, std::string advice) {
    return refused(DiagnosticCode::kMixedKeys, std::move(reason), std::move(advice));
  };
  if (lender.derived != plan_.keys[*asker.key].derived) return refuse(apart_text(lent.name, lent.input), kApartAdvice);
  const std::string kept = fmt::format("'{}' is kept by {}, not by {}", lent.name, by_text(lender), by_text(plan_.keys[*asker.key]));
  if (lent.kind == FactKind::kAbsence)
    return refuse(fmt::format("{}, and decided at no record", kept), fmt::format("read it in the fire of a rule by {}", by_text(lender)));
  if (!asker.at_records) return refuse(fmt::format("{}, and there may be no record to ask it for", kept), "use facts of the same 'by'");
  for (const std::size_t input : asker.inputs) {
    const std::string& name = plan_.inputs[input].schema.input;
    if (lender.fields[input].empty()) return refuse(fmt::format("{}, which records of '{}' do not have", kept, name), "use facts of the same 'by'");
    if (is_of_record(lent) && lent.input != input)
      return refuse(fmt::format("{}, and known at records of '{}' alone", kept, plan_.inputs[lent.input].schema.input),
                    "count the records at which it holds, in a fact with count, within and where");
  }
  FactPlan plan;
  plan.kind = FactKind::kBorrowed;
  plan.name = lent.name;
  plan.type = lent.type;
  plan.input = lent.input;
  plan.lender = static_cast<std::uint32_t>(fact.key);
  plan.lent_fact = static_cast<std::uint32_t>(fact.entry);
  plan.lent = lent.fingerprint;
  const std::size_t known = entries_.size();
  const std::size_t entry = add_entry(*asker.key, std::move(plan));
  RECKONER_CHECK(entry < known || !facts_are_ordered_, "fact {} is borrowed when facts have their places already", lent.name);
  if (entries_[entry].asked_at == nullptr) entries_[entry].asked_at = asker.place;
  Expression leaf;
  leaf.operation = Operation::kFact;
  leaf.type = entries_[entry].plan.type;
  leaf.position = static_cast<std::uint32_t>(facts_are_ordered_ ? entries_[entry].position : entry);
  return usable(std::move(leaf));
}

// A key kind's level is one more than the highest of those that lend to it, and of those of lower stages. Where two would wait for each other, what they
// lend is kept apart from the rest of them.
void Compiler::order_loans() {
  if (set_levels() == nullptr) return;
  keep_loans_apart();
  const FactEntry* const circular = set_levels();
  if (circular == nullptr) return;
  RECKONER_CHECK(circular->asked_at != nullptr, "fact {} is borrowed in a place that nobody wrote", circular->plan.name);
  const std::string lender = by_text(plan_.keys[circular->plan.lender]);
  const std::string borrower = by_text(plan_.keys[circular->key]);
  add_finding(findings_, *circular->asked_at, DiagnosticCode::kCycle,
              fmt::format("facts by {} that others ask for need facts by {}, and these in turn need facts by {}", borrower, lender, borrower),
              "take one of them out of a condition");
}

// Null, or a borrowed fact by which key kinds wait for each other.
const Compiler::FactEntry* Compiler::set_levels() {
  for (KeyPlan& key : plan_.keys) key.level = 0;
  const FactEntry* raised = nullptr;
  for (std::size_t round = 0; round <= plan_.keys.size(); ++round) {
    raised = nullptr;
    raise_stages();
    for (const FactEntry& entry : entries_) {
      if (entry.plan.kind != FactKind::kBorrowed) continue;
      const std::uint32_t level = plan_.keys[entry.plan.lender].level + 1;
      if (plan_.keys[entry.key].level >= level) continue;
      plan_.keys[entry.key].level = level;
      raised = &entry;
    }
    if (raised == nullptr) break;
  }
  return raised;
}

// Those of a stage come after all of the stage before.
void Compiler::raise_stages() {
  for (KeyPlan& key : plan_.keys) {
    for (const KeyPlan& other : plan_.keys) {
      if (!key.derived && !other.derived && other.ordered == key.ordered && other.stage < key.stage) key.level = std::max(key.level, other.level + 1);
    }
  }
}

// Every fact that is lent gets a second one, in a key kind that does nothing but lend.
void Compiler::keep_loans_apart() {
  std::map<std::size_t, std::size_t> apart;  // by key kind
  const std::size_t keys = plan_.keys.size();
  for (std::size_t key = 0; key < keys; ++key) {
    const auto lends = [&](const FactEntry& entry) { return entry.plan.kind == FactKind::kBorrowed && entry.plan.lender == key; };
    if (std::none_of(entries_.begin(), entries_.end(), lends)) continue;
    if (plan_.keys.size() >= kKeyKindsMax) {
      findings_.add_file("ruleset.yaml", DiagnosticCode::kTooMany,
                         fmt::format("more than {} different keys, with those whose facts are asked for by others", kKeyKindsMax));
      return;
    }
    apart.emplace(key, plan_.keys.size());
    KeyPlan lender = plan_.keys[key];
    lender.only_lends = true;
    plan_.keys.push_back(std::move(lender));
  }
  std::map<std::size_t, std::size_t> copies;  // by entry
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].plan.kind != FactKind::kBorrowed || plan_.keys[entries_[i].plan.lender].only_lends) continue;
    const std::size_t lent = copy_entry(entries_[i].plan.lent_fact, apart, copies);
    entries_[i].plan.lent_fact = static_cast<std::uint32_t>(lent);
    entries_[i].plan.lender = static_cast<std::uint32_t>(entries_[lent].key);
  }
}

// The same fact in the key kind apart, with those that it is made of.
std::size_t Compiler::copy_entry(std::size_t entry, const std::map<std::size_t, std::size_t>& apart, std::map<std::size_t, std::size_t>& copies) {
  if (const auto known = copies.find(entry); known != copies.end()) return known->second;
  FactPlan fact = entries_[entry].plan;
  const auto copy = [&](std::uint32_t& other) { other = static_cast<std::uint32_t>(copy_entry(other, apart, copies)); };
  const auto copy_leaves = [&](std::optional<Expression>& expression) {
    if (expression) each_leaf(*expression, Operation::kFact, [&](Expression& leaf) { copy(leaf.position); });
  };
  copy_leaves(fact.where);
  for (std::size_t step = 0; fact.pattern && step < fact.pattern->steps.size(); ++step) {
    copy_leaves(fact.pattern->steps[step].where);
    copy_leaves(fact.pattern->steps[step].bound);
  }
  if (fact.kind == FactKind::kBinding) copy(fact.pattern_fact);
  if (fact.kind == FactKind::kRatio) copy(fact.part_fact), copy(fact.whole_fact);
  if (fact.kind == FactKind::kBorrowed && !plan_.keys[fact.lender].only_lends) {
    copy(fact.lent_fact);
    fact.lender = static_cast<std::uint32_t>(entries_[fact.lent_fact].key);
  }
  const std::size_t made = add_entry(apart.at(entries_[entry].key), std::move(fact));
  entries_[made].asked_at = entries_[entry].asked_at;
  copies.emplace(entry, made);
  return made;
}

}  // namespace reckoner
