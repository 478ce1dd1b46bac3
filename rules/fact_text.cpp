// Texts that stored state is known by. A change of any of them makes all stored state look foreign: add, never change.
#include <fmt/format.h>

#include "engine/check.hpp"
#include "engine/checksum.hpp"
#include "operators/build.hpp"
#include "operators/canonical_text.hpp"
#include "operators/evidence.hpp"
#include "rules/compiler.hpp"

namespace reckoner {

namespace {

std::string_view kind_text(FactKind kind) {
  switch (kind) {
    case FactKind::kCount:
      return "count";
    case FactKind::kSum:
      return "sum";
    case FactKind::kAverage:
      return "average";
    case FactKind::kMinimum:
      return "minimum";
    case FactKind::kMaximum:
      return "maximum";
    case FactKind::kDistinct:
      return "distinct";
    case FactKind::kStandardDeviation:
      return "standard deviation";
    case FactKind::kPercentile:
      return "percentile";
    case FactKind::kMedian:
      return "median";
    case FactKind::kMode:
      return "mode";
    case FactKind::kZScore:
      return "z-score";
    case FactKind::kRobustZScore:
      return "robust z-score";
    case FactKind::kRatio:
      return "ratio";
    case FactKind::kBaseline:
      return "baseline";
    case FactKind::kFirstSeen:
      return "first seen";
    case FactKind::kPrevious:
      return "previous";
    case FactKind::kSincePrevious:
      return "since previous";
    case FactKind::kLatest:
      return "latest";
    case FactKind::kGeoSpeed:
      return "geo speed";
    case FactKind::kSequence:
      return "sequence";
    case FactKind::kTogether:
      return "together";
    case FactKind::kAbsence:
      return "absence";
    case FactKind::kBinding:
      return "binding";
    case FactKind::kBorrowed:
      return "borrowed";
  }
  RECKONER_UNREACHABLE("a FactKind outside its enumerators");
}

std::string_view kind_text(MeasureKind kind) {
  switch (kind) {
    case MeasureKind::kCount:
      return "count";
    case MeasureKind::kSum:
      return "sum";
    case MeasureKind::kAverage:
      return "average";
    case MeasureKind::kMinimum:
      return "minimum";
    case MeasureKind::kMaximum:
      return "maximum";
    case MeasureKind::kDerived:
      return "derived";
  }
  RECKONER_UNREACHABLE("a MeasureKind outside its enumerators");
}

// By path and type: what the field holds, whatever it is called.
std::string field_text(const Plan& plan, std::size_t input, std::size_t position) {
  const Field& field = plan.inputs[input].schema.fields[position];
  return fmt::format("{} {}", counted_text(field.path), canonical_text(field.type));
}

std::string key_text(const Plan& plan, const KeyPlan& key, std::size_t input) {
  std::string text;
  for (const std::uint32_t position : key.fields[input]) text += fmt::format(" {}", field_text(plan, input, position));
  return text;
}

}  // namespace

std::string lasting_text(const Plan& plan, const Expression& expression, const std::vector<std::uint64_t>& fingerprints) {
  return canonical_text(expression, [&](const Expression& leaf) {
    if (leaf.operation == Operation::kField)
      return fmt::format("{} {}", counted_text(plan.inputs[leaf.input].schema.input), field_text(plan, leaf.input, leaf.position));
    if (leaf.operation == Operation::kFact) return fmt::format("{:016x}", fingerprints[leaf.position]);
    return fmt::format("{}", leaf.position);
  });
}

namespace {

// Names of steps are left out: what is computed does not depend on them.
std::string pattern_text(const Plan& plan, std::size_t key, const PatternPlan& pattern, const std::vector<std::uint64_t>& fingerprints) {
  std::string text = fmt::format(" after fire {} open {}", static_cast<int>(pattern.after_fire), pattern.open_max);
  if (pattern.calendar != nullptr) text += fmt::format(" business days {} of {}", pattern.business_days, counted_text(pattern.calendar->name()));
  for (const PatternStep& step : pattern.steps) {
    text += fmt::format(" step input {} by{} at least {}{}", counted_text(plan.inputs[step.input].schema.input),
                        key_text(plan, plan.keys[key], step.input), step.at_least, step.never ? " never" : "");
    if (step.where) text += fmt::format(" where {}", lasting_text(plan, *step.where, fingerprints));
    if (step.bound) text += fmt::format(" bound {}", lasting_text(plan, *step.bound, fingerprints));
  }
  for (const PatternBinding& binding : pattern.bindings) {
    text += fmt::format(" binding {} {}", binding.step, static_cast<int>(binding.what));
    if (binding.what != BoundValue::kCount) text += fmt::format(" {}", field_text(plan, pattern.steps[binding.step].input, binding.field));
  }
  return text;
}

std::string stage_text(const KeyPlan& key) { return key.stage > 0 ? fmt::format(" stage {} ", key.stage) : std::string(); }

}  // namespace

std::string fact_text(const Plan& plan, std::size_t key, const FactPlan& fact, const std::vector<std::uint64_t>& fingerprints) {
  const std::string kept =
      fmt::format("{}{}{}", plan.keys[key].ordered ? "ordered " : "", stage_text(plan.keys[key]), plan.keys[key].only_lends ? "lent " : "");
  if (fact.kind == FactKind::kBorrowed) {
    std::string text = kept + "borrowed";
    for (std::size_t input = 0; input < plan.inputs.size(); ++input)
      text += fmt::format(" input {} by{}", input, key_text(plan, plan.keys[key], input));
    return text + fmt::format(" of {:016x}", fingerprints[fact.lent_fact]);
  }
  std::string text = fmt::format("{}{} input {} by{}", kept, kind_text(fact.kind), counted_text(plan.inputs[fact.input].schema.input),
                                 key_text(plan, plan.keys[key], fact.input));
  if (reads_value(fact)) text += fmt::format(" value {}", field_text(plan, fact.input, fact.value));
  if (fact.kind == FactKind::kGeoSpeed)
    text += fmt::format(" longitude {} min_km {} min_gap {}", field_text(plan, fact.input, fact.longitude), fact.minimum_km, fact.minimum_gap_ms);
  if (fact.kind == FactKind::kRatio)
    return text + fmt::format(" {:016x} of {:016x} samples {}", fingerprints[fact.part_fact], fingerprints[fact.whole_fact], fact.min_samples);
  if (fact.kind == FactKind::kPercentile || fact.statistic == FactKind::kPercentile) text += fmt::format(" p {}", fact.percent);
  if (fact.min_samples > 1) text += fmt::format(" samples {}", fact.min_samples);
  if (fact.kind == FactKind::kBaseline)
    text += fmt::format(" of {} in {} as {}", kind_text(fact.measured), fact.bucket_ms, kind_text(fact.statistic));
  if (fact.learning_ms > 0) text += fmt::format(" learning {}", fact.learning_ms);
  if (fact.kind == FactKind::kFirstSeen) text += fmt::format(" last {} memory {}", fact.remember_count, fact.remember_ms);
  if (fact.within_ms != 0) text += fmt::format(" within {}", fact.within_ms);
  if (fact.exclude_current) text += " exclude_current";
  if (fact.where) text += fmt::format(" where {}", lasting_text(plan, *fact.where, fingerprints));
  if (fact.like) text += fmt::format(" like {}", lasting_text(plan, *fact.like, fingerprints));
  for (const PatternBinding& binding : fact.kept) text += fmt::format(" kept {}", field_text(plan, fact.input, binding.field));
  if (fact.pattern) text += pattern_text(plan, key, *fact.pattern, fingerprints);
  if (fact.kind == FactKind::kBinding) text += fmt::format(" {} of {:016x}", fact.binding, fingerprints[fact.pattern_fact]);
  return text;
}

namespace {

std::string cycle_text(const Plan& plan, const CyclePlan& cycle) {
  std::string text = fmt::format(" cycle of {} from {} to {} within {}", cycle.input, field_text(plan, cycle.input, cycle.from),
                                 field_text(plan, cycle.input, cycle.to), cycle.within_ms);
  if (cycle.amount) text += fmt::format(" amount {}", field_text(plan, cycle.input, *cycle.amount));
  if (cycle.where) text += fmt::format(" where {}", lasting_text(plan, *cycle.where, {}));
  return text;
}

std::string input_text(const Plan& plan, std::size_t position) {
  const InputPlan& input = plan.inputs[position];
  std::string text = fmt::format("input {} disorder {}", counted_text(input.schema.input), input.out_of_orderness_ms);
  text += fmt::format(" time {}", field_text(plan, position, input.schema.event_time));
  if (input.filter) text += fmt::format(" filter {}", lasting_text(plan, *input.filter, {}));
  if (input.dedupe) {
    RECKONER_CHECK(input.schema.id.has_value(), "dedupe of {} without an id", input.schema.input);
    text += fmt::format(" dedupe {} by{} id {}", input.dedupe->within_ms, key_text(plan, plan.keys[input.driver_key], position),
                        field_text(plan, position, *input.schema.id));
  }
  if (input.cycle) text += cycle_text(plan, *input.cycle);
  const auto are_silences = [](const InputPlan& other) { return other.derived == DerivedOf::kSilences; };
  if (std::any_of(plan.inputs.begin(), plan.inputs.end(), are_silences) && input.silent_after_ms > 0)
    text += fmt::format(" silent after {}", input.silent_after_ms);
  return text + "\n";
}

// Derived measures keep no state.
std::string total_text(const Plan& plan, const TotalPlan& total) {
  std::string text = fmt::format("total {} input {} window {} origin {} lateness {}", counted_text(total.name), total.input, total.window_ms,
                                 total.origin_ms, total.allowed_lateness_ms);
  if (total.where) text += fmt::format(" where {}", lasting_text(plan, *total.where, {}));
  for (const MeasurePlan& measure : total.measures) {
    if (measure.kind == MeasureKind::kDerived) continue;
    text += fmt::format(" {}", kind_text(measure.kind));
    if (measure.kind != MeasureKind::kCount) text += fmt::format(" value {}", field_text(plan, total.input, measure.value));
    if (measure.where) text += fmt::format(" where {}", lasting_text(plan, *measure.where, {}));
  }
  return text + "\n";
}

// State holds the last band by position; bounds and parts may change, but not the facts whose expiry a key's scores wait for: those have timers.
std::string score_text(const ScorePlan& score) {
  std::string text = fmt::format("score {} initial {} expiry {} inputs", counted_text(score.name), score.initial_band, score.on_expiry);
  for (const InputId input : score.inputs) text += fmt::format(" {}", input);
  for (const Band& band : score.bands) text += fmt::format(" {}", counted_text(band.name));
  if (has_publisher(score)) text += " told";
  return text + "\n";
}

}  // namespace

std::string facts_text(const Plan& plan) {
  std::string text = "facts 1\n";
  for (std::size_t input = 0; input < plan.inputs.size(); ++input) text += input_text(plan, input);
  for (const KeyPlan& key : plan.keys) {
    text += fmt::format("key{}{} per_key_max {} id bytes {}", key.ordered ? " ordered" : "", stage_text(key), key.per_key_max,
                        EvidenceIds::id_bytes(plan, key));
    for (std::size_t input = 0; input < plan.inputs.size(); ++input) text += fmt::format(" input {}{}", input, key_text(plan, key, input));
    text += "\n";
    for (const FactPlan& fact : key.facts) text += fmt::format("fact {:016x}\n", fact.fingerprint);
    for (const TotalPlan& total : key.totals) text += total_text(plan, total);
    for (const ScorePlan& score : key.scores) text += score_text(score);
    for (const RulePlan& rule : key.rules) {
      if (rule.hold_ms > 0) text += fmt::format("held {}\n", counted_text(rule.id));
      // What a hold keeps beside its alert (operators/alert_hold.hpp).
      if (!rule.dedup.empty() || rule.renotify_ms > 0) text += fmt::format("further {} {}\n", counted_text(rule.id), rule.dedup.size());
    }
    for (const std::uint32_t fact : expiring_facts(key)) text += fmt::format("expiring {:016x}\n", key.facts[fact].fingerprint);
  }
  return text;
}

}  // namespace reckoner
