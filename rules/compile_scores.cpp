// Scores: parts over facts (and fields, where a record is at hand), bands.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "rules/compiler.hpp"
#include "rules/expression_folding.hpp"
#include "rules/expression_types.hpp"
#include "rules/literals.hpp"

namespace reckoner {

namespace {

// The name of an absence that the expression reads; "" = none.
std::string absence_read(const KeyPlan& key, const Expression& expression) {
  if (expression.operation == Operation::kFact && key.facts[expression.position].kind == FactKind::kAbsence)
    return key.facts[expression.position].name;
  for (const Expression& argument : expression.arguments) {
    if (std::string name = absence_read(key, argument); !name.empty()) return name;
  }
  return {};
}

bool is_number(const ValueType& type) { return type.kind == ValueKind::kInteger || type.kind == ValueKind::kDecimal; }

}  // namespace

void Compiler::compile_scores() {
  declare_scores();
  for (std::size_t i = 0; i < rule_set_.scores.size(); ++i) compile_score(rule_set_.scores[i], groups_[evaluations_.size() + i]);
  // Positions follow names, so that moving a score in the file moves no state.
  for (KeyPlan& key : plan_.keys) {
    std::sort(key.scores.begin(), key.scores.end(), [](const ScorePlan& left, const ScorePlan& right) { return left.name < right.name; });
    for (DeclaredScore& declared : declared_scores_) {
      const auto found =
          std::find_if(key.scores.begin(), key.scores.end(), [&](const ScorePlan& score) { return score.name == declared.definition->name.text; });
      if (found != key.scores.end()) declared.position = static_cast<std::size_t>(found - key.scores.begin());
    }
  }
}

void Compiler::declare_scores() {
  for (const ScoreDefinition& definition : rule_set_.scores) {
    DeclaredScore declared;
    declared.definition = &definition;
    std::set<std::string> seen;
    for (const Written& on : definition.on) {
      const std::optional<std::size_t> input = find_input(on);
      static_cast<void>(refuse_derived(on, input, "scores cannot"));
      if (!seen.insert(on.text).second)
        add_finding(findings_, on, DiagnosticCode::kDuplicateName, fmt::format("'{}' is there twice", on.text), "remove one");
      else
        declared.inputs.push_back(input);
      const std::optional<std::size_t> key = key_of(definition.by, input, evaluation_of(definition));
      if (!declared.key) declared.key = key;
    }
    declared_scores_.push_back(std::move(declared));
  }
}

void Compiler::compile_score(const ScoreDefinition& definition, FactGroup& group) {
  DeclaredScore& declared = declared_scores_[static_cast<std::size_t>(&definition - rule_set_.scores.data())];
  ScorePlan score;
  score.name = definition.name.text;
  score.on_expiry = definition.on_expiry;
  const bool inputs_known =
      std::all_of(declared.inputs.begin(), declared.inputs.end(), [](const std::optional<std::size_t>& input) { return input.has_value(); });
  for (const std::optional<std::size_t>& input : declared.inputs) score.inputs.push_back(static_cast<InputId>(input.value_or(0)));
  // Fields are those of the one record at hand; an expiry has none, and with several inputs it could be another's.
  Symbols no_fields;
  if (definition.on_expiry || definition.on.size() != 1) {
    const std::string_view why =
        definition.on_expiry ? "a score that is recomputed on expiry has no record at hand" : "a score of several inputs has no fields in common";
    for (const Symbols& fields : fields_) {
      for (const auto& [name, symbol] : fields)
        no_fields.emplace(name, refused(DiagnosticCode::kScoreUse, fmt::format("'{}' is a field: {}", name, why),
                                        fmt::format("use a fact, for example {{latest: {}}}", name)));
    }
  }
  const Symbols nothing;
  const Symbols& fields = no_fields.empty() && group.input ? fields_[*group.input] : (no_fields.empty() ? nothing : no_fields);
  const FactAsker asker = asker_of(group);
  const Symbols own = visible(group, asker);
  const Symbols shared = visible(shared_by(group), asker);
  const std::size_t findings_before = findings_.size();
  const std::optional<std::size_t> record_input = definition.on_expiry ? std::nullopt : group.input;
  const Scope scope({&fields, &own, &shared, definition.on_expiry ? &no_additions_ : &nothing, &constants_, &no_scores_});
  compile_parts(definition, scope, declared.key ? &plan_.keys[*declared.key] : nullptr, record_input, score);
  compile_floors(definition, scope, score);
  compile_bands(definition, score);
  compile_publishing(definition, score);
  if (!declared.key || !inputs_known) return;
  declared.type = score.type;
  declared.broken = findings_.size() != findings_before;
  plan_.keys[*declared.key].scores.push_back(std::move(score));
}

void Compiler::compile_parts(const ScoreDefinition& definition, const Scope& scope, const KeyPlan* key, std::optional<std::size_t> record_input,
                             ScorePlan& score) {
  std::optional<Expression> start;
  if (definition.start) start = expression(*definition.start, Scope({&constants_}), false);
  if (definition.start && start && (!is_number(start->type) || !is_constant(*start))) {
    add_finding(findings_, *definition.start, DiagnosticCode::kTypeMismatch, fmt::format("a score starts at a number, this is {}", describe(*start)),
                "write a number or a parameter, for example 100");
    start.reset();
  }
  score.type.kind = ValueKind::kInteger;
  int scale = start ? start->type.scale : 0;
  for (const auto& [name, written] : definition.parts) {
    std::optional<Expression> value = expression(written, scope, false);
    if (!value) continue;
    if (key != nullptr) refuse_unknowable(written, *key, *value, record_input);
    if (key != nullptr && findings_.empty()) {
      if (const std::string absence = absence_read(*key, *value); !absence.empty())
        add_finding(findings_, written, DiagnosticCode::kFactForm,
                    fmt::format("'{}' is decided at no record, so that only a rule can read it", absence), "read it in the fire of a rule");
    }
    if (!is_number(value->type)) {
      add_finding(findings_, written, DiagnosticCode::kTypeMismatch,
                  fmt::format("a part of a score is a number of points, this is {}", describe(*value)),
                  "for a condition write if(condition, points, 0); for money divide by money");
      continue;
    }
    scale = std::max<int>(scale, is_constant(*value) ? trimmed({value->constant, value->type.scale}).scale : value->type.scale);
    score.parts.push_back({name.text, std::move(*value)});
  }
  const bool decimal = scale > 0 || std::any_of(score.parts.begin(), score.parts.end(), [](const ScorePart& part) {
                         return part.value.type.kind == ValueKind::kDecimal && !is_constant(part.value);
                       });
  if (decimal) score.type.kind = ValueKind::kDecimal;
  score.type.scale = static_cast<std::uint8_t>(scale);
  for (ScorePart& part : score.parts) {
    Expression value = rescaled(part.value, score.type);
    if (fold(value) == FoldFault::kNone) part.value = std::move(value);
  }
  if (start) score.start = rescale_exactly({start->constant, start->type.scale}, scale).value_or(0);
}

// A cap, a floor or a margin: a number of the score's own type.
std::optional<std::int64_t> Compiler::points(const Written& written, const ScorePlan& score) {
  const std::optional<Expression> value = expression(written, Scope({&constants_}), false);
  if (!value) return std::nullopt;
  const bool is_fixed = is_number(value->type) && is_constant(*value);
  const std::optional<std::int64_t> fitting = is_fixed ? rescale_exactly({value->constant, value->type.scale}, score.type.scale) : std::nullopt;
  if (!fitting)
    add_finding(findings_, written, DiagnosticCode::kTypeMismatch, fmt::format("the score is {}, this is {}", to_text(score.type), describe(*value)),
                "write a number or a parameter, with no more digits after the point than the score has");
  return fitting;
}

void Compiler::compile_floors(const ScoreDefinition& definition, const Scope& scope, ScorePlan& score) {
  score.combine = definition.combine;
  if (definition.cap) score.cap = points(*definition.cap, score);
  for (const FloorDefinition& floor : definition.floors) {
    std::optional<Expression> when = expression(floor.when, scope, true);
    const std::optional<std::int64_t> value = points(floor.value, score);
    if (when && value) score.floors.push_back({floor.name.text, std::move(*when), *value});
  }
  const std::size_t digits = score.parts.size() * (2 + score.type.scale);
  if (score.combine == ScoreCombine::kNoisyOr && digits > kNoisyDigitsMax)
    add_finding(findings_, definition.name, DiagnosticCode::kTooMany,
                fmt::format("{} parts with {} digits after the point are too many to combine exactly", score.parts.size(), score.type.scale),
                "use fewer parts, or fewer digits");
}

void Compiler::compile_bands(const ScoreDefinition& definition, ScorePlan& score) {
  std::vector<std::string> names;
  for (const BandDefinition& band : definition.bands) {
    const Parsed<ExactNumber> number = parse_number(band.from.text);
    const std::optional<std::int64_t> from = number ? rescale_exactly(*number, score.type.scale) : std::nullopt;
    names.push_back(band.name.text);
    if (!number) {
      add_finding(findings_, band.from, DiagnosticCode::kBadNumber, number.error());
    } else if (!from) {
      add_finding(findings_, band.from, DiagnosticCode::kBadBands,
                  fmt::format("the score is {}, {} is between two of its values", to_text(score.type), band.from.text),
                  "use no more digits after the point than the score has");
    } else if (!score.bands.empty() && *from >= score.bands.back().from) {
      add_finding(findings_, band.from, DiagnosticCode::kBadBands,
                  fmt::format("band '{}' is not below '{}'", band.name.text, score.bands.back().name));
    } else {
      score.bands.push_back({band.name.text, *from});
    }
  }
  if (!definition.initial_band || names.empty()) return;
  const auto found = std::find(names.begin(), names.end(), definition.initial_band->text);
  if (found == names.end()) {
    add_finding(findings_, *definition.initial_band, DiagnosticCode::kNotOneOf,
                fmt::format("'{}' is none of the score's bands", definition.initial_band->text), name_advice(definition.initial_band->text, names));
    return;
  }
  score.initial_band = static_cast<std::uint32_t>(found - names.begin());
}

void Compiler::compile_publishing(const ScoreDefinition& definition, ScorePlan& score) {
  for (const std::optional<Written>* place : {&definition.every, &definition.settle}) {
    if (*place && !score.on_expiry)
      add_finding(findings_, **place, DiagnosticCode::kBadPublish, "a score that is recomputed at records alone tells nothing between them",
                  "write recompute: event_and_expiry");
  }
  score.publishing.every_ms = definition.every_ms;
  score.publishing.settle_ms = definition.settle_ms;
  if (definition.margin) score.publishing.margin = points(*definition.margin, score).value_or(0);
  if (definition.margin && score.publishing.margin < 0)
    add_finding(findings_, *definition.margin, DiagnosticCode::kOutOfRange, "a margin below zero would overlap nothing", "write it without the sign");
  if (!definition.overrides.empty() && definition.by.size() > 1)
    add_finding(findings_, definition.overrides.front().second, DiagnosticCode::kBadPublish, "a list holds single values, the key has several fields",
                "keep the score by one field, or use floors");
  for (const auto& [band, list] : definition.overrides) {
    std::vector<std::string> names;
    names.reserve(definition.bands.size());
    for (const BandDefinition& one : definition.bands) names.push_back(one.name.text);
    const auto found = std::find(names.begin(), names.end(), band.text);
    if (found == names.end())
      add_finding(findings_, band, DiagnosticCode::kNotOneOf, fmt::format("'{}' is none of the score's bands", band.text),
                  name_advice(band.text, names));
    const std::optional<Expression> asked = list_of(list);
    if (asked && found != names.end()) score.overrides.push_back({static_cast<std::uint32_t>(found - names.begin()), asked->list});
  }
}

// The list that a text names as list.NAME.
std::optional<Expression> Compiler::list_of(const Written& written) {
  const auto symbol = constants_.find(written.text);
  const bool is_list = written.text.starts_with("list.");
  if (const auto added = no_additions_.find(written.text); added != no_additions_.end()) {
    add_finding(findings_, written, added->second.code, added->second.reason, added->second.advice);
    return std::nullopt;
  }
  if (is_list && symbol != constants_.end())
    return symbol->second.state == Symbol::State::kUsable ? std::optional(symbol->second.expression) : std::nullopt;
  std::vector<std::string> names;
  names.reserve(rule_set_.lists.size());
  for (const ListDefinition& one : rule_set_.lists) names.push_back(fmt::format("list.{}", one.name.text));
  add_finding(findings_, written, DiagnosticCode::kUnknownList, fmt::format("'{}' is no list", written.text), name_advice(written.text, names));
  return std::nullopt;
}

// The scores as a rule of this key and input sees them.
Symbols Compiler::score_symbols(std::optional<std::size_t> key, std::optional<std::size_t> input) const {
  Symbols symbols;
  for (const DeclaredScore& declared : declared_scores_) {
    const std::string& name = declared.definition->name.text;
    Symbol symbol = broken();
    const bool known = !declared.broken && declared.key && key && input;
    const bool recomputed =
        known && std::any_of(declared.inputs.begin(), declared.inputs.end(), [&](const std::optional<std::size_t>& one) { return one == input; });
    if (known && plan_.keys[*declared.key].ordered != plan_.keys[*key].ordered) {
      symbol = refused(DiagnosticCode::kMixedKeys,
                       fmt::format("score '{}' is {}, and the rule is not", name,
                                   plan_.keys[*declared.key].ordered ? "decided in order of event time" : "decided as records arrive"),
                       "give both the same evaluation");
    } else if (known && *declared.key != *key) {
      symbol = refused(DiagnosticCode::kMixedKeys,
                       fmt::format("score '{}' is kept by {}, not by {}", name, fmt::join(plan_.keys[*declared.key].by, ", "),
                                   fmt::join(plan_.keys[*key].by, ", ")),
                       {});
    } else if (known && !recomputed) {
      symbol = refused(DiagnosticCode::kScoreUse, fmt::format("records of '{}' do not recompute score '{}'", plan_.inputs[*input].schema.input, name),
                       "add the input to the score's 'on'");
    } else if (known) {
      Expression leaf;
      leaf.operation = Operation::kScore;
      leaf.type = declared.type;
      leaf.position = static_cast<std::uint32_t>(declared.position);
      symbol = usable(std::move(leaf));
    }
    symbols.emplace(fmt::format("score.{}", name), std::move(symbol));
  }
  return symbols;
}

}  // namespace reckoner
