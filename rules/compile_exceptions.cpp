// What hides the hits of a rule, and what tells its alerts apart.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "rules/compiler.hpp"

namespace reckoner {

// Exceptions keep their places, so that rules can name them by position.
void Compiler::declare_exceptions() {
  std::vector<std::string> ids;
  ids.reserve(rule_set_.rules.size());
  for (const RuleDefinition& rule : rule_set_.rules) ids.push_back(rule.id.text);
  for (const ExceptionDefinition& definition : rule_set_.exceptions) {
    ExceptionPlan exception{definition.name.text, definition.reason, definition.owner, {}, definition.from_ms, definition.until_ms};
    for (const Written& rule : definition.rules) {
      if (std::find(ids.begin(), ids.end(), rule.text) == ids.end())
        add_finding(findings_, rule, DiagnosticCode::kBadException, fmt::format("no rule has the id '{}'", rule.text), name_advice(rule.text, ids));
      exception.rules.push_back(rule.text);
    }
    plan_.exceptions.push_back(std::move(exception));
  }
  if (rule_set_.exceptions.size() > kExceptionsMax)
    findings_.add_file("ruleset.yaml", DiagnosticCode::kTooMany,
                       fmt::format("{} exceptions, at most {} fit", rule_set_.exceptions.size(), kExceptionsMax));
}

void Compiler::compile_exceptions(const RuleDefinition& definition, const Scope& scope, RulePlan& rule) {
  for (std::size_t i = 0; i < rule_set_.exceptions.size(); ++i) {
    const ExceptionDefinition& exception = rule_set_.exceptions[i];
    const auto is_this = [&](const Written& id) { return id.text == definition.id.text; };
    if (std::none_of(exception.rules.begin(), exception.rules.end(), is_this)) continue;
    RuleException of_rule;
    of_rule.exception = static_cast<std::uint32_t>(i);
    if (exception.where) of_rule.where = expression(*exception.where, scope, true);
    rule.exceptions.push_back(std::move(of_rule));
  }
}

void Compiler::compile_dedup(const RuleDefinition& definition, const Symbols& fields, RulePlan& rule) {
  for (const Written& name : definition.dedup) {
    if (!column(rule.input, name, "dedup field")) continue;
    const Symbol& field = fields.find(name.text)->second;
    if (field.state == Symbol::State::kUsable) rule.dedup.push_back(field.expression);
    if (field.state == Symbol::State::kRefused) add_finding(findings_, name, field.code, field.reason, "leave dedup out");
  }
}

}  // namespace reckoner
