#include "operators/build.hpp"

#include <algorithm>
#include <functional>

#include "engine/check.hpp"
#include "operators/handing_on.hpp"
#include "operators/ordering.hpp"

namespace reckoner {

namespace {

void add_once(WatermarkGroup& group, InputId input) {
  if (std::find(group.begin(), group.end(), input) == group.end()) group.push_back(input);
}

bool borrows_from(const KeyPlan& borrower, std::size_t lender) {
  const auto is_of_lender = [&](const FactPlan& fact) { return fact.kind == FactKind::kBorrowed && fact.lender == lender; };
  return std::any_of(borrower.facts.begin(), borrower.facts.end(), is_of_lender);
}

WatermarkGroup all_inputs(const Plan& plan) {
  WatermarkGroup group;
  for (std::size_t input = 0; input < read_inputs(plan); ++input) group.push_back(static_cast<InputId>(input));
  return group;
}

// Inputs that anything of a key kind reads, and those at whose records others ask it for facts.
WatermarkGroup inputs_of(const Plan& plan, const KeyPlan& key) {
  if (key.derived) return all_inputs(plan);  // what it looks at comes of all that is read
  WatermarkGroup group;
  for (const FactPlan& fact : key.facts) visit_records(fact, [&](InputId input, const Expression*) { add_once(group, input); });
  for (const TotalPlan& total : key.totals) add_once(group, total.input);
  for (const ScorePlan& score : key.scores) {
    for (const InputId input : score.inputs) add_once(group, input);
  }
  for (const RulePlan& rule : key.rules) add_once(group, rule.input);
  for (const InputId input : lending_inputs(plan, static_cast<std::size_t>(&key - plan.keys.data()))) add_once(group, input);
  std::sort(group.begin(), group.end());
  return group;
}

// A key that a rule set has by a declaration alone, while what it keeps by this key is in an order.
bool is_idle(const Plan& plan, const KeyPlan& key) {
  if (key.ordered || !key.facts.empty() || !key.totals.empty() || !key.scores.empty() || !key.rules.empty()) return false;
  return std::any_of(plan.keys.begin(), plan.keys.end(), [&](const KeyPlan& other) { return other.ordered && other.by == key.by; });
}

// The same as the reader numbers them.
WatermarkGroup watermark_inputs(const Plan& plan, const KeyPlan& key, WatermarkGroup inputs) {
  for (InputId& input : inputs) input = watermark_input(plan, key, input);
  return inputs;
}

// How late a record may be and still be asked about, section 3 of the design: the same for all that is kept by one key as records arrive.
std::int64_t slack_of(const Plan& plan, const KeyPlan& key) {
  if (key.ordered) return 0;
  std::int64_t disorder = 0;
  for (const InputId input : inputs_of(plan, key)) disorder = std::max(disorder, plan.inputs[input].out_of_orderness_ms);
  std::int64_t lateness = 0;
  for (const KeyPlan& other : plan.keys) {
    if (other.by != key.by || other.derived != key.derived) continue;
    for (const TotalPlan& total : other.totals) lateness = std::max(lateness, total.allowed_lateness_ms);
  }
  return disorder + lateness;
}

void visit_expressions(const KeyPlan& key, const std::function<void(const Expression&)>& visit) {
  const auto optional = [&](const std::optional<Expression>& expression) {
    if (expression) visit(*expression);
  };
  for (const FactPlan& fact : key.facts) {
    optional(fact.where);
    optional(fact.like);
    if (!fact.pattern) continue;
    for (const PatternStep& step : fact.pattern->steps) optional(step.where), optional(step.bound);
  }
  for (const TotalPlan& total : key.totals) {
    optional(total.where);
    for (const MeasurePlan& measure : total.measures) optional(measure.where);
  }
  for (const ScorePlan& score : key.scores) {
    for (const ScorePart& part : score.parts) visit(part.value);
    for (const ScoreFloor& floor : score.floors) visit(floor.when);
  }
  for (const RulePlan& rule : key.rules) {
    visit(rule.fire);
    for (const Expression& value : rule.sentence.values) visit(value);
    for (const Bound& bound : rule.bounds) visit(bound.value), visit(bound.limit);
    for (const auto& [name, value] : rule.columns) visit(value);
    for (const Expression& field : rule.dedup) visit(field);
    for (const PlannedAddition& addition : rule.additions) visit(addition.value);
    for (const RuleException& exception : rule.exceptions) optional(exception.where);
  }
}

std::vector<ColumnSource> columns_of(const Plan& plan, const KeyPlan& key) {
  std::vector<ColumnSource> columns;
  const auto add_field = [&](InputId input, std::uint32_t field) {
    if (plan.inputs[input].schema.fields[field].type.kind == ValueKind::kString) return;
    const ColumnSource source{input, field};
    if (std::find(columns.begin(), columns.end(), source) == columns.end()) columns.push_back(source);
  };
  visit_expressions(key, [&](const Expression& expression) { collect_columns(expression, columns); });
  for (const FactPlan& fact : key.facts) {
    if (fact.kind == FactKind::kAbsence) {  // the condition on the second record is also asked of the first
      const PatternPlan& pattern = pattern_of(fact);
      for (const PatternBinding& binding : pattern.bindings) add_field(pattern.steps[binding.step].input, binding.field);
    }
    if (!reads_value(fact)) continue;
    add_field(fact.input, fact.value);
    if (fact.kind == FactKind::kGeoSpeed) add_field(fact.input, fact.longitude);
  }
  for (const TotalPlan& total : key.totals) {
    for (const MeasurePlan& measure : total.measures) {
      if (measure.kind != MeasureKind::kCount && measure.kind != MeasureKind::kDerived) add_field(total.input, measure.value);
    }
  }
  return columns;
}

void visit_facts(const Expression& expression, const std::function<void(std::uint32_t)>& visit) {
  if (expression.operation == Operation::kFact) visit(expression.position);
  for (const Expression& argument : expression.arguments) visit_facts(argument, visit);
}

// Rings that an aggregate's condition can depend on come before its own: the level is one more than that of any aggregate in `where`.
std::vector<std::uint32_t> levels_of(const KeyPlan& key) {
  std::vector<std::uint32_t> levels(key.facts.size());
  for (std::size_t i = 0; i < key.facts.size(); ++i) {
    const FactPlan& fact = key.facts[i];
    const auto use = [&](std::uint32_t used) {
      RECKONER_CHECK(used < i, "fact {} before {}", i, used);
      levels[i] = std::max(levels[i], levels[used] + (is_aggregate(key.facts[used].kind) ? 1U : 0U));
    };
    if (fact.where) visit_facts(*fact.where, use);
    if (fact.kind == FactKind::kBinding) use(fact.pattern_fact);
    if (fact.kind == FactKind::kRatio) use(fact.part_fact), use(fact.whole_fact);
    if (!fact.pattern) continue;
    for (const PatternStep& step : fact.pattern->steps) {
      if (step.where) visit_facts(*step.where, use);
      if (step.bound) visit_facts(*step.bound, use);
    }
  }
  return levels;
}

struct Builder {
  const Plan& plan;
  const KeyPlan& key;
  const std::vector<ColumnSource>& columns;
  std::shared_ptr<Evaluator> evaluator;
  std::vector<std::unique_ptr<Operator>> operators;
  BuiltKeySpace built;
  const KeyTimer* last_timer = nullptr;
  std::int64_t timer_delay_min_ms = 0;

  void add_borrowing(std::uint32_t key_kind);
  void add_lending(std::uint32_t key_kind, std::uint32_t shard);
  void add_facts();
  void add_fact(std::uint32_t position);
  void add_pattern(std::uint32_t position);
  // `expected_group`: the watermark group of the key kind that is of the expected record's input alone.
  void add_absence(std::uint32_t position, std::uint32_t expected_group);
  void delay_timers(std::int64_t least_ms) { timer_delay_min_ms = timer_delay_min_ms == 0 ? least_ms : std::min(timer_delay_min_ms, least_ms); }
  void add_rings(const std::vector<std::uint32_t>& facts);
  void add_ring(std::vector<std::uint32_t> facts);
};

void Builder::add_fact(std::uint32_t position) {
  const FactPlan& fact = key.facts[position];
  if (fact.kind == FactKind::kAbsence || fact.kind == FactKind::kBinding) return;  // after all facts; with the pattern
  if (fact.kind == FactKind::kBorrowed) return;                                    // before all facts
  if (is_pattern(fact.kind)) return add_pattern(position);
  if (fact.like) {
    auto made = std::make_unique<LikeCurrentOperator>(key, position, slack_of(plan, key), evaluator, columns);
    built.evidence.push_back(made.get());
    return operators.push_back(std::move(made));
  }
  if (fact.kind == FactKind::kRatio) return operators.push_back(std::make_unique<RatioOperator>(fact, position));
  if (fact.kind == FactKind::kBaseline) {
    auto made = std::make_unique<BaselineOperator>(key, position, slack_of(plan, key), evaluator);
    built.usuals.push_back(&made->usuals());
    return operators.push_back(std::move(made));
  }
  if (fact.kind == FactKind::kFirstSeen) {
    auto made = std::make_unique<FirstSeenOperator>(fact, position, evaluator);
    built.first_sights.push_back(made.get());
    operators.push_back(std::move(made));
    return;
  }
  const Field& field = plan.inputs[fact.input].schema.fields[fact.value];
  const bool text = (fact.kind == FactKind::kPrevious || fact.kind == FactKind::kLatest) && field.type.kind == ValueKind::kString;
  auto made = std::make_unique<PreviousOperator>(fact, position, text ? field.length_max : 0, evaluator);
  built.sequences.push_back(made.get());
  built.evidence.push_back(made.get());
  operators.push_back(std::move(made));
}

void Builder::add_pattern(std::uint32_t position) {
  if (key.facts[position].kind == FactKind::kSequence) {
    auto made = std::make_unique<SequenceOperator>(key, position, evaluator, columns);
    built.evidence.push_back(made.get());
    operators.push_back(std::move(made));
    return;
  }
  auto made = std::make_unique<TogetherOperator>(key, position, slack_of(plan, key), evaluator, columns);
  built.evidence.push_back(made.get());
  operators.push_back(std::move(made));
}

void Builder::add_absence(std::uint32_t position, std::uint32_t expected_group) {
  AbsenceSettings settings;
  settings.slack_ms = slack_of(plan, key);
  settings.expected_group = expected_group;
  settings.before = last_timer;
  delay_timers(pattern_of(key.facts[position]).calendar != nullptr ? kBusinessDeadlineMinMs : key.facts[position].within_ms);
  auto made = std::make_unique<AbsenceOperator>(plan, key, position, settings, evaluator, columns);
  built.absences.push_back(made.get());
  built.evidence.push_back(made.get());
  last_timer = made.get();
  operators.push_back(std::move(made));
}

// One ring has room for a limited number of distinct conditions; more facts than that take several.
void Builder::add_rings(const std::vector<std::uint32_t>& facts) {
  std::vector<std::uint32_t> taken;
  std::vector<std::string> wheres;
  for (const std::uint32_t position : facts) {
    const FactPlan& fact = key.facts[position];
    const std::string where = SlidingOperator::condition_text(fact);
    if (std::find(wheres.begin(), wheres.end(), where) == wheres.end()) {
      if (wheres.size() == SlidingOperator::kWheresMax) {
        add_ring(std::exchange(taken, {}));
        wheres.clear();
      }
      wheres.push_back(where);
    }
    taken.push_back(position);
  }
  if (!taken.empty()) add_ring(std::move(taken));
}

void Builder::add_ring(std::vector<std::uint32_t> facts) {
  SlidingSettings settings;
  settings.slack_ms = slack_of(plan, key);
  settings.per_key_max = key.per_key_max;
  settings.positions = plan.evidence_positions > 0;
  for (const std::uint32_t fact : expiring_facts(key)) {
    if (std::find(facts.begin(), facts.end(), fact) == facts.end()) continue;
    settings.expiring.push_back(fact);
    settings.timer_grid_ms = kExpiryGridMs;
    delay_timers(key.facts[fact].within_ms);
  }
  settings.facts = std::move(facts);
  settings.also_expiring = last_timer;
  const bool is_expiring = !settings.expiring.empty();
  auto made = std::make_unique<SlidingOperator>(key, std::move(settings), evaluator);
  built.windows.push_back(made.get());
  built.usuals.push_back(&made->usuals());
  if (is_expiring) last_timer = made.get();
  operators.push_back(std::move(made));
}

void Builder::add_borrowing(std::uint32_t key_kind) {
  if (key.level == 0) return;
  auto made = std::make_unique<BorrowingOperator>(plan, key_kind);
  built.borrowed = made.get();
  operators.push_back(std::move(made));
}

void Builder::add_lending(std::uint32_t key_kind, std::uint32_t shard) {
  const auto is_lender = [&](const KeyPlan& other) { return borrows_from(other, key_kind); };
  if (std::none_of(plan.keys.begin(), plan.keys.end(), is_lender)) return;
  operators.push_back(
      std::make_unique<LendingOperator>(plan, key_kind, shard, evaluator, UnknownReasons(key, evaluator, built.windows, built.borrowed)));
}

void Builder::add_facts() {
  const std::vector<std::uint32_t> levels = levels_of(key);
  const std::uint32_t highest = levels.empty() ? 0 : *std::max_element(levels.begin(), levels.end());
  for (std::uint32_t level = 0; level <= highest; ++level) {
    std::vector<std::uint32_t> aggregates;
    for (std::uint32_t position = 0; position < key.facts.size(); ++position) {
      if (levels[position] != level) continue;
      if (is_windowed(key.facts[position])) {
        aggregates.push_back(position);
      } else {
        add_fact(position);
      }
    }
    add_rings(aggregates);
  }
}

}  // namespace

std::vector<std::uint32_t> expiring_facts(const KeyPlan& key) {
  std::vector<std::uint32_t> facts;
  for (const ScorePlan& score : key.scores) {
    if (!score.on_expiry) continue;
    const auto add = [&](std::uint32_t fact) {
      facts.push_back(fact);
      if (key.facts[fact].kind == FactKind::kRatio) facts.insert(facts.end(), {key.facts[fact].part_fact, key.facts[fact].whole_fact});
    };
    for (const ScorePart& part : score.parts) visit_facts(part.value, add);
    for (const ScoreFloor& floor : score.floors) visit_facts(floor.when, add);
  }
  std::sort(facts.begin(), facts.end());
  facts.erase(std::unique(facts.begin(), facts.end()), facts.end());
  std::erase_if(facts, [&](std::uint32_t fact) { return !is_windowed(key.facts[fact]); });
  return facts;
}

namespace {

// Inputs whose silence some rule looks at.
std::vector<std::size_t> watched_inputs(const Plan& plan) {
  std::vector<std::size_t> watched;
  if (std::none_of(plan.inputs.begin(), plan.inputs.end(), [](const InputPlan& input) { return input.derived == DerivedOf::kSilences; }))
    return watched;
  for (std::size_t input = 0; input < read_inputs(plan); ++input) {
    if (plan.inputs[input].silent_after_ms > 0) watched.push_back(input);
  }
  return watched;
}

std::unique_ptr<DerivedSource> build_silence_watch(const Plan& plan) {
  const std::vector<WatermarkGroup> groups = watermark_groups(plan);
  std::vector<WatchedInput> watched;
  for (const std::size_t input : watched_inputs(plan)) {
    const InputPlan& planned = plan.inputs[input];
    watched.push_back({static_cast<InputId>(input), planned.schema.input, planned.silent_after_ms});
  }
  if (watched.empty()) return nullptr;
  const auto silences =
      std::find_if(plan.inputs.begin(), plan.inputs.end(), [](const InputPlan& input) { return input.derived == DerivedOf::kSilences; });
  return std::make_unique<SilenceWatch>(std::move(watched), place_of(groups, all_inputs(plan)), static_cast<InputId>(silences - plan.inputs.begin()),
                                        silences->schema);
}

}  // namespace

std::unique_ptr<AddedEntries> build_added_entries(const Plan& plan) {
  return plan.added_lists.empty() ? nullptr : std::make_unique<AddedEntries>(plan.added_lists);
}

std::unique_ptr<DerivedInputs> build_derived_inputs(const Plan& plan) {
  std::vector<DerivedInput> inputs;
  for (std::size_t i = read_inputs(plan); i < plan.inputs.size(); ++i) {
    DerivedInput& input = inputs.emplace_back(DerivedInput{static_cast<InputId>(i), plan.inputs[i].schema, {}});
    for (const KeyPlan& key : plan.keys) input.key_fields.push_back(key.fields[i]);
  }
  if (inputs.empty()) return nullptr;
  std::vector<std::unique_ptr<DerivedSource>> sources;
  if (auto silences = build_silence_watch(plan)) sources.push_back(std::move(silences));
  for (const DerivedInput& input : inputs) {
    if (plan.inputs[input.input].cycle) sources.push_back(std::make_unique<CycleWatch>(plan, input.input));
  }
  return std::make_unique<DerivedInputs>(std::move(inputs), plan.keys.size(), std::move(sources));
}

std::vector<WatermarkGroup> watermark_groups(const Plan& plan) {
  std::vector<WatermarkGroup> groups;
  const auto add = [&](WatermarkGroup group) {
    if (std::find(groups.begin(), groups.end(), group) == groups.end()) groups.push_back(std::move(group));
  };
  for (std::size_t kind = 0; kind < plan.keys.size(); ++kind) {
    const KeyPlan& key = plan.keys[kind];
    add(timing_group(plan, kind));
    for (const TotalPlan& total : key.totals) add(watermark_inputs(plan, key, {total.input}));
    for (const FactPlan& fact : key.facts) {
      if (fact.kind == FactKind::kAbsence) add(watermark_inputs(plan, key, {pattern_of(fact).steps.back().input}));
    }
  }
  for (std::uint32_t hop = 1; hop <= hops_before(plan).size(); ++hop) {
    for (const InputId input : handed_on_inputs(plan)) add(setting_out(plan, hop, input));
    if (!plan.added_lists.empty()) add(setting_out_for_lists(plan, hop));
  }
  for (std::size_t input = 0; input < plan.inputs.size(); ++input) {
    if (plan.inputs[input].dedupe) add({static_cast<InputId>(input)});
  }
  if (!watched_inputs(plan).empty()) add(all_inputs(plan));
  return groups;
}

WatermarkGroup looked_at_inputs(const Plan& plan, std::size_t key_kind) { return inputs_of(plan, plan.keys[key_kind]); }

WatermarkGroup lending_inputs(const Plan& plan, std::size_t key_kind) {
  WatermarkGroup group;
  for (const KeyPlan& other : plan.keys) {
    if (!borrows_from(other, key_kind)) continue;
    for (const InputId input : inputs_of(plan, other)) {
      if (!plan.keys[key_kind].fields[input].empty()) add_once(group, input);
    }
  }
  std::sort(group.begin(), group.end());
  return group;
}

WatermarkGroup timing_inputs(const Plan& plan, std::size_t key_kind) {
  if (!plan.keys[key_kind].ordered) return inputs_of(plan, plan.keys[key_kind]);
  WatermarkGroup group;
  const KindSet order = order_of(plan, key_kind);
  for (std::size_t kind = 0; kind < plan.keys.size(); ++kind) {
    if ((order >> kind & 1U) == 0) continue;
    for (const InputId input : inputs_of(plan, plan.keys[kind])) add_once(group, input);
  }
  std::sort(group.begin(), group.end());
  return group;
}

// Who asks a list is not ahead of what is put into it.
WatermarkGroup timing_group(const Plan& plan, std::size_t key_kind) {
  const KeyPlan& key = plan.keys[key_kind];
  WatermarkGroup group = watermark_inputs(plan, key, timing_inputs(plan, key_kind));
  if (key.derived) {  // also of records that were handed on
    const WatermarkGroup handed_on = handed_on_watermarks(plan);
    group.insert(group.end(), handed_on.begin(), handed_on.end());
  }
  const KindSet order = key.ordered ? order_of(plan, key_kind) : static_cast<KindSet>(1U << key_kind);
  const auto asks = [&](const KeyPlan& other) { return other.stage > 0 && (order >> (&other - plan.keys.data()) & 1U) != 0; };
  if (key.hop > 0 && std::any_of(plan.keys.begin(), plan.keys.end(), asks)) group.push_back(watermark_input_of_lists(plan, key.hop));
  return group;
}

std::size_t watermark_group_of(const Plan& plan, std::size_t key_kind) { return place_of(watermark_groups(plan), timing_group(plan, key_kind)); }

std::uint32_t place_of(const std::vector<WatermarkGroup>& groups, const WatermarkGroup& group) {
  const auto found = std::find(groups.begin(), groups.end(), group);
  RECKONER_CHECK(found != groups.end(), "a watermark group of {} inputs that no record has", group.size());
  return static_cast<std::uint32_t>(found - groups.begin());
}

std::unique_ptr<DedupeScreen> build_screen(const Plan& plan, std::uint32_t shards) {
  if (std::none_of(plan.inputs.begin(), plan.inputs.end(), [](const InputPlan& input) { return input.dedupe.has_value(); })) return nullptr;
  const std::vector<WatermarkGroup> groups = watermark_groups(plan);
  std::vector<std::size_t> of_input;
  of_input.reserve(plan.inputs.size());
  for (std::size_t input = 0; input < plan.inputs.size(); ++input)
    of_input.push_back(plan.inputs[input].dedupe ? place_of(groups, {static_cast<InputId>(input)}) : 0);
  return std::make_unique<DedupeScreen>(plan, of_input, shards);
}

BuiltKeySpace build_key_space(const Plan& plan, std::size_t key_kind, std::uint32_t shard, std::size_t batch_rows) {
  const KeyPlan& key = plan.keys[key_kind];
  const std::vector<WatermarkGroup> groups = watermark_groups(plan);
  KeySpaceShape shape;
  shape.shard = shard;
  shape.kind = static_cast<std::uint8_t>(key_kind);
  shape.inputs = plan.inputs.size();
  shape.columns = columns_of(plan, key);
  shape.features = key.facts.size() + key.scores.size();
  shape.level = key.level;
  shape.derived = key.derived;
  shape.lent_places = lent_facts(plan).size();
  shape.keys_max = key.keys_max;
  shape.merges_rows = key.totals.size() > 1 || key.scores.size() > 1;  // late rows, and those of scores
  shape.batch_rows = batch_rows;
  shape.ordered = key.ordered;
  shape.idle = is_idle(plan, key);
  shape.has_time = !timing_inputs(plan, key_kind).empty();
  shape.watermark_groups.push_back(place_of(groups, timing_group(plan, key_kind)));

  // The place of a single input's group among those of the key kind.
  const auto local_group = [&](InputId input) {
    const std::uint32_t group = place_of(groups, {watermark_input(plan, key, input)});
    auto place = std::find(shape.watermark_groups.begin(), shape.watermark_groups.end(), group);
    if (place == shape.watermark_groups.end()) place = shape.watermark_groups.insert(place, group);
    return static_cast<std::uint32_t>(place - shape.watermark_groups.begin());
  };
  Builder builder{plan, key, shape.columns, std::make_shared<Evaluator>(shape.columns, key.facts.size()), {}, {}, nullptr, 0};
  builder.add_borrowing(shape.kind);
  builder.add_facts();
  builder.add_lending(shape.kind, shard);
  for (std::uint32_t position = 0; position < key.facts.size(); ++position) {
    const FactPlan& fact = key.facts[position];
    if (fact.kind == FactKind::kAbsence) builder.add_absence(position, local_group(pattern_of(fact).steps.back().input));
  }
  BuiltKeySpace built = std::move(builder.built);
  for (std::uint32_t total = 0; total < key.totals.size(); ++total) {
    auto made = std::make_unique<TumblingOperator>(plan, key, total, local_group(key.totals[total].input), builder.evaluator);
    built.totals.push_back(made.get());
    builder.operators.push_back(std::move(made));
  }
  for (std::uint32_t score = 0; score < key.scores.size(); ++score) {
    auto made = std::make_unique<ScoreOperator>(plan, key, score, builder.evaluator, built.windows, built.borrowed, builder.last_timer);
    built.scores.push_back(made.get());
    if (made->timer() != nullptr) {
      builder.last_timer = made->timer();
      builder.delay_timers(kExpiryGridMs);
    }
    builder.operators.push_back(std::move(made));
  }
  // Also without rules: a rule set that has none now may go on with the state of one that had some.
  auto alerts = std::make_unique<AlertsOperator>(plan, key, builder.evaluator,
                                                 FactSources{built.windows, built.evidence, built.usuals, built.absences, built.borrowed});
  built.alerts = alerts.get();
  builder.operators.push_back(std::move(alerts));
  shape.timer_delay_min_ms = builder.timer_delay_min_ms;
  built.space = std::make_unique<KeySpace>(std::move(shape), std::move(builder.operators));
  return built;
}

}  // namespace reckoner
