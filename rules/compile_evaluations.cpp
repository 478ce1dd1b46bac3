// When rules, scores and totals are decided: as records arrive or in order of event time, and in which stage. Rules that ask a list come a stage behind
// those that add to it, so that they see what was added at earlier records and nothing else. What is decided apart keeps its facts apart.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "rules/asked_names.hpp"
#include "rules/compiler.hpp"

namespace reckoner {

namespace {

std::string list_name(std::string_view list) { return fmt::format("list.{}", list); }
std::string evaluation_text(bool ordered) { return ordered ? "in order of event time" : "as records arrive"; }

}  // namespace

// A rule, score or total with all names that it asks for.
struct Compiler::Decided {
  AskedNames names;
  bool ordered = false;
  bool derived = false;
  std::uint32_t stage = 0;
  const Written* place = nullptr;
  const RuleDefinition* rule = nullptr;  // null = it adds to no list
  std::string score;                     // "score.NAME" of a score
};

bool Compiler::is_ordered(const RuleDefinition& rule) const { return rule.ordered && !looks_at_derived(rule); }

bool Compiler::looks_at_derived(const RuleDefinition& rule) const {
  for (std::size_t input = 0; input < rule_set_.inputs.size() && rule.on; ++input) {
    if (rule_set_.inputs[input].name.text == rule.on->text) return is_derived(input);
  }
  return false;
}

AskedNames Compiler::asked_by(const RuleDefinition& rule) const {
  AskedNames names = names_of(macros_, rule);
  for (const ExceptionDefinition& exception : rule_set_.exceptions) {
    const auto is_this = [&](const Written& id) { return id.text == rule.id.text; };
    if (exception.where && std::any_of(exception.rules.begin(), exception.rules.end(), is_this)) collect_names(macros_, exception.where->text, names);
  }
  return names;
}

// With those that the rule set's facts among them ask for in turn; `of_facts`: by fact.
void Compiler::follow_facts(const std::vector<AskedNames>& of_facts, AskedNames& names) const {
  for (std::size_t before = 0; std::exchange(before, names.size()) != names.size();) {
    for (std::size_t fact = 0; fact < of_facts.size(); ++fact) {
      if (asks_for_fact(names, rule_set_.facts[fact].name.text)) names.insert(of_facts[fact].begin(), of_facts[fact].end());
    }
  }
}

std::size_t Compiler::evaluation_at(bool ordered, std::uint32_t stage) {
  const auto found =
      std::find_if(evaluations_.begin(), evaluations_.end(), [&](const Evaluation& one) { return one.ordered == ordered && one.stage == stage; });
  if (found != evaluations_.end()) return static_cast<std::size_t>(found - evaluations_.begin());
  evaluations_.push_back({ordered, stage, {}, {}});
  return evaluations_.size() - 1;
}

void Compiler::set_evaluations() {
  std::vector<Decided> decided;
  decided.reserve(rule_set_.scores.size() + rule_set_.rules.size() + rule_set_.totals.size() + 1);
  for (const ScoreDefinition& score : rule_set_.scores)
    decided.push_back({names_of(macros_, score), score.ordered, false, 0, &score.name, nullptr, fmt::format("score.{}", score.name.text)});
  for (const RuleDefinition& rule : rule_set_.rules)
    decided.push_back({asked_by(rule), is_ordered(rule), looks_at_derived(rule), 0, &rule.id, rule.additions.empty() ? nullptr : &rule, {}});
  for (const TotalDefinition& total : rule_set_.totals) decided.push_back({names_of(macros_, total), false, false, 0, &total.name, nullptr, {}});
  std::vector<AskedNames> of_facts(rule_set_.facts.size());
  for (std::size_t fact = 0; fact < of_facts.size(); ++fact) collect_fact_names(macros_, {rule_set_.facts[fact]}, of_facts[fact]);
  AskedNames all;
  for (Decided& one : decided) {
    follow_facts(of_facts, one.names);
    all.insert(one.names.begin(), one.names.end());
  }
  Decided unasked;  // facts that nobody asks for are kept all the same
  for (const FactDefinition& fact : rule_set_.facts) {
    if (!asks_for_fact(all, fact.name.text)) unasked.names.insert(fact.name.text);
  }
  follow_facts(of_facts, unasked.names);
  decided.push_back(std::move(unasked));
  set_stages(decided);
  for (const Decided& one : decided) {
    evaluation_of_.push_back(evaluation_at(one.ordered, one.derived ? 0 : one.stage));
    evaluations_[evaluation_of_.back()].names.insert(one.names.begin(), one.names.end());
  }
  for (Evaluation& evaluation : evaluations_) {
    for (const FactDefinition& fact : rule_set_.facts) {
      if (asks_for_fact(evaluation.names, fact.name.text)) evaluation.facts.push_back(fact);
    }
  }
}

// A rule that reads a score is decided with it; who asks a list is decided behind all that add to it.
void Compiler::set_stages(std::vector<Decided>& decided) {
  refuse_mixed_evaluations(decided);
  std::vector<const Decided*> adding;
  std::vector<Decided*> scores;
  for (Decided& one : decided) {
    if (one.rule != nullptr && !one.derived) adding.push_back(&one);
    if (!one.score.empty()) scores.push_back(&one);
  }
  const std::size_t stages_max = adding.size();
  for (bool changes = !adding.empty(); std::exchange(changes, false);) {
    const auto raise = [&](Decided& one, std::uint32_t stage) {
      if (one.derived || one.stage >= stage || one.stage > stages_max) return;
      one.stage = stage;
      changes = true;
    };
    for (Decided& asking : decided) {
      for (const Decided* const other : adding) {
        for (const auto& [list, value] : other->rule->additions) {
          if (asking.names.contains(list_name(list.text))) raise(asking, other->stage + 1);
        }
      }
      for (Decided* const score : scores) {
        if (!asking.names.contains(score->score) || score->ordered != asking.ordered) continue;
        raise(asking, score->stage);
        raise(*score, asking.stage);
      }
    }
  }
  for (Decided& one : decided) {
    if (one.stage <= stages_max) continue;
    if (one.rule != nullptr)
      add_finding(findings_, one.rule->additions.front().first, DiagnosticCode::kCycle,
                  fmt::format("what rule {} puts into '{}' depends on what is in it", one.rule->id.text, one.rule->additions.front().first.text),
                  "ask another list, or take the line out");
    one.stage = 0;
  }
}

void Compiler::refuse_mixed_evaluations(const std::vector<Decided>& decided) {
  for (const Decided& adding : decided) {
    if (adding.rule == nullptr) continue;
    for (const auto& [list, value] : adding.rule->additions) {
      if (adding.derived)
        add_finding(findings_, list, DiagnosticCode::kBadList,
                    fmt::format("rule {} looks at what is derived of others, and such rules add to no list", adding.rule->id.text),
                    "add in the rules whose alerts it looks at");
      const auto adds = [&](const Decided& other) {
        const auto is_this = [&](const auto& addition) { return addition.first.text == list.text; };
        return other.rule != nullptr && std::any_of(other.rule->additions.begin(), other.rule->additions.end(), is_this);
      };
      for (const Decided& other : decided) {
        if (other.derived || adding.derived || other.place == nullptr || other.ordered == adding.ordered) continue;
        const bool asks = other.names.contains(list_name(list.text));
        if (!asks && !(adds(other) && other.ordered)) continue;
        add_finding(findings_, *other.place, DiagnosticCode::kBadList,
                    fmt::format("'{}' {} '{}' {}, and rule {} adds to it {}", other.place->text, asks ? "asks" : "adds to", list_name(list.text),
                                evaluation_text(other.ordered), adding.rule->id.text, evaluation_text(adding.ordered)),
                    "give both the same evaluation");
      }
    }
  }
}

}  // namespace reckoner
