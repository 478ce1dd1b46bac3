// Totals and their measures.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "rules/compiler.hpp"

namespace reckoner {

ValueType average_type(ValueType type) {
  constexpr int kFurtherDigits = 4;
  if (type.kind == ValueKind::kInteger) type.scale = 0;
  if (type.kind != ValueKind::kMoney) type.kind = ValueKind::kDecimal;
  type.scale = static_cast<std::uint8_t>(std::min(type.scale + kFurtherDigits, kScaleMax));
  return type;
}

void Compiler::compile_totals() {
  for (const TotalDefinition& definition : rule_set_.totals) compile_total(definition);
  for (KeyPlan& key : plan_.keys) {
    std::sort(key.totals.begin(), key.totals.end(), [](const TotalPlan& left, const TotalPlan& right) { return left.name < right.name; });
  }
}

void Compiler::compile_total(const TotalDefinition& definition) {
  const std::optional<std::size_t> input = resolve_input(definition.on);
  const std::optional<std::size_t> key = key_of(definition.by, input, evaluation_of(definition));
  if (!input || !definition.on || refuse_derived(*definition.on, input, "totals cannot")) return;
  TotalPlan total;
  total.name = definition.name.text;
  total.input = static_cast<InputId>(*input);
  total.window_ms = definition.window_ms;
  total.allowed_lateness_ms = definition.allowed_lateness_ms;
  if (definition.where) total.where = expression(*definition.where, Scope({&fields_[*input], &constants_, &no_scores_}), true);
  // Columns that a row of totals has anyway.
  std::set<std::string> taken{"window_start", "window_end"};
  for (const Written& name : definition.by) taken.insert(name.text);
  Symbols measures;
  for (const MeasureDefinition& measure : definition.measures) {
    measures.emplace(measure.name.text, refused(DiagnosticCode::kUnknownName,
                                                fmt::format("measure '{}' comes after the one that uses it", measure.name.text), "move it up"));
  }
  for (const MeasureDefinition& measure : definition.measures) {
    if (taken.contains(measure.name.text))
      add_finding(findings_, measure.name, DiagnosticCode::kDuplicateName,
                  fmt::format("rows of totals have a column '{}' already", measure.name.text), "rename the measure");
    compile_measure(measure, *input, total, measures);
  }
  if (key) plan_.keys[*key].totals.push_back(std::move(total));
}

void Compiler::compile_measure(const MeasureDefinition& definition, std::size_t input, TotalPlan& total, Symbols& measures) {
  MeasurePlan measure;
  measure.name = definition.name.text;
  measure.kind = definition.kind;
  bool valid = !definition.broken;
  const Scope fields({&fields_[input], &constants_, &no_scores_});
  if (definition.where) {
    measure.where = expression(*definition.where, fields, true);
    valid = valid && measure.where;
  }
  if (valid && definition.kind == MeasureKind::kCount) {
    measure.type.kind = ValueKind::kInteger;
  } else if (valid && definition.kind == MeasureKind::kDerived) {
    measure.derived = expression(*definition.derived, Scope({&measures, &no_lists_, &constants_, &no_scores_}), false);
    valid = measure.derived.has_value();
    if (valid) measure.type = measure.derived->type;
  } else if (valid) {
    const std::optional<std::size_t> position = column(input, *definition.value, "field");
    valid = position && !rule_set_.inputs[input].fields[*position].broken;
    if (valid) {
      const ValueType& type = plan_.inputs[input].schema.fields[*position].type;
      const bool ordered = type.is_numeric() ||
                           (type.kind == ValueKind::kTime && (definition.kind == MeasureKind::kMinimum || definition.kind == MeasureKind::kMaximum));
      if (!ordered) {
        add_finding(findings_, *definition.value, DiagnosticCode::kTypeMismatch,
                    fmt::format("'{}' is {}, '{}' needs a number or money", definition.value->text, to_text(type), definition.name.text),
                    "choose another field");
        valid = false;
      }
      measure.value = static_cast<std::uint32_t>(*position);
      measure.type = definition.kind == MeasureKind::kAverage ? average_type(type) : type;
      measure.further_digits = measure.type.scale - type.scale;
    }
  }
  Expression leaf;
  leaf.operation = Operation::kMeasure;
  leaf.type = measure.type;
  leaf.position = static_cast<std::uint32_t>(total.measures.size());
  measures.insert_or_assign(definition.name.text, valid ? usable(std::move(leaf)) : broken());
  total.measures.push_back(std::move(measure));
}

}  // namespace reckoner
