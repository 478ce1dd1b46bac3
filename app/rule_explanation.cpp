#include "app/rule_explanation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

#include "app/fact_explanation.hpp"
#include "engine/check.hpp"
#include "operators/build.hpp"
#include "rules/expression_text.hpp"

namespace reckoner {

namespace {

constexpr std::string_view kIndent = "               ";

// Bytes of a key's record when the key kind keeps the first `facts` facts and nothing else.
std::size_t record_bytes(const Plan& plan, std::size_t key, std::size_t facts) {
  Plan part = plan;
  KeyPlan& kept = part.keys[key];
  kept.facts.resize(facts);
  kept.totals.clear();
  kept.scores.clear();
  kept.rules.clear();
  part.evidence_ids = 0;
  return build_key_space(part, key, 0, 1).space->table().record_bytes();
}

class Explanation {
 public:
  Explanation(const Plan& plan, const RuleSetNames& names, std::size_t key, const RulePlan& rule)
      : plan_(plan), names_(names), key_number_(key), key_(plan.keys[key]), rule_(rule) {}

  [[nodiscard]] std::string text() {
    line("", fmt::format("{}  {} ({})", rule_.id, rule_.title, rule_.severity));
    line("fires when", expression_text(plan_, key_, rule_.fire));
    line("at", moment());
    line("kept by", fmt::format("{}", fmt::join(key_.by, ", ")));
    say();
    unknown();
    additions();
    notices();
    facts();
    cost();
    return text_;
  }

 private:
  [[nodiscard]] std::string moment() const {
    if (!rule_.verdicts.empty()) return "the moment when the watermark decides the absence";
    return fmt::format("each record of {} {}", plan_.inputs[rule_.input].schema.input,
                       key_.ordered ? "in order of event time, once no earlier one can come; one that comes all the same is late"
                                    : "as it is read, whatever the order of event times");
  }

  void line(std::string_view name, const std::string& what) { text_ += name.empty() ? what + "\n" : fmt::format("  {:<12} {}\n", name, what); }

  void say() {
    std::string sentence;
    for (std::size_t i = 0; i < rule_.sentence.texts.size(); ++i) {
      sentence += rule_.sentence.texts[i];
      if (i < rule_.sentence.values.size()) sentence += fmt::format("{{{}}}", expression_text(plan_, key_, rule_.sentence.values[i]));
    }
    line("says", sentence);
    for (const auto& [name, value] : rule_.columns) line("column", fmt::format("{}: {}", name, expression_text(plan_, key_, value)));
  }

  void unknown() {
    std::string what = "counted by its reason";
    if (rule_.missing == Missing::kFalse) what = "not counted";
    if (rule_.missing == Missing::kError) what += " and as a fault of the rule";
    line("unknown", fmt::format("where a value is missing it {}, which is {}", rule_.fails_closed ? "fires" : "does not fire", what));
    cannot_know();
  }

  void cannot_know() {
    if (rule_.verdicts.empty()) return;
    std::set<std::string> inputs;
    for (const std::uint32_t fact : rule_.verdicts) inputs.insert(plan_.inputs[pattern_of(key_.facts[fact]).steps.back().input].schema.input);
    std::string what = rule_.fails_closed ? "fires all the same, which is" : "does not fire, which is";
    what += rule_.missing == Missing::kFalse ? " not counted" : " counted as 'cannot know', with the input";
    if (rule_.missing == Missing::kError) what += ", and as a fault of the rule that names the input";
    line("cannot know", fmt::format("where {} was silent or had ended before the span was over, or records of it had to be let go, it {}",
                                    fmt::join(inputs, " or "), what));
  }

  void additions() {
    for (const PlannedAddition& addition : rule_.additions) {
      const AddedList& list = plan_.added_lists[addition.list];
      line("adds", fmt::format("{} to list.{}, for {} from then on", expression_text(plan_, key_, addition.value), list.name,
                               duration_text(list.added_for_ms)));
    }
  }

  void notices() {
    if (rule_.hold_ms > 0) {
      std::string what = fmt::format("a hit less than {} from the last alert of its {}", duration_text(rule_.hold_ms), fmt::join(key_.by, ", "));
      for (const Expression& field : rule_.dedup) what += fmt::format(" and {}", expression_text(plan_, key_, field));
      line("repeats", what);
    }
    if (rule_.renotify_ms > 0) line("notify", fmt::format("again with a repeat {} after the last notice", duration_text(rule_.renotify_ms)));
    if (rule_.escalate_hits > 0) line("escalates", fmt::format("to {} from hit {} of a hold on", rule_.escalate_severity, rule_.escalate_hits));
    for (const RuleException& one : rule_.exceptions) {
      const ExceptionPlan& exception = plan_.exceptions[one.exception];
      line("hidden by", fmt::format("{} from {} until {}{}: {}", exception.id, time_text(exception.from_ms), time_text(exception.until_ms),
                                    one.where ? " where " + expression_text(plan_, key_, *one.where) : std::string(), exception.reason));
    }
    if (!rule_.runbook.empty()) line("runbook", rule_.runbook);
  }

  // Those that fire reads, directly or not, and those of its own that the sentence and the columns read. What a ratio is made of is told with it.
  void facts() {
    std::set<std::uint32_t> positions(rule_.facts.begin(), rule_.facts.end());
    std::set<std::uint32_t> named;
    const FactNames* own = names_.find(FactOwner::kRule, rule_.id);
    for (std::size_t i = 0; own != nullptr && i < own->facts.size(); ++i) {
      if (const auto position = position_seen_by(plan_, key_number_, own->facts[i])) named.insert(*position);
    }
    positions.insert(named.begin(), named.end());
    std::set<std::uint32_t> parts;
    for (const std::uint32_t position : positions) {
      const FactPlan& fact = key_.facts[position];
      if (fact.kind == FactKind::kRatio) parts.insert({fact.part_fact, fact.whole_fact});
    }
    for (const std::uint32_t position : positions) {
      if (named.contains(position) || !parts.contains(position)) fact(position);
    }
  }

  void fact(std::uint32_t position) {
    const FactPlan& fact = key_.facts[position];
    line("fact", fmt::format("{} is {}", fact.name, fact_meaning(plan_, key_, fact)));
    for (const std::string& condition : fact_conditions(plan_, key_, fact)) line("", fmt::format("{}{}", kIndent, condition));
    line("", fmt::format("{}{:016x}: {}", kIndent, fact.fingerprint, cost_of(position)));
    if (const std::vector<std::string> others = sharers(position); !others.empty())
      line("", fmt::format("{}computed once for {} too", kIndent, fmt::join(others, ", ")));
  }

  [[nodiscard]] std::size_t bytes_of(std::uint32_t position) const {
    return record_bytes(plan_, key_number_, position + 1) - record_bytes(plan_, key_number_, position);
  }

  // What a key keeps for it.
  [[nodiscard]] std::string cost_of(std::uint32_t position) const {
    const FactPlan& fact = key_.facts[position];
    if (fact.kind == FactKind::kBorrowed) return fmt::format("kept by {}, for whoever asks", fmt::join(plan_.keys[fact.lender].by, ", "));
    std::size_t bytes = bytes_of(position);
    if (fact.kind == FactKind::kRatio) bytes += bytes_of(fact.part_fact) + bytes_of(fact.whole_fact);
    std::vector<std::string> kept;
    if (bytes > 0) kept.push_back(fmt::format("{} bytes of a key's record", bytes));
    if (keeps_entries(fact)) kept.push_back(fmt::format("the entries of its window, at most {} a key", key_.per_key_max));
    if (fact.kind == FactKind::kBaseline)
      kept.push_back(fmt::format("a count and a sum for each of {} buckets, and of those that late records are in", fact.within_ms / fact.bucket_ms));
    if (fact.kind == FactKind::kSequence) kept.push_back(fmt::format("at most {} attempts a key while they are open", pattern_of(fact).open_max));
    if (fact.kind == FactKind::kTogether || fact.kind == FactKind::kAbsence)
      kept.push_back(fmt::format("at most {} records of a step a key while they are open", pattern_of(fact).open_max));
    return kept.empty() ? "nothing of its own" : fmt::format("{}", fmt::join(kept, ", and "));
  }

  static bool uses_fact(const Expression& expression, std::uint32_t position) {
    if (expression.operation == Operation::kFact && expression.position == position) return true;
    return std::any_of(expression.arguments.begin(), expression.arguments.end(),
                       [&](const Expression& argument) { return uses_fact(argument, position); });
  }

  [[nodiscard]] std::vector<std::string> sharers(std::uint32_t position) const {
    std::vector<std::string> others;
    for (const KeyPlan& key : plan_.keys) {
      for (const RulePlan& rule : key.rules) {
        const bool reads = std::find(rule.facts.begin(), rule.facts.end(), position) != rule.facts.end();
        if (&key == &key_ && rule.id != rule_.id && reads) others.push_back(rule.id);
      }
    }
    for (const ScorePlan& score : key_.scores) {
      const bool reads = std::any_of(score.parts.begin(), score.parts.end(), [&](const ScorePart& part) { return uses_fact(part.value, position); });
      if (reads) others.push_back("score " + score.name);
    }
    return others;
  }

  void cost() {
    const std::size_t bytes = build_key_space(plan_, key_number_, 0, 1).space->table().record_bytes();
    line("state", fmt::format("the record of one {} has {} bytes, for all {} facts, {} totals, {} scores and {} rules that are kept by it",
                              fmt::join(key_.by, ", "), bytes, key_.facts.size(), key_.totals.size(), key_.scores.size(), key_.rules.size()));
  }

  const Plan& plan_;
  const RuleSetNames& names_;
  std::size_t key_number_;
  const KeyPlan& key_;
  const RulePlan& rule_;
  std::string text_;
};

}  // namespace

std::string explain_rule(const Plan& plan, const RuleSetNames& names, std::string_view id) {
  for (std::size_t key = 0; key < plan.keys.size(); ++key) {
    for (const RulePlan& rule : plan.keys[key].rules) {
      if (rule.id == id) return Explanation(plan, names, key, rule).text();
    }
  }
  RECKONER_UNREACHABLE("a rule that is not in the plan");
}

}  // namespace reckoner
