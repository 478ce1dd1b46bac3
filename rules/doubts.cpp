#include "rules/doubts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>

#include "engine/check.hpp"
#include "rules/condition_ranges.hpp"
#include "rules/expression_text.hpp"

namespace reckoner {

namespace {

constexpr std::array<std::string_view, 4> kSeverities{"low", "medium", "high", "critical"};

bool is_name_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') || letter == '_' || letter == '.';
}

// Whether the text has the word, alone or before a point, as in hit.pay.amount; not as a part of a longer name.
bool mentions(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_name_letter(text[at - 1])) && (end == text.size() || text[end] == '.' || !is_name_letter(text[end]))) return true;
  }
  return false;
}

class ConditionDoubts {
 public:
  ConditionDoubts(const Plan& plan, Findings& findings) : plan_(plan), findings_(findings) {}

  // `what` begins the sentence: "the rule never fires".
  void look_at(const KeyPlan& key, const Written& written, const Expression& condition, std::string_view never, std::string_view always) {
    const ConditionRanges ranges(plan_, key);
    if (!ranges.possible({{&condition, true}}))
      return add(written, DiagnosticCode::kNeverTrue, std::string(never), why_never(ranges, key, condition));
    if (!ranges.possible({{&condition, false}}))
      return add(written, DiagnosticCode::kAlwaysTrue, std::string(always), why_always(ranges, key, condition));
    look_inside(ranges, key, written, condition, {});
  }

 private:
  void add(const Written& written, DiagnosticCode code, std::string text, const std::string& why) {
    add_finding(findings_, written, code, why.empty() ? std::move(text) : fmt::format("{}: {}", text, why));
  }

  [[nodiscard]] std::string text(const KeyPlan& key, const Expression& expression) const { return expression_text(plan_, key, expression); }

  // "amount is at most 100.00": what is known of the value that an atom compares.
  [[nodiscard]] std::string bounds_text(const ConditionRanges& ranges, const KeyPlan& key, const Expression& atom) const {
    if (atom.arguments.empty() || atom.arguments.front().type.kind == ValueKind::kString) return {};
    const bool swapped = atom.arguments.front().operation == Operation::kConstant;
    const Expression& value = atom.arguments[swapped && atom.arguments.size() > 1 ? 1 : 0];
    const ConditionRanges::Interval interval = ranges.interval_of(value);
    if (value.type.kind == ValueKind::kEnum || value.type.kind == ValueKind::kBool) return {};
    const ConditionRanges::Interval all = ranges.interval_of(Expression{Operation::kMeasure, value.type, 0, {}, {}, {}, 0, 0, {}});
    const std::string name = text(key, value);
    const bool has_low = interval.low != all.low;
    const bool has_high = interval.high != all.high;
    if (has_low && has_high)
      return fmt::format("{} is between {} and {}", name, to_text(value.type, interval.low), to_text(value.type, interval.high));
    if (has_low) return fmt::format("{} is at least {}", name, to_text(value.type, interval.low));
    return has_high ? fmt::format("{} is at most {}", name, to_text(value.type, interval.high)) : std::string();
  }

  [[nodiscard]] std::string why_never(const ConditionRanges& ranges, const KeyPlan& key, const Expression& condition) const {
    std::vector<const Expression*> atoms;
    ConditionRanges::collect_atoms(condition, atoms);
    for (const Expression* atom : atoms) {
      if (condition.operation == Operation::kNot || ranges.possible({{atom, true}})) continue;
      const std::string bounds = bounds_text(ranges, key, *atom);
      return fmt::format("{} cannot hold{}{}", text(key, *atom), bounds.empty() ? "" : ", since ", bounds);
    }
    for (std::size_t i = 0; i < atoms.size() && condition.operation == Operation::kAnd; ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (!ranges.possible({{atoms[i], true}, {atoms[j], true}}))
          return fmt::format("{} and {} exclude each other", text(key, *atoms[j]), text(key, *atoms[i]));
      }
    }
    return "its parts exclude each other";
  }

  [[nodiscard]] std::string why_always(const ConditionRanges& ranges, const KeyPlan& key, const Expression& condition) const {
    std::vector<const Expression*> atoms;
    ConditionRanges::collect_atoms(condition, atoms);
    const std::string bounds = bounds_text(ranges, key, *atoms.front());
    return bounds.empty() ? "it leaves nothing out" : bounds;
  }

  // Parts of a condition that decide nothing where the parts around them hold.
  void look_inside(const ConditionRanges& ranges, const KeyPlan& key, const Written& written, const Expression& condition,
                   const std::vector<Wish>& around) {
    if (condition.operation != Operation::kAnd && condition.operation != Operation::kOr) return;
    const bool all = condition.operation == Operation::kAnd;
    std::set<std::size_t> idle;
    for (std::size_t i = 0; i < condition.arguments.size(); ++i) {
      const Expression& part = condition.arguments[i];
      std::vector<Wish> others = around;
      for (std::size_t j = 0; j < condition.arguments.size(); ++j) {
        if (j != i && !idle.contains(j)) others.push_back({&condition.arguments[j], all});
      }
      std::vector<Wish> with_part = others;
      with_part.push_back({&part, !all});
      if (!ranges.possible(with_part)) {
        idle.insert(i);
        if (all)
          add(written, DiagnosticCode::kAlwaysTrue, fmt::format("'{}' adds nothing: it holds wherever the rest does", text(key, part)), "");
        else
          add(written, DiagnosticCode::kNeverTrue, fmt::format("'{}' adds nothing: it holds nowhere but where the rest does", text(key, part)), "");
      } else if (part.operation == Operation::kAnd || part.operation == Operation::kOr) {
        look_inside(ranges, key, written, part, all ? others : around);
      }
    }
  }

  const Plan& plan_;
  Findings& findings_;
};

// A rule as compiled, with its condition as written.
struct KnownRule {
  const Written* fire = nullptr;
  const KeyPlan* key = nullptr;
  const RulePlan* plan = nullptr;
};

std::vector<KnownRule> known_rules(const RuleSet& rule_set, const Plan& plan) {
  std::map<std::string, const RuleDefinition*> definitions;
  for (const RuleDefinition& definition : rule_set.rules) definitions[definition.id.text] = &definition;
  std::vector<KnownRule> rules;
  for (const KeyPlan& key : plan.keys) {
    for (const RulePlan& rule : key.rules) {
      const std::optional<Written>& fire = definitions.at(rule.id)->fire;
      RECKONER_CHECK(fire.has_value(), "rule {} without a condition", rule.id);
      rules.push_back({&*fire, &key, &rule});
    }
  }
  return rules;
}

std::size_t rank_of(const std::string& severity) {
  return static_cast<std::size_t>(std::find(kSeverities.begin(), kSeverities.end(), severity) - kSeverities.begin());
}

// What a condition looks at: values that it compares, as canonical texts.
std::set<std::string> subjects_of(const Expression& condition) {
  std::vector<const Expression*> atoms;
  ConditionRanges::collect_atoms(condition, atoms);
  std::set<std::string> subjects;
  for (const Expression* atom : atoms) {
    if (atom->arguments.empty()) subjects.insert(canonical_text(*atom));
    for (const Expression& argument : atom->arguments) {
      if (argument.operation != Operation::kConstant) subjects.insert(canonical_text(argument));
    }
  }
  return subjects;
}

// A rule that fires nowhere but where another one does, which is at least as severe.
void find_shadowed(const Plan& plan, const std::vector<KnownRule>& rules, Findings& findings) {
  std::map<std::pair<const KeyPlan*, InputId>, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < rules.size(); ++i) groups[{rules[i].key, rules[i].plan->input}].push_back(i);
  std::vector<std::set<std::string>> subjects;
  subjects.reserve(rules.size());
  for (const KnownRule& rule : rules) subjects.push_back(subjects_of(rule.plan->fire));
  for (const auto& [group, members] : groups) {
    if (members.size() > kComparedRulesMax) continue;
    const ConditionRanges ranges(plan, *group.first);
    const auto covers = [&](std::size_t wide, std::size_t narrow) {
      return std::includes(subjects[narrow].begin(), subjects[narrow].end(), subjects[wide].begin(), subjects[wide].end()) &&
             !ranges.possible({{&rules[narrow].plan->fire, true}, {&rules[wide].plan->fire, false}});
    };
    for (const std::size_t narrow : members) {
      // One that never fires is found already.
      if (!ranges.possible({{&rules[narrow].plan->fire, true}})) continue;
      for (const std::size_t wide : members) {
        if (wide == narrow || rank_of(rules[wide].plan->severity) < rank_of(rules[narrow].plan->severity) || !covers(wide, narrow)) continue;
        // Of two that cover each other, the later one.
        const bool same = rules[wide].plan->severity == rules[narrow].plan->severity && covers(narrow, wide);
        if (same && narrow < wide) continue;
        add_finding(findings, *rules[narrow].fire, DiagnosticCode::kShadowedRule,
                    fmt::format("{} fires only where {} does, whose severity is {}", rules[narrow].plan->id, rules[wide].plan->id,
                                rules[wide].plan->severity));
        break;
      }
    }
  }
}

// Every text of a rule set that may use a name.
class Uses {
 public:
  explicit Uses(const RuleSet& rule_set) {
    for (const InputDefinition& input : rule_set.inputs) add(input.filter);
    for (const MacroDefinition& macro : rule_set.macros) texts_.push_back(&macro.value);
    add_facts(rule_set.facts);
    for (const TotalDefinition& total : rule_set.totals) {
      add(total.where);
      for (const MeasureDefinition& measure : total.measures) {
        add(measure.where);
        add(measure.derived);
      }
    }
    for (const ScoreDefinition& score : rule_set.scores) {
      add(score.start);
      add_facts(score.facts);
      for (const auto& [name, part] : score.parts) texts_.push_back(&part);
      add(score.cap);
      for (const FloorDefinition& floor : score.floors) texts_.insert(texts_.end(), {&floor.when, &floor.value});
      add(score.margin);
      for (const auto& [band, list] : score.overrides) texts_.push_back(&list);
    }
    for (const RuleDefinition& rule : rule_set.rules) {
      add_facts(rule.facts);
      add(rule.fire);
      add(rule.say);
      for (const auto& [name, column] : rule.columns) texts_.push_back(&column);
      for (const auto& [list, value] : rule.additions) texts_.push_back(&value);
    }
    for (const ExceptionDefinition& exception : rule_set.exceptions) add(exception.where);
    for (const CalendarDefinition& calendar : rule_set.calendars) add(calendar.holidays);
  }

  [[nodiscard]] bool mention(std::string_view word) const {
    return std::any_of(texts_.begin(), texts_.end(), [&](const Written* one) { return mentions(one->text, word); });
  }

 private:
  void add(const std::optional<Written>& text) {
    if (text) texts_.push_back(&*text);
  }
  void add_facts(const std::vector<FactDefinition>& facts) {
    for (const FactDefinition& fact : facts) {
      add(fact.where);
      add(fact.share);
      for (const StepDefinition& step : fact.steps) add(step.where);
    }
  }
  std::vector<const Written*> texts_;
};

bool any_fact_mentions(const std::vector<FactDefinition>& facts, std::string_view name) {
  const auto in = [&](const std::optional<Written>& where) { return where && mentions(where->text, name); };
  return std::any_of(facts.begin(), facts.end(), [&](const FactDefinition& fact) {
    return in(fact.where) || std::any_of(fact.steps.begin(), fact.steps.end(), [&](const StepDefinition& step) { return in(step.where); });
  });
}

void find_unused(const RuleSet& rule_set, Findings& findings) {
  const Uses uses(rule_set);
  for (const ParameterDefinition& parameter : rule_set.parameters) {
    if (!uses.mention(fmt::format("param.{}", parameter.name.text)))
      add_finding(findings, parameter.name, DiagnosticCode::kDeadParameter, fmt::format("nothing uses parameter '{}'", parameter.name.text));
  }
  for (const ListDefinition& list : rule_set.lists) {
    if (!uses.mention(fmt::format("list.{}", list.name.text)))
      add_finding(findings, list.name, DiagnosticCode::kDeadParameter, fmt::format("nothing uses list '{}'", list.name.text),
                  fmt::format("remove it, or ask it: value in list.{}", list.name.text));
  }
  for (const MacroDefinition& macro : rule_set.macros) {
    if (!uses.mention(macro.name.text))
      add_finding(findings, macro.name, DiagnosticCode::kDeadParameter, fmt::format("nothing uses macro '{}'", macro.name.text),
                  "remove it, or write its name where the expression stands");
  }
  const auto unused = [&](const FactDefinition& fact) {
    add_finding(findings, fact.name, DiagnosticCode::kUnusedFact, fmt::format("nothing uses fact '{}'", fact.name.text));
  };
  for (const FactDefinition& fact : rule_set.facts) {
    if (!uses.mention(fact.name.text)) unused(fact);
  }
  for (const ScoreDefinition& score : rule_set.scores) {
    for (const FactDefinition& fact : score.facts) {
      const bool used =
          std::any_of(score.parts.begin(), score.parts.end(), [&](const auto& part) { return mentions(part.second.text, fact.name.text); }) ||
          std::any_of(score.floors.begin(), score.floors.end(),
                      [&](const FloorDefinition& floor) { return mentions(floor.when.text, fact.name.text); });
      if (!used && !any_fact_mentions(score.facts, fact.name.text)) unused(fact);
    }
  }
  for (const RuleDefinition& rule : rule_set.rules) {
    for (const FactDefinition& fact : rule.facts) {
      const bool in_columns =
          std::any_of(rule.columns.begin(), rule.columns.end(), [&](const auto& column) { return mentions(column.second.text, fact.name.text); });
      const bool used =
          (rule.fire && mentions(rule.fire->text, fact.name.text)) || (rule.say && mentions(rule.say->text, fact.name.text)) || in_columns;
      if (!used && !any_fact_mentions(rule.facts, fact.name.text)) unused(fact);
    }
  }
}

// Of what is asked of the step's own record.
void find_in_steps(const FactDefinition& definition, const KeyPlan& key, const FactPlan& fact, ConditionDoubts& doubts) {
  for (std::size_t i = 0; fact.pattern && i < definition.steps.size(); ++i) {
    const StepDefinition& step = definition.steps[i];
    const std::optional<Expression>& where = fact.pattern->steps[i].where;
    if (!step.where || !where) continue;
    const std::string which = step.name.text.empty() ? fmt::format("number {}", i + 1) : fmt::format("'{}'", step.name.text);
    doubts.look_at(key, *step.where, *where, fmt::format("no record is step {} of '{}'", which, definition.name.text),
                   fmt::format("every record is step {} of '{}'", which, definition.name.text));
  }
}

// A fact that asks for more samples than there can ever be. More records than are kept make it unknown as well, as long as one that was let go lies
// in its window.
void find_never_known(const FactDefinition& definition, std::uint32_t per_key_max, Findings& findings) {
  const bool is_baseline = definition.kind == FactKind::kBaseline;
  const std::int64_t most = is_baseline ? definition.within_ms / definition.bucket_ms : per_key_max;
  if (definition.min_samples <= most) return;
  add_finding(findings, definition.name, DiagnosticCode::kNeverKnown,
              fmt::format("'{}' never has a value: it asks for {} samples, and {}", definition.name.text, definition.min_samples,
                          is_baseline ? fmt::format("has {} buckets", most) : fmt::format("a key keeps {} records", most)),
              is_baseline ? "lower min_samples, or look further back with 'over'" : "lower min_samples, or raise limits.max_per_key");
}

void find_in_facts(const std::vector<FactDefinition>& definitions, const FactNames& names, const Plan& plan, ConditionDoubts& doubts,
                   Findings& findings) {
  for (const FactDefinition& definition : definitions) {
    const NamedFact* fact = names.find(definition.name.text);
    if (fact == nullptr) continue;
    const KeyPlan& key = plan.keys[fact->key];
    find_in_steps(definition, key, key.facts[fact->position], doubts);
    find_never_known(definition, key.per_key_max, findings);
    if (!definition.where) continue;
    const std::optional<Expression>& where = key.facts[fact->position].where;
    if (!where) continue;  // all of it compares with the record at hand
    doubts.look_at(key, *definition.where, *where, fmt::format("no record counts in '{}'", definition.name.text),
                   fmt::format("every record counts in '{}'", definition.name.text));
  }
}

}  // namespace

void find_doubts(const RuleSet& rule_set, const Plan& plan, const RuleSetNames& names, Findings& findings) {
  ConditionDoubts doubts(plan, findings);
  const KeyPlan nothing;
  for (std::size_t input = 0; input < plan.inputs.size(); ++input) {
    const std::optional<Written>& written = rule_set.inputs[input].filter;
    const std::optional<Expression>& filter = plan.inputs[input].filter;
    if (written && filter) doubts.look_at(nothing, *written, *filter, "every record is filtered out", "no record is filtered out");
  }
  const auto names_of = [&](FactOwner owner, const std::string& name) {
    const FactNames* const found = names.find(owner, name);
    RECKONER_CHECK(found != nullptr, "'{}' without names for its facts", name);
    return *found;
  };
  for (const FactNames& group : names.groups) {
    if (group.owner == FactOwner::kRuleSet) find_in_facts(rule_set.facts, group, plan, doubts, findings);
  }
  for (const ScoreDefinition& score : rule_set.scores)
    find_in_facts(score.facts, names_of(FactOwner::kScore, score.name.text), plan, doubts, findings);
  for (const RuleDefinition& rule : rule_set.rules) find_in_facts(rule.facts, names_of(FactOwner::kRule, rule.id.text), plan, doubts, findings);
  const std::vector<KnownRule> rules = known_rules(rule_set, plan);
  for (const KnownRule& rule : rules) {
    doubts.look_at(*rule.key, *rule.fire, rule.plan->fire, fmt::format("{} never fires", rule.plan->id),
                   fmt::format("{} fires at every record", rule.plan->id));
  }
  find_shadowed(plan, rules, findings);
  find_unused(rule_set, findings);
}

void find_untested(const RuleSet& rule_set, const std::vector<std::string>& files_with_tests, const std::vector<std::string>& test_texts,
                   Findings& findings) {
  for (const RuleDefinition& rule : rule_set.rules) {
    // An environment's own: tests run without environments too, where there is no such rule.
    if (rule.id.node->origin != nullptr) continue;
    const bool beside = std::find(files_with_tests.begin(), files_with_tests.end(), rule.id.source->name()) != files_with_tests.end();
    const bool named = std::any_of(test_texts.begin(), test_texts.end(), [&](const std::string& text) { return mentions(text, rule.id.text); });
    if (!beside && !named) add_finding(findings, rule.id, DiagnosticCode::kUntestedRule, fmt::format("no test is about {}", rule.id.text));
  }
}

}  // namespace reckoner
