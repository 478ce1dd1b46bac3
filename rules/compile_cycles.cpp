// Cycles of transfers: the input that has them, the fields that say who paid whom.
#include <fmt/format.h>

#include <algorithm>

#include "operators/cycle_watch.hpp"
#include "rules/compiler.hpp"

namespace reckoner {

// A field of the transfers that names an account.
std::optional<std::uint32_t> Compiler::account_field(std::size_t input, const std::optional<Written>& name) {
  if (!name) return std::nullopt;
  const std::optional<std::size_t> position = column(input, *name, "field");
  if (!position || rule_set_.inputs[input].fields[*position].broken) return std::nullopt;
  const ValueType& type = plan_.inputs[input].schema.fields[*position].type;
  if (type.kind == ValueKind::kString) return static_cast<std::uint32_t>(*position);
  add_finding(findings_, *name, DiagnosticCode::kTypeMismatch, fmt::format("'{}' is {}, an account is a string", name->text, to_text(type)),
              "choose another field");
  return std::nullopt;
}

std::optional<std::uint32_t> Compiler::amount_field(std::size_t input, const Written& name) {
  const std::optional<std::size_t> position = column(input, name, "field");
  if (!position || rule_set_.inputs[input].fields[*position].broken) return std::nullopt;
  const ValueType& type = plan_.inputs[input].schema.fields[*position].type;
  if (type.is_numeric()) return static_cast<std::uint32_t>(*position);
  add_finding(findings_, name, DiagnosticCode::kTypeMismatch, fmt::format("'{}' is {}, an amount is a number", name.text, to_text(type)),
              "choose another field");
  return std::nullopt;
}

void Compiler::compile_cycles() {
  for (const CycleDefinition& definition : rule_set_.cycles) {
    const auto derived = std::find_if(rule_set_.inputs.begin(), rule_set_.inputs.end(), [&](const InputDefinition& input) {
      return input.derived == DerivedOf::kCycle && input.name.node == definition.name.node;
    });
    if (derived == rule_set_.inputs.end()) {
      add_finding(findings_, definition.name, DiagnosticCode::kDuplicateName, fmt::format("'{}' is an input already", definition.name.text),
                  "rename the cycles");
      continue;
    }
    compile_cycle(definition, static_cast<std::size_t>(derived - rule_set_.inputs.begin()));
  }
}

void Compiler::compile_cycle(const CycleDefinition& definition, std::size_t derived) {
  const std::optional<std::size_t> input = resolve_input(definition.on);
  if (!input || !definition.on || refuse_derived(*definition.on, input, "cycles cannot")) return;
  CyclePlan cycle;
  cycle.input = static_cast<InputId>(*input);
  cycle.hops_min = definition.hops_min;
  cycle.hops_max = definition.hops_max;
  cycle.within_ms = definition.within_ms;
  cycle.pass_percent = definition.pass_percent;
  cycle.transfers_max = definition.transfers_max;
  const std::optional<std::uint32_t> from = account_field(*input, definition.from);
  const std::optional<std::uint32_t> to = account_field(*input, definition.to);
  if (definition.amount) cycle.amount = amount_field(*input, *definition.amount);
  if (definition.where) cycle.where = expression(*definition.where, Scope({&fields_[*input], &no_additions_, &constants_, &no_scores_}), true);
  if (!from || !to) return;
  cycle.from = *from;
  cycle.to = *to;
  const Schema& schema = plan_.inputs[derived].schema;
  for (std::uint32_t field = 0; field < schema.fields.size(); ++field) {
    const std::string& name = schema.fields[field].name;
    const std::optional<std::size_t> read = plan_.inputs[*input].schema.find(name);
    const bool is_own = name == CycleWatch::kHops || name == CycleWatch::kPath || name == CycleWatch::kBegan;
    if (read && !is_own && field != schema.event_time) cycle.copied.emplace_back(field, static_cast<std::uint32_t>(*read));
  }
  plan_.inputs[derived].cycle = std::move(cycle);
}

}  // namespace reckoner
