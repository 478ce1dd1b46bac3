// Rules: condition, bounds, evidence, sentence, columns.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "engine/check.hpp"
#include "rules/asked_names.hpp"
#include "rules/compiler.hpp"

namespace reckoner {

namespace {

void collect_facts(const KeyPlan& key, const Expression& expression, std::set<std::uint32_t>& facts);

// A fact and those that it is made of.
void collect_fact(const KeyPlan& key, std::uint32_t position, std::set<std::uint32_t>& facts) {
  if (!facts.insert(position).second) return;
  const FactPlan& fact = key.facts[position];
  if (fact.kind == FactKind::kBinding) collect_fact(key, fact.pattern_fact, facts);
  if (fact.kind == FactKind::kRatio) collect_fact(key, fact.part_fact, facts), collect_fact(key, fact.whole_fact, facts);
  if (fact.where) collect_facts(key, *fact.where, facts);
  if (!fact.pattern) return;
  for (const PatternStep& step : fact.pattern->steps) {
    if (step.where) collect_facts(key, *step.where, facts);
    if (step.bound) collect_facts(key, *step.bound, facts);
  }
}

void collect_facts(const KeyPlan& key, const Expression& expression, std::set<std::uint32_t>& facts) {
  if (expression.operation == Operation::kFact) collect_fact(key, expression.position, facts);
  for (const Expression& argument : expression.arguments) collect_facts(key, argument, facts);
}

void collect_look_ups(const Expression& expression, std::vector<Expression>& into) {
  if (expression.list != nullptr && std::find(into.begin(), into.end(), expression) == into.end()) into.push_back(expression);
  for (const Expression& argument : expression.arguments) collect_look_ups(argument, into);
}

}  // namespace

bool is_of_record(const FactPlan& fact) {
  return fact.kind == FactKind::kFirstSeen || fact.kind == FactKind::kGeoSpeed || fact.kind == FactKind::kSequence ||
         fact.kind == FactKind::kZScore || fact.kind == FactKind::kRobustZScore || fact.like;
}

void Compiler::compile_rules() {
  declare_exceptions();
  std::map<std::string, const Written*> first_of_id;
  for (std::size_t i = 0; i < rule_set_.rules.size(); ++i) {
    const RuleDefinition& rule = rule_set_.rules[i];
    const auto [first, is_new] = first_of_id.emplace(rule.id.text, &rule.id);
    if (!is_new && !rule.id.text.empty()) {
      const SourceText& source = *first->second->source;
      add_finding(findings_, rule.id, DiagnosticCode::kDuplicateName,
                  fmt::format("rule {} is in {}:{} already", rule.id.text, source.name(), source.at(first->second->node->offset).line),
                  "give each rule an id of its own");
    }
    compile_rule(rule, groups_[evaluations_.size() + rule_set_.scores.size() + i]);
  }
  if (rule_set_.rules.size() > kRulesMax)
    findings_.add_file("rules", DiagnosticCode::kTooMany, fmt::format("{} rules, at most {} fit", rule_set_.rules.size(), kRulesMax));
  for (KeyPlan& key : plan_.keys) {
    std::sort(key.rules.begin(), key.rules.end(), [](const RulePlan& left, const RulePlan& right) { return left.id < right.id; });
  }
}

void Compiler::compile_rule(const RuleDefinition& definition, FactGroup& group) {
  if (!group.input) return;
  if (definition.evaluation && definition.ordered && is_derived(*group.input))
    add_finding(findings_, *definition.evaluation, DiagnosticCode::kBadInput,
                fmt::format("rules on '{}' are decided as its records come", plan_.inputs[*group.input].schema.input), "take the line out");
  RulePlan rule;
  rule.id = definition.id.text;
  rule.title = definition.title;
  rule.severity = definition.severity;
  rule.code = definition.code.empty() ? definition.id.text : definition.code;
  rule.input = static_cast<InputId>(*group.input);
  rule.missing = definition.missing;
  rule.fails_closed = definition.fails_closed;
  rule.hold_ms = definition.hold_ms;
  rule.renotify_ms = definition.renotify_ms;
  rule.escalate_hits = definition.escalate_hits;
  rule.escalate_severity = definition.escalate_severity;
  rule.runbook = definition.runbook;
  rule.owner = definition.owner;
  const FactAsker asker = asker_of(group);
  const Symbols own = visible(group, asker);
  const Symbols shared = visible(shared_by(group), asker);
  const Symbols scores = score_symbols(group.key, group.input);
  const std::optional<std::string> absence = definition.fire ? absence_in(group, *definition.fire) : std::nullopt;
  Symbols no_fields;
  for (const auto& [name, symbol] : fields_[*group.input]) {
    if (absence)
      no_fields.emplace(
          name, refused(DiagnosticCode::kFactForm, fmt::format("'{}' is a field, and there is no record when '{}' is decided", name, *absence),
                        fmt::format("for the record that came write {}.after.{}", *absence, name)));
  }
  const Symbols& fields = absence ? no_fields : fields_[*group.input];
  const Symbols nothing;
  const Scope scope({&fields, &own, &shared, absence ? &no_additions_ : &nothing, &constants_, &scores});
  std::optional<Expression> fire;
  if (definition.fire) fire = expression(*definition.fire, scope, true, &rule.bounds);
  if (definition.say)
    rule.sentence = sentence(*definition.say, scope);
  else
    rule.sentence.texts.push_back(definition.title);
  for (const auto& [name, written] : definition.columns) {
    if (std::optional<Expression> value = expression(written, scope, false)) rule.columns.emplace_back(name.text, std::move(*value));
  }
  compile_exceptions(definition, scope, rule);
  compile_dedup(definition, fields, rule);
  compile_additions(definition, scope, rule);
  if (!definition.fire || !fire || !group.key) return;
  KeyPlan& key = plan_.keys[*group.key];
  refuse_unknowable(*definition.fire, key, *fire, absence ? std::nullopt : group.input);
  rule.fire = std::move(*fire);
  rule.facts = facts_read(key, rule.fire);
  collect_look_ups(rule.fire, rule.listed);
  for (const RuleException& exception : rule.exceptions) {
    const std::optional<Written>& written = rule_set_.exceptions[exception.exception].where;
    if (written && exception.where) refuse_unknowable(*written, key, *exception.where, absence ? std::nullopt : group.input);
  }
  refuse_wrong_verdicts(definition, key, rule);
  key.rules.push_back(std::move(rule));
}

// The name of an absence that `fire` reads, if it does.
std::optional<std::string> Compiler::absence_in(const FactGroup& group, const Written& fire) const {
  const std::expected<SyntaxNode, ExpressionFault> tree = macros_.parse(fire.text);
  if (!tree) return std::nullopt;
  std::vector<const SyntaxNode*> names;
  collect_names(*tree, names);
  for (const SyntaxNode* node : names) {
    std::string name = node->text.substr(0, node->text.find('.'));
    for (const std::vector<FactDefinition>* facts : {group.definitions, shared_by(group).definitions}) {
      const auto is_absence = [&](const FactDefinition& fact) { return fact.kind == FactKind::kAbsence && fact.name.text == name; };
      if (std::any_of(facts->begin(), facts->end(), is_absence)) return name;
    }
  }
  return std::nullopt;
}

void Compiler::refuse_wrong_verdicts(const RuleDefinition& definition, const KeyPlan& key, RulePlan& rule) {
  for (const std::uint32_t position : rule.facts) {
    const FactPlan& fact = key.facts[position];
    if (fact.kind != FactKind::kAbsence) continue;
    rule.verdicts.push_back(position);
    if (fact.input == rule.input) continue;
    const std::string& input = plan_.inputs[fact.input].schema.input;
    RECKONER_CHECK(definition.on.has_value(), "rule {} was compiled without an input", rule.id);
    add_finding(findings_, *definition.on, DiagnosticCode::kFactForm,
                fmt::format("'{}' is decided for records of '{}', the rule is on '{}'", fact.name, input, definition.on->text),
                fmt::format("write on: {}", input));
  }
}

// Whether a value is new, or how fast a card moved, is known at a record of the fact's own input and nowhere else: `input` is that of the
// record at hand, nothing = there may be none.
void Compiler::refuse_unknowable(const Written& place, const KeyPlan& key, const Expression& expression, std::optional<std::size_t> input) {
  // Only a plan without findings is ever used; with findings, positions may be of facts that are missing.
  if (!findings_.empty()) return;
  if (expression.operation == Operation::kFact) {
    const FactPlan& fact = key.facts[expression.position];
    if (is_of_record(fact) && input != fact.input)
      add_finding(findings_, place, DiagnosticCode::kFactForm,
                  fmt::format("'{}' is known at records of '{}' alone", fact.name, plan_.inputs[fact.input].schema.input),
                  "count the records at which it holds, in a fact with count, within and where");
  }
  for (const Expression& argument : expression.arguments) refuse_unknowable(place, key, argument, input);
}

std::vector<std::uint32_t> Compiler::facts_read(const KeyPlan& key, const Expression& expression) const {
  // Only a plan without findings is ever used; with findings, positions may be of facts that are missing.
  if (!findings_.empty()) return {};
  std::set<std::uint32_t> facts;
  collect_facts(key, expression, facts);
  return {facts.begin(), facts.end()};
}

// "{n} payments, {spent / n} each": {{ and }} stand for braces.
Sentence Compiler::sentence(const Written& written, const Scope& scope) {
  Sentence result;
  const std::string& text = written.text;
  std::string current;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((text[i] == '{' || text[i] == '}') && i + 1 < text.size() && text[i + 1] == text[i]) {
      current += text[i++];
      continue;
    }
    if (text[i] == '}') {
      report(written, i, DiagnosticCode::kSentence, "a '}' without its '{'", {});
      continue;
    }
    if (text[i] != '{') {
      current += text[i];
      continue;
    }
    const std::size_t close = text.find('}', i);
    if (close == std::string::npos) {
      report(written, i, DiagnosticCode::kSentence, "a '{' without its '}'", {});
      break;
    }
    if (result.values.size() >= kSentenceValuesMax) {
      report(written, i, DiagnosticCode::kTooMany, fmt::format("more than {} values in one sentence", kSentenceValuesMax), "say less");
      break;
    }
    std::optional<Expression> value = part_expression(written, i + 1, std::string_view(text).substr(i + 1, close - i - 1), scope);
    if (value) {
      result.texts.push_back(std::exchange(current, {}));
      result.values.push_back(std::move(*value));
    }
    i = close;
  }
  result.texts.push_back(std::move(current));
  return result;
}

}  // namespace reckoner
