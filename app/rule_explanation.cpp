#include "app/rule_explanation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

#include "engine/check.hpp"
#include "operators/build.hpp"
#include "rules/expression_text.hpp"

namespace reckoner {

namespace {

std::string duration_text(std::int64_t milliseconds) {
  ValueType type;
  type.kind = ValueKind::kDuration;
  return to_text(type, milliseconds);
}

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
    line("at", rule_.verdicts.empty()
                   ? fmt::format("each record of {} as it is read, whatever the order of event times", plan_.inputs[rule_.input].schema.input)
                   : "the moment when the watermark decides the absence");
    line("kept by", fmt::format("{}", fmt::join(key_.by, ", ")));
    say();
    facts();
    cost();
    return text_;
  }

 private:
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

  // Those that fire reads, directly or not, and those of its own that the sentence and the columns read.
  void facts() {
    std::set<std::uint32_t> positions(rule_.facts.begin(), rule_.facts.end());
    const FactNames* own = names_.find(FactOwner::kRule, rule_.id);
    for (std::size_t i = 0; own != nullptr && i < own->facts.size(); ++i) positions.insert(own->facts[i].position);
    for (const std::uint32_t position : positions) fact(position);
  }

  void fact(std::uint32_t position) {
    const FactPlan& fact = key_.facts[position];
    line("fact", fmt::format("{} is {}", fact.name, meaning(fact)));
    if (fact.where) line("", fmt::format("               of those where {}", expression_text(plan_, key_, *fact.where)));
    const std::size_t bytes = record_bytes(plan_, key_number_, position + 1) - record_bytes(plan_, key_number_, position);
    std::string cost = bytes == 0 ? "no bytes of its own: it lies in what others keep" : fmt::format("{} bytes a key", bytes);
    if (fact.within_ms > 0) cost += fmt::format(", and the entries of its window, at most {} a key", key_.per_key_max);
    line("", fmt::format("               {:016x}: {}", fact.fingerprint, cost));
    if (const std::vector<std::string> others = sharers(position); !others.empty())
      line("", fmt::format("               computed once for {} too", fmt::join(others, ", ")));
  }

  [[nodiscard]] std::string meaning(const FactPlan& fact) const {
    const Schema& schema = plan_.inputs[fact.input].schema;
    const std::string& field = schema.fields[fact.value].name;
    const std::string window = fmt::format("records of {} in the {} up to the record at hand, {}", schema.input, duration_text(fact.within_ms),
                                           fact.exclude_current ? "without it" : "it included");
    switch (fact.kind) {
      case FactKind::kCount:
        return "the number of " + window;
      case FactKind::kSum:
        return fmt::format("the sum of {} over {}", field, window);
      case FactKind::kAverage:
        return fmt::format("the average of {} over {}", field, window);
      case FactKind::kMinimum:
        return fmt::format("the least {} among {}", field, window);
      case FactKind::kMaximum:
        return fmt::format("the greatest {} among {}", field, window);
      case FactKind::kDistinct:
        return fmt::format("the number of different values of {} among {}", field, window);
      case FactKind::kFirstSeen:
        return fmt::format("whether the {} of this record of {} is new: none of the last {} that were new{}", field, schema.input,
                           fact.remember_count,
                           fact.remember_ms > 0 ? fmt::format(" and seen within {}", duration_text(fact.remember_ms)) : std::string());
      case FactKind::kPrevious:
        return fmt::format("the {} of the record of {} before this one", field, schema.input);
      case FactKind::kLatest:
        return fmt::format("the {} of the latest record of {}, this one included", field, schema.input);
      case FactKind::kSincePrevious:
        return fmt::format("the time since the record of {} before this one", schema.input);
      case FactKind::kGeoSpeed:
        return fmt::format("km/h between the places of this record of {} and the one before; hops under {} km are 0", schema.input, fact.minimum_km);
      case FactKind::kSequence:
        return fmt::format("whether this record of {} completes {} within {}", schema.input, steps(fact, ", then "), duration_text(fact.within_ms));
      case FactKind::kTogether:
        return fmt::format("whether {} all came within {}", steps(fact, ", "), duration_text(fact.within_ms));
      case FactKind::kAbsence:
        return fmt::format("whether {} did not come within {}, as the watermark decides", steps(fact, " and after it "),
                           duration_text(fact.within_ms));
      case FactKind::kBinding:
        return "a value of a record that made " + key_.facts[fact.pattern_fact].name;
      default:
        return fmt::format("{} of records of {}", to_text(fact.type), schema.input);
    }
  }

  // "chg of profile where ..., then pay of transactions".
  [[nodiscard]] std::string steps(const FactPlan& fact, std::string_view joint) const {
    std::string text;
    for (const PatternStep& step : pattern_of(fact).steps) {
      text += fmt::format("{}{}{} of {}", text.empty() ? "" : joint, step.never ? "no " : "", step.name, plan_.inputs[step.input].schema.input);
      if (step.at_least > 1) text += fmt::format(" ({} of them)", step.at_least);
      if (step.where) text += fmt::format(" where {}", expression_text(plan_, key_, *step.where));
    }
    return text;
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
