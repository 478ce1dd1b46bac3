// The compiler's parts, one a source file: inputs and keys, facts, totals and scores, rules. Private to rules/compile*.cpp.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rules/compile.hpp"
#include "rules/expression_parser.hpp"
#include "rules/expression_scope.hpp"
#include "rules/macros.hpp"
#include "rules/rule_set_names.hpp"

namespace reckoner {

// A name like "hit.pay.amount": the kBinding fact behind it.
struct BindingEntry {
  std::size_t entry = 0;  // index into Compiler::entries_
  std::size_t key = 0;
};

// Facts that are named together: the shared ones, or those of one rule or score.
struct FactGroup {
  const std::vector<FactDefinition>* definitions = nullptr;
  std::size_t evaluation = 0;        // of who asks
  std::optional<std::size_t> input;  // of facts that do not say `on`
  std::optional<std::size_t> key;    // of facts that do not say `by`; empty = broken, except for the shared group
  bool shared = false;
  std::string owner;                                // "rule R1", for findings
  Symbols symbols;                                  // each fact's leaf; positions are the plan's after order_facts()
  std::vector<std::optional<std::size_t>> entries;  // by definition: index into Compiler::entries_
  std::vector<std::size_t> keys;                    // by definition, where it has an entry
  std::set<std::string> names;                      // that expressions of the owner use
  std::map<std::string, BindingEntry> bindings;
};

// Who reads facts: an expression of a fact, rule or score.
struct FactAsker {
  std::optional<std::size_t> key;   // empty = broken
  std::vector<std::size_t> inputs;  // at whose records it reads
  bool at_records = true;           // false: it also reads where there is none, as a score on expiry does
  const Written* place = nullptr;   // for findings
  std::set<std::string> names;      // that it uses
};

class Compiler {
 public:
  Compiler(const RuleSet& rule_set, TimeZones& zones, Findings& findings) : rule_set_(rule_set), zones_(zones), findings_(findings) {}

  void compile_inputs();  // compile_inputs.cpp
  void compile_keys();
  void compile_facts();   // compile_facts.cpp
  void compile_totals();  // compile_totals.cpp
  void compile_scores();  // compile_scores.cpp
  void compile_rules();   // compile_rules.cpp, compile_exceptions.cpp
  void mark_wanted_fields();
  [[nodiscard]] RuleSetNames names() const;  // rule_set_names.cpp; of a plan without findings
  [[nodiscard]] Plan take_plan() { return std::move(plan_); }

 private:
  // A distinct fact, before its place in the plan is known.
  struct FactEntry {
    std::size_t key = 0;
    FactPlan plan;  // kFact leaves in it hold entry numbers until order_facts()
    std::string canonical;
    std::size_t level = 0;  // 1 + the highest level of the facts it uses
    std::size_t position = 0;
    const Written* asked_at = nullptr;  // kBorrowed: where it was first asked for
  };
  enum class Visit : std::uint8_t { kNew, kOpen, kDone };

  // Inputs and keys.
  void compile_lists();  // compile_lists.cpp
  void let_rules_add(const ListDefinition& definition, ValueList& list);
  [[nodiscard]] bool rules_add_to(const ListDefinition& list) const;
  void compile_macros();
  void compile_time_zones();  // compile_calendars.cpp
  void compile_calendars();
  [[nodiscard]] std::shared_ptr<const BusinessCalendar> calendar_of(const CalendarDefinition& definition);
  [[nodiscard]] std::optional<std::uint32_t> weekend_of(const CalendarDefinition& definition);
  [[nodiscard]] std::optional<std::vector<std::int64_t>> holidays_of(const CalendarDefinition& definition);
  bool set_business_days(const FactDefinition& definition, PatternPlan& pattern);
  void compile_input(const InputDefinition& definition, std::size_t input);
  void compile_cycles();  // compile_cycles.cpp
  void compile_cycle(const CycleDefinition& definition, std::size_t derived);
  std::optional<std::uint32_t> account_field(std::size_t input, const std::optional<Written>& name);
  std::optional<std::uint32_t> amount_field(std::size_t input, const Written& name);
  std::optional<std::size_t> column(std::size_t input, const Written& name, std::string_view use);
  [[nodiscard]] std::optional<std::size_t> find_input(const Written& name);
  [[nodiscard]] std::optional<std::size_t> resolve_input(const std::optional<Written>& name);
  // What is made of derived records is decided as they arrive, in one stage, whatever the evaluation.
  std::optional<std::size_t> add_key(const std::vector<Written>& by, std::optional<std::size_t> input, std::size_t evaluation);
  [[nodiscard]] std::optional<std::size_t> key_of(const std::vector<Written>& by, std::optional<std::size_t> input, std::size_t evaluation) const;
  void order_keys();
  bool check_key_types(const std::vector<Written>& by, std::size_t input);
  [[nodiscard]] bool is_derived(std::size_t input) const { return plan_.inputs[input].derived != DerivedOf::kNothing; }
  // Of the one input that is read; empty when there are several.
  [[nodiscard]] std::optional<std::size_t> only_input() const;
  void refuse_unwatched(const InputDefinition& silences);
  bool refuse_derived(const Written& place, std::optional<std::size_t> input, std::string_view what);

  // Expressions.
  std::optional<Expression> expression(const Written& written, const Scope& scope, bool condition, std::vector<Bound>* bounds = nullptr);
  std::optional<Expression> part_expression(const Written& written, std::size_t begin, std::string_view text, const Scope& scope);
  void report(const Written& written, std::size_t position, DiagnosticCode code, std::string text, std::string advice);

  // When what is decided (compile_evaluations.cpp).
  struct Decided;
  struct Evaluation {
    bool ordered = false;
    std::uint32_t stage = 0;
    std::vector<FactDefinition> facts;  // of the rule set, that whoever is decided so asks for, by name or through another one
    std::set<std::string> names;        // that whoever is decided so uses
  };
  void set_evaluations();
  void set_stages(std::vector<Decided>& decided);
  void refuse_mixed_evaluations(const std::vector<Decided>& decided);
  [[nodiscard]] std::size_t evaluation_at(bool ordered, std::uint32_t stage);
  [[nodiscard]] bool is_ordered(const RuleDefinition& rule) const;
  [[nodiscard]] bool looks_at_derived(const RuleDefinition& rule) const;
  [[nodiscard]] std::set<std::string> asked_by(const RuleDefinition& rule) const;
  void follow_facts(const std::vector<std::set<std::string>>& of_facts, std::set<std::string>& names) const;
  [[nodiscard]] std::size_t evaluation_of(const ScoreDefinition& score) const {
    return evaluation_of_[static_cast<std::size_t>(&score - rule_set_.scores.data())];
  }
  [[nodiscard]] std::size_t evaluation_of(const RuleDefinition& rule) const {
    return evaluation_of_[rule_set_.scores.size() + static_cast<std::size_t>(&rule - rule_set_.rules.data())];
  }
  [[nodiscard]] std::size_t evaluation_of(const TotalDefinition& total) const {
    return evaluation_of_[rule_set_.scores.size() + rule_set_.rules.size() + static_cast<std::size_t>(&total - rule_set_.totals.data())];
  }

  // Facts.
  [[nodiscard]] const FactGroup& shared_by(const FactGroup& group) const { return groups_[group.evaluation]; }
  void make_groups();
  void refuse_clashes(const FactGroup& group);
  void compile_fact(FactGroup& group, std::size_t index, std::size_t depth);
  [[nodiscard]] std::optional<FactPlan> fact_plan(FactGroup& group, const FactDefinition& definition, std::size_t input, std::size_t depth,
                                                  std::size_t key, std::map<std::string, std::uint32_t>& asked);
  bool set_fact_type(const FactDefinition& definition, FactPlan& fact);
  bool set_statistic_type(const FactDefinition& definition, const Field* field, FactPlan& fact);
  bool set_baseline_type(const FactDefinition& definition, const Field* field, FactPlan& fact);
  bool make_ratio(FactGroup& group, const FactDefinition& definition, std::size_t depth, std::size_t key, FactPlan& fact);
  bool compile_fact_names(FactGroup& group, const FactDefinition& definition, const Written& where, std::size_t depth);
  [[nodiscard]] FactAsker asker_of(const FactDefinition& definition, const Written& where, std::size_t key, std::size_t input) const;
  std::size_t add_entry(std::size_t key, FactPlan fact);
  [[nodiscard]] FactAsker asker_of(const FactGroup& group) const;
  void order_facts();
  void reposition(Expression& expression) const;
  void fill_symbols(FactGroup& group);

  void refuse_keyless(const Written& place, const std::string& fact, std::size_t key, std::size_t input);

  // Facts of other keys (compile_borrowing.cpp).
  static constexpr const char* kApartAdvice = "ask for it in a rule on that input alone";
  [[nodiscard]] std::string apart_text(const std::string& fact, std::size_t input) const;
  struct KeptFact {
    std::size_t entry = 0;
    std::size_t key = 0;
  };
  [[nodiscard]] static std::optional<KeptFact> kept_fact(const FactGroup& group, const std::string& name);
  [[nodiscard]] Symbols visible(const FactGroup& group, const FactAsker& asker);
  [[nodiscard]] Symbol borrowed(const KeptFact& fact, const FactAsker& asker);
  void order_loans();
  [[nodiscard]] const FactEntry* set_levels();
  void raise_stages();
  void keep_loans_apart();
  std::size_t copy_entry(std::size_t entry, const std::map<std::size_t, std::size_t>& apart, std::map<std::size_t, std::size_t>& copies);

  // Patterns.
  [[nodiscard]] std::optional<std::size_t> anchor_input(const FactDefinition& definition, std::optional<std::size_t> fallback);
  [[nodiscard]] std::optional<PatternPlan> pattern_plan(FactGroup& group, const FactDefinition& definition, std::size_t depth, std::size_t key,
                                                        std::map<std::string, std::uint32_t>& asked);
  bool check_step_names(const FactDefinition& definition);
  bool compile_step(FactGroup& group, const FactDefinition& definition, std::size_t index, std::size_t depth, std::size_t key, const Symbols& bound,
                    PatternPlan& pattern);
  [[nodiscard]] Symbols step_symbols(const PatternPlan& pattern, std::uint32_t number, bool counted, std::vector<PatternBinding>& bindings) const;
  static void keep_used_bindings(const FactGroup& group, const FactDefinition& definition, const Symbols& bound,
                                 const std::vector<PatternBinding>& bindings, PatternPlan& pattern, std::map<std::string, std::uint32_t>& asked);
  void add_binding_facts(FactGroup& group, std::size_t key, std::size_t pattern_entry, const std::map<std::string, std::uint32_t>& asked);
  [[nodiscard]] Symbols now_symbols(const FactDefinition& definition, std::size_t input) const;
  static void swap_sides(Expression& expression, FactPlan& fact);
  bool split_like(const Written& where, FactPlan& fact);
  bool refuse_absences(const Written& place, const Expression& expression);

  // Totals, scores, rules.
  void compile_total(const TotalDefinition& definition);
  void compile_measure(const MeasureDefinition& definition, std::size_t input, TotalPlan& total, Symbols& measures);
  void compile_score(const ScoreDefinition& definition, FactGroup& group);
  void compile_parts(const ScoreDefinition& definition, const Scope& scope, const KeyPlan* key, std::optional<std::size_t> record_input,
                     ScorePlan& score);
  void compile_bands(const ScoreDefinition& definition, ScorePlan& score);
  std::optional<std::int64_t> points(const Written& written, const ScorePlan& score);
  void compile_floors(const ScoreDefinition& definition, const Scope& scope, ScorePlan& score);
  [[nodiscard]] std::optional<Expression> list_of(const Written& written);
  void compile_publishing(const ScoreDefinition& definition, ScorePlan& score);
  void declare_scores();
  [[nodiscard]] Symbols score_symbols(std::optional<std::size_t> key, std::optional<std::size_t> input) const;
  void compile_rule(const RuleDefinition& definition, FactGroup& group);
  void declare_exceptions();
  void compile_exceptions(const RuleDefinition& definition, const Scope& scope, RulePlan& rule);
  void compile_dedup(const RuleDefinition& definition, const Symbols& fields, RulePlan& rule);
  void compile_additions(const RuleDefinition& definition, const Scope& scope, RulePlan& rule);
  Sentence sentence(const Written& written, const Scope& scope);
  void refuse_unknowable(const Written& place, const KeyPlan& key, const Expression& expression, std::optional<std::size_t> input);
  [[nodiscard]] std::optional<std::string> absence_in(const FactGroup& group, const Written& fire) const;
  void refuse_wrong_verdicts(const RuleDefinition& definition, const KeyPlan& key, RulePlan& rule);
  [[nodiscard]] std::vector<std::uint32_t> facts_read(const KeyPlan& key, const Expression& expression) const;

  struct DeclaredScore {
    const ScoreDefinition* definition = nullptr;
    std::optional<std::size_t> key;
    std::vector<std::optional<std::size_t>> inputs;
    ValueType type;
    bool broken = true;
    std::size_t position = 0;
  };

  const RuleSet& rule_set_;
  TimeZones& zones_;
  Findings& findings_;
  Plan plan_;
  std::vector<Symbols> fields_;  // by input
  Macros macros_;
  Symbols constants_;                                                         // parameters, lists and calendars
  std::map<std::string, std::shared_ptr<const BusinessCalendar>> calendars_;  // null = with findings
  Symbols no_lists_;                                                          // every list, refused: for what has no record
  Symbols no_additions_;  // lists that rules add to, refused: for what no rule decides at a record
  Symbols no_scores_;     // every score, refused: for facts and parts
  std::vector<Evaluation> evaluations_{{}};
  std::vector<std::size_t> evaluation_of_;  // by score, then by rule, then by total
  std::vector<FactGroup> groups_;           // shared, one for each evaluation, then by score, then by rule
  std::vector<std::vector<Visit>> visits_;  // by group and definition
  std::vector<FactEntry> entries_;
  bool facts_are_ordered_ = false;                    // positions of leaves are those of the plan from then on, and no entry can be added
  std::vector<std::uint64_t> fingerprints_;           // by entry
  std::map<std::string, std::size_t> entry_of_text_;  // canonical text -> entry
  std::vector<DeclaredScore> declared_scores_;        // as written
};

// Whether the fact is known at records of its own input alone.
[[nodiscard]] bool is_of_record(const FactPlan& fact);

// Calls visit(leaf) for every leaf of the operation.
template <typename Visit>
void each_leaf(Expression& expression, Operation operation, const Visit& visit) {
  if (expression.operation == operation) visit(expression);
  for (Expression& argument : expression.arguments) each_leaf(argument, operation, visit);
}

// "decimal(6)" of an average over values of `type`; money stays money.
[[nodiscard]] ValueType average_type(ValueType type);

// What state means, as a text whose checksum is Plan::facts_hash (facts_hash.cpp).
[[nodiscard]] std::string facts_text(const Plan& plan);

// The text a fact is known by; equal texts are equal facts (fact_text.cpp).
[[nodiscard]] std::string fact_text(const Plan& plan, std::size_t key, const FactPlan& fact, const std::vector<std::uint64_t>& fingerprints);

// An expression's canonical text with fields by path and facts by fingerprint.
[[nodiscard]] std::string lasting_text(const Plan& plan, const Expression& expression, const std::vector<std::uint64_t>& fingerprints);

}  // namespace reckoner
