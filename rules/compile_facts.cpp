// Facts: each definition becomes an entry, equal ones the same; entries are put in an order that depends on what they compute alone.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "engine/check.hpp"
#include "engine/checksum.hpp"
#include "operators/ratio.hpp"
#include "operators/spread.hpp"
#include "rules/asked_names.hpp"
#include "rules/compiler.hpp"
#include "rules/expression_folding.hpp"

namespace reckoner {

namespace {

void collect_fact_leaves(const Expression& expression, std::vector<std::uint32_t>& positions) {
  if (expression.operation == Operation::kFact) positions.push_back(expression.position);
  for (const Expression& argument : expression.arguments) collect_fact_leaves(argument, positions);
}

std::optional<std::size_t> find_definition(const FactGroup& group, std::string_view name) {
  for (std::size_t i = 0; i < group.definitions->size(); ++i) {
    if ((*group.definitions)[i].name.text == name) return i;
  }
  return std::nullopt;
}

std::string by_text(const std::vector<std::string>& by) { return fmt::format("{}", fmt::join(by, ", ")); }

}  // namespace

void Compiler::make_groups() {
  for (std::size_t evaluation = 0; evaluation < evaluations_.size(); ++evaluation) {
    FactGroup shared;
    shared.definitions = &evaluations_[evaluation].facts;
    shared.names = evaluations_[evaluation].names;
    shared.evaluation = evaluation;
    shared.shared = true;
    shared.owner = "the rule set";
    shared.input = only_input();
    groups_.push_back(std::move(shared));
  }
  for (const ScoreDefinition& score : rule_set_.scores) {
    FactGroup group;
    group.definitions = &score.facts;
    group.evaluation = evaluation_of(score);
    group.names = names_of(macros_, score);
    group.owner = fmt::format("score '{}'", score.name.text);
    for (std::size_t input = 0; input < rule_set_.inputs.size() && score.on.size() == 1; ++input) {
      if (rule_set_.inputs[input].name.text == score.on.front().text) group.input = input;
    }
    for (std::size_t input = 0; input < rule_set_.inputs.size() && !score.on.empty(); ++input) {
      if (rule_set_.inputs[input].name.text == score.on.front().text) group.key = key_of(score.by, input, group.evaluation);
    }
    groups_.push_back(std::move(group));
  }
  for (const RuleDefinition& rule : rule_set_.rules) {
    FactGroup group;
    group.definitions = &rule.facts;
    group.evaluation = evaluation_of(rule);
    group.names = asked_by(rule);
    group.owner = fmt::format("rule {}", rule.id.text);
    for (std::size_t input = 0; input < rule_set_.inputs.size() && rule.on; ++input) {
      if (rule_set_.inputs[input].name.text == rule.on->text) group.input = input;
    }
    group.key = key_of(rule.by, group.input, group.evaluation);
    groups_.push_back(std::move(group));
  }
}

void Compiler::refuse_clashes(const FactGroup& group) {
  for (const FactDefinition& fact : *group.definitions) {
    if (macros_.has(fact.name.text))
      add_finding(findings_, fact.name, DiagnosticCode::kDuplicateName, fmt::format("'{}' is a macro already", fact.name.text), "rename the fact");
    for (std::size_t input = 0; input < fields_.size(); ++input) {
      if (!fields_[input].contains(fact.name.text) || (is_derived(input) && group.input != input)) continue;
      add_finding(findings_, fact.name, DiagnosticCode::kDuplicateName,
                  fmt::format("'{}' is a field of input '{}' already", fact.name.text, rule_set_.inputs[input].name.text), "rename the fact");
      break;
    }
    const auto is_shared = [&](const FactDefinition& shared) { return shared.name.text == fact.name.text; };
    if (!group.shared && std::any_of(rule_set_.facts.begin(), rule_set_.facts.end(), is_shared)) {
      add_finding(findings_, fact.name, DiagnosticCode::kDuplicateName, fmt::format("'{}' is a shared fact of ruleset.yaml already", fact.name.text),
                  "rename this fact, or remove it to use the shared one");
    }
  }
}

void Compiler::compile_facts() {
  make_groups();
  visits_.resize(groups_.size());
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    FactGroup& group = groups_[i];
    group.entries.resize(group.definitions->size());
    group.keys.resize(group.definitions->size());
    visits_[i].resize(group.definitions->size(), Visit::kNew);
    refuse_clashes(group);
  }
  for (FactGroup& group : groups_) {
    for (std::size_t index = 0; index < group.definitions->size(); ++index) compile_fact(group, index, 1);
  }
  for (std::size_t i = evaluations_.size(); i < groups_.size(); ++i) {
    const FactAsker asker = asker_of(groups_[i]);
    static_cast<void>(visible(groups_[i], asker)), static_cast<void>(visible(shared_by(groups_[i]), asker));
  }
  order_loans();
  order_facts();
  for (FactGroup& group : groups_) fill_symbols(group);
}

// Compiles one definition after those that it uses.
void Compiler::compile_fact(FactGroup& group, std::size_t index, std::size_t depth) {
  const FactDefinition& definition = (*group.definitions)[index];
  Visit& visit = visits_[static_cast<std::size_t>(&group - groups_.data())][index];
  if (visit == Visit::kDone) return;
  visit = Visit::kOpen;
  Symbol symbol = broken();
  const std::optional<std::size_t> input = anchor_input(definition, group.input);
  if (!definition.on && definition.steps.empty() && !group.input && !definition.broken && (group.shared || group.key)) {
    add_finding(findings_, definition.name, DiagnosticCode::kFactForm, fmt::format("'{}' does not say which input it reads", definition.name.text),
                "add on: INPUT");
  }
  std::optional<std::size_t> key = group.key;
  if (!definition.by.empty()) {
    key = key_of(definition.by, input, group.evaluation);
  } else if (group.shared && input) {
    key = key_of(rule_set_.inputs[*input].key, input, group.evaluation);
  } else if (key && input && plan_.keys[*key].fields[*input].empty()) {
    refuse_keyless(definition.name, definition.name.text, *key, *input);
    key.reset();
  }
  if (definition.kind == FactKind::kAbsence && input && is_derived(*input)) {
    add_finding(findings_, definition.name, DiagnosticCode::kFactForm,
                fmt::format("'{}' would be decided without a record of '{}', and rules look at these alone", definition.name.text,
                            plan_.inputs[*input].schema.input),
                "count them instead");
    key.reset();
  }
  if (input && key && !definition.broken) {
    std::map<std::string, std::uint32_t> asked;
    std::optional<FactPlan> fact = fact_plan(group, definition, *input, depth, *key, asked);
    if (fact) {
      group.entries[index] = add_entry(*key, std::move(*fact));
      add_binding_facts(group, *key, *group.entries[index], asked);
      group.keys[index] = *key;
      const FactEntry& entry = entries_[*group.entries[index]];
      Expression leaf;
      leaf.operation = Operation::kFact;
      leaf.type = entry.plan.type;
      leaf.position = static_cast<std::uint32_t>(*group.entries[index]);
      symbol = usable(std::move(leaf));
    }
  }
  group.symbols.insert_or_assign(definition.name.text, std::move(symbol));
  visit = Visit::kDone;
}

void Compiler::refuse_keyless(const Written& place, const std::string& fact, std::size_t key, std::size_t input) {
  const std::string& name = rule_set_.inputs[input].name.text;
  if (is_derived(input) == plan_.keys[key].derived) {
    add_finding(findings_, place, DiagnosticCode::kBadKey,
                fmt::format("input '{}' has no {}, which '{}' is kept by", name, by_text(plan_.keys[key].by), fact));
  } else {
    add_finding(findings_, place, DiagnosticCode::kMixedKeys, apart_text(fact, input), kApartAdvice);
  }
}

// Sees to it that the facts named in `where` are compiled. False = a cycle, or too deep.
bool Compiler::compile_fact_names(FactGroup& group, const FactDefinition& definition, const Written& where, std::size_t depth) {
  const std::expected<SyntaxNode, ExpressionFault> tree = macros_.parse(where.text);
  if (!tree) return true;
  std::vector<const SyntaxNode*> names;
  collect_names(*tree, names);
  for (const SyntaxNode* name : names) {
    for (FactGroup* owner : {&group, &groups_[group.evaluation]}) {
      const std::optional<std::size_t> index = find_definition(*owner, name->text);
      if (!index) continue;
      const Visit visit = visits_[static_cast<std::size_t>(owner - groups_.data())][*index];
      if (visit == Visit::kOpen) {
        const bool itself = owner == &group && &(*owner->definitions)[*index] == &definition;
        report(where, name->begin, DiagnosticCode::kCycle,
               itself ? fmt::format("'{}' needs itself", name->text)
                      : fmt::format("'{}' needs '{}', which needs '{}' in turn", definition.name.text, name->text, definition.name.text),
               {});
        return false;
      }
      if (visit == Visit::kNew && depth >= kFactLevelsMax) {
        report(where, name->begin, DiagnosticCode::kTooMany, fmt::format("facts use facts more than {} levels deep", kFactLevelsMax),
               "write fewer of them into each other");
        return false;
      }
      if (visit == Visit::kNew) compile_fact(*owner, *index, depth + 1);
      break;
    }
  }
  return true;
}

FactAsker Compiler::asker_of(const FactDefinition& definition, const Written& where, std::size_t key, std::size_t input) const {
  FactAsker asker{key, {input}, true, &definition.name, {}};
  collect_names(macros_, where.text, asker.names);
  return asker;
}

// A rule or score as a whole.
FactAsker Compiler::asker_of(const FactGroup& group) const {
  FactAsker asker{group.key, {}, true, nullptr, group.names};
  const auto index = static_cast<std::size_t>(&group - groups_.data());
  const std::size_t scores = rule_set_.scores.size();
  RECKONER_CHECK(index >= evaluations_.size(), "the shared facts ask for nothing as a whole");
  if (index - evaluations_.size() >= scores) {
    const RuleDefinition& rule = rule_set_.rules[index - evaluations_.size() - scores];
    asker.place = &rule.id;
    asker.at_records = !rule.fire || !absence_in(group, *rule.fire);
    if (group.input) asker.inputs.push_back(*group.input);
    return asker;
  }
  const ScoreDefinition& score = rule_set_.scores[index - evaluations_.size()];
  asker.place = &score.name;
  asker.at_records = !score.on_expiry;
  for (const Written& on : score.on) {
    for (std::size_t input = 0; input < rule_set_.inputs.size(); ++input) {
      if (rule_set_.inputs[input].name.text == on.text) asker.inputs.push_back(input);
    }
  }
  return asker;
}

std::optional<FactPlan> Compiler::fact_plan(FactGroup& group, const FactDefinition& definition, std::size_t input, std::size_t depth, std::size_t key,
                                            std::map<std::string, std::uint32_t>& asked) {
  FactPlan fact;
  fact.kind = definition.kind;
  fact.name = definition.name.text;
  fact.input = static_cast<InputId>(input);
  fact.within_ms = definition.within_ms;
  fact.exclude_current = definition.exclude_current;
  fact.remember_count = definition.kind == FactKind::kFirstSeen && definition.remember_count == 0 ? kRememberedMax : definition.remember_count;
  fact.remember_ms = definition.remember_ms;
  fact.learning_ms = definition.learning_ms;
  if (definition.percent > 0) fact.percent = definition.percent;
  if (definition.min_samples > 0) fact.min_samples = definition.min_samples;
  if (definition.kind == FactKind::kZScore || definition.kind == FactKind::kRobustZScore) fact.exclude_current = true;
  fact.measured = definition.measured;
  fact.statistic = definition.statistic;
  fact.bucket_ms = definition.bucket_ms;
  fact.minimum_km = definition.minimum_km;
  fact.minimum_gap_ms = definition.minimum_gap_ms;
  bool valid = set_fact_type(definition, fact);
  if (is_pattern(definition.kind)) {
    fact.pattern = pattern_plan(group, definition, depth, key, asked);
    valid = valid && fact.pattern;
  }
  if (definition.where) {
    if (!compile_fact_names(group, definition, *definition.where, depth)) return std::nullopt;
    const FactAsker asker = asker_of(definition, *definition.where, key, input);
    const Symbols own = visible(group, asker);
    const Symbols shared = visible(shared_by(group), asker);
    const Symbols now = now_symbols(definition, input);
    fact.where = expression(*definition.where, Scope({&now, &fields_[input], &own, &shared, &constants_, &no_scores_}), true);
    valid = valid && fact.where && !refuse_absences(*definition.where, *fact.where) && split_like(*definition.where, fact);
  }
  if (valid && definition.share) valid = make_ratio(group, definition, depth, key, fact);
  if (!valid) return std::nullopt;
  return fact;
}

// Resolves the fields that the kind reads, and with them the type of the fact.
bool Compiler::set_fact_type(const FactDefinition& definition, FactPlan& fact) {
  fact.type = ValueType{};
  const auto resolve = [&](const Written& name) -> const Field* {
    const std::optional<std::size_t> position = column(fact.input, name, "field");
    if (!position || rule_set_.inputs[fact.input].fields[*position].broken) return nullptr;
    return &plan_.inputs[fact.input].schema.fields[*position];
  };
  const auto refuse = [&](const std::optional<Written>& name, const ValueType& type, std::string_view wanted) {
    RECKONER_CHECK(name.has_value(), "'{}' reads a field that it does not name", definition.name.text);
    add_finding(findings_, *name, DiagnosticCode::kTypeMismatch,
                fmt::format("'{}' is {}, '{}' needs {}", name->text, to_text(type), definition.name.text, wanted), "choose another field");
    return false;
  };
  const Field* field = definition.value ? resolve(*definition.value) : nullptr;
  const Field* longitude = definition.longitude ? resolve(*definition.longitude) : nullptr;
  if ((definition.value && field == nullptr) || (definition.longitude && longitude == nullptr)) return false;
  const Schema& schema = plan_.inputs[fact.input].schema;
  if (field != nullptr) fact.value = static_cast<std::uint32_t>(field - schema.fields.data());
  if (longitude != nullptr) fact.longitude = static_cast<std::uint32_t>(longitude - schema.fields.data());
  switch (fact.kind) {
    case FactKind::kCount:
    case FactKind::kDistinct:
      fact.type.kind = ValueKind::kInteger;
      return true;
    case FactKind::kFirstSeen:
    case FactKind::kSequence:
    case FactKind::kTogether:
    case FactKind::kAbsence:
    case FactKind::kBinding:
    case FactKind::kBorrowed:
      return true;
    case FactKind::kSincePrevious:
      fact.type.kind = ValueKind::kDuration;
      return true;
    case FactKind::kPrevious:
    case FactKind::kLatest:
      fact.type = field->type;
      return true;
    case FactKind::kRatio:
    case FactKind::kBaseline:
    case FactKind::kZScore:
    case FactKind::kRobustZScore:
    case FactKind::kMedian:
    case FactKind::kStandardDeviation:
    case FactKind::kMode:
      return set_statistic_type(definition, field, fact);
    case FactKind::kSum:
    case FactKind::kAverage:
      if (!field->type.is_numeric()) return refuse(definition.value, field->type, "a number or money");
      fact.type = fact.kind == FactKind::kSum ? field->type : average_type(field->type);
      fact.further_digits = fact.type.scale - field->type.scale;
      return true;
    case FactKind::kMinimum:
    case FactKind::kMaximum:
    case FactKind::kPercentile:
      if (!field->type.is_numeric() && field->type.kind != ValueKind::kTime)
        return refuse(definition.value, field->type, "a number, money or a time");
      fact.type = field->type;
      return true;
    case FactKind::kGeoSpeed:
      for (const auto& [name, read] : {std::pair{&definition.value, field}, std::pair{&definition.longitude, longitude}}) {
        if (read->type.kind != ValueKind::kDecimal || read->type.scale != kDegreeScale)
          return refuse(*name, read->type, fmt::format("degrees as decimal({})", kDegreeScale));
      }
      fact.type.kind = ValueKind::kInteger;
      return true;
  }
  return false;
}

// The types of facts that tell of a spread. `field` is null where they read none.
bool Compiler::set_statistic_type(const FactDefinition& definition, const Field* field, FactPlan& fact) {
  if (fact.kind == FactKind::kBaseline) return set_baseline_type(definition, field, fact);
  if (fact.kind == FactKind::kRatio) {
    fact.type.kind = ValueKind::kDecimal;
    fact.type.scale = kRatioScale;
    return true;
  }
  const ValueKind kind = field->type.kind;
  const bool is_mode = fact.kind == FactKind::kMode;
  if (is_mode ? kind == ValueKind::kString || kind == ValueKind::kBool : !field->type.is_numeric()) {
    add_finding(findings_, *definition.value, DiagnosticCode::kTypeMismatch,
                fmt::format("'{}' is {}, '{}' needs {}", definition.value->text, to_text(field->type), definition.name.text,
                            is_mode ? "a number, money, a time or one of the names of an enum" : "a number or money"),
                "choose another field");
    return false;
  }
  if (fact.kind == FactKind::kZScore || fact.kind == FactKind::kRobustZScore) {
    fact.type.kind = ValueKind::kDecimal;
    fact.type.scale = kDeviationScale;
    return true;
  }
  fact.type = is_mode ? field->type : average_type(field->type);
  if (!is_mode) fact.further_digits = fact.type.scale - field->type.scale;
  return true;
}

bool Compiler::set_baseline_type(const FactDefinition& definition, const Field* field, FactPlan& fact) {
  if (field != nullptr && !field->type.is_numeric()) {
    RECKONER_CHECK(definition.value.has_value(), "'{}' reads a field that it does not name", definition.name.text);
    add_finding(findings_, *definition.value, DiagnosticCode::kTypeMismatch,
                fmt::format("'{}' is {}, '{}' needs a number or money", definition.value->text, to_text(field->type), definition.name.text),
                "choose another field");
    return false;
  }
  ValueType measured;
  measured.kind = ValueKind::kInteger;
  if (field != nullptr) measured = field->type;
  const bool is_between =
      fact.statistic == FactKind::kAverage || fact.statistic == FactKind::kMedian || fact.statistic == FactKind::kStandardDeviation;
  fact.type = is_between ? average_type(measured) : measured;
  fact.further_digits = fact.type.scale - measured.scale;
  return true;
}

// A ratio is made of two counts, which others may share: of the records for which the condition is true, and of those for which it is known.
bool Compiler::make_ratio(FactGroup& group, const FactDefinition& definition, std::size_t depth, std::size_t key, FactPlan& fact) {
  RECKONER_CHECK(definition.share.has_value(), "'{}' is a share of nothing", definition.name.text);
  if (!compile_fact_names(group, definition, *definition.share, depth)) return false;
  const FactAsker asker = asker_of(definition, *definition.share, key, fact.input);
  const Symbols own = visible(group, asker);
  const Symbols shared = visible(shared_by(group), asker);
  const std::optional<Expression> share = expression(*definition.share, Scope({&fields_[fact.input], &own, &shared, &constants_, &no_scores_}), true);
  if (!share || refuse_absences(*definition.share, *share)) return false;
  const auto count_where = [&](Expression condition) {
    FactPlan count = fact;
    count.kind = FactKind::kCount;
    count.type = ValueType{ValueKind::kInteger, 0, {}, nullptr};
    count.min_samples = 1;
    if (count.where) condition = operation_of(Operation::kAnd, ValueType{}, {std::move(*count.where), std::move(condition)});
    count.where = std::move(condition);
    return static_cast<std::uint32_t>(add_entry(key, std::move(count)));
  };
  fact.part_fact = count_where(*share);
  fact.whole_fact = count_where(operation_of(Operation::kIsKnown, ValueType{}, {*share}));
  fact.where.reset();
  return true;
}

std::size_t Compiler::add_entry(std::size_t key, FactPlan fact) {
  FactEntry entry;
  entry.key = key;
  entry.canonical = fact_text(plan_, key, fact, fingerprints_);
  const auto [known, is_new] = entry_of_text_.emplace(entry.canonical, entries_.size());
  if (!is_new) return known->second;
  fact.fingerprint = checksum(entry.canonical);
  fingerprints_.push_back(fact.fingerprint);
  std::vector<std::uint32_t> used;
  if (fact.where) collect_fact_leaves(*fact.where, used);
  if (fact.kind == FactKind::kBinding) used.push_back(fact.pattern_fact);
  if (fact.kind == FactKind::kRatio) used.insert(used.end(), {fact.part_fact, fact.whole_fact});
  for (const PatternStep& step : fact.pattern.value_or(PatternPlan{}).steps) {
    if (step.where) collect_fact_leaves(*step.where, used);
    if (step.bound) collect_fact_leaves(*step.bound, used);
  }
  for (const std::uint32_t other : used) entry.level = std::max(entry.level, entries_[other].level + 1);
  entry.plan = std::move(fact);
  entries_.push_back(std::move(entry));
  return entries_.size() - 1;
}

void Compiler::reposition(Expression& expression) const {
  if (expression.operation == Operation::kFact) expression.position = static_cast<std::uint32_t>(entries_[expression.position].position);
  for (Expression& argument : expression.arguments) reposition(argument);
}

// By level, so that a fact follows those that it uses; then by what it computes, so that names and files do not move it.
void Compiler::order_facts() {
  facts_are_ordered_ = true;
  std::vector<std::size_t> order(entries_.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t left, std::size_t right) {
    const FactEntry& a = entries_[left];
    const FactEntry& b = entries_[right];
    return a.level != b.level ? a.level < b.level : a.canonical < b.canonical;
  });
  std::vector<std::size_t> counts(plan_.keys.size());
  for (const std::size_t i : order) entries_[i].position = counts[entries_[i].key]++;
  for (const std::size_t i : order) {
    FactEntry& entry = entries_[i];
    FactPlan fact = entry.plan;
    if (fact.where) reposition(*fact.where);
    for (std::uint32_t* other : {&fact.pattern_fact, &fact.part_fact, &fact.whole_fact, &fact.lent_fact})
      *other = static_cast<std::uint32_t>(entries_[*other].position);
    if (fact.pattern) {
      for (PatternStep& step : fact.pattern->steps) {
        if (step.where) reposition(*step.where);
        if (step.bound) reposition(*step.bound);
      }
    }
    plan_.keys[entry.key].facts.push_back(std::move(fact));
  }
  for (std::size_t key = 0; key < counts.size(); ++key) {
    if (counts[key] <= kFactsMax) continue;
    findings_.add_file("ruleset.yaml", DiagnosticCode::kTooMany,
                       fmt::format("{} different facts by {}, at most {} fit", counts[key], by_text(plan_.keys[key].by), kFactsMax));
  }
}

void Compiler::fill_symbols(FactGroup& group) {
  for (std::size_t i = 0; i < group.definitions->size(); ++i) {
    const std::optional<std::size_t>& entry = group.entries[i];
    if (!entry) continue;
    Symbol& symbol = group.symbols.at((*group.definitions)[i].name.text);
    if (symbol.state == Symbol::State::kUsable) symbol.expression.position = static_cast<std::uint32_t>(entries_[*entry].position);
  }
  for (const auto& [name, binding] : group.bindings) {
    group.symbols.at(name).expression.position = static_cast<std::uint32_t>(entries_[binding.entry].position);
  }
}

}  // namespace reckoner
