#include "operators/alerts.hpp"

#include <algorithm>
#include <utility>

#include "engine/big_endian.hpp"
#include "engine/check.hpp"
#include "engine/xxh3.hpp"
#include "operators/key_columns.hpp"
#include "operators/trigger_columns.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kContributionsCounted = 32;  // a busy key's alerts would cost a walk over all of its windows

}  // namespace

AlertsOperator::AlertsOperator(const Plan& plan, const KeyPlan& key, std::shared_ptr<Evaluator> evaluator, FactSources sources)
    : plan_(plan),
      key_(key),
      evaluator_(std::move(evaluator)),
      sources_(std::move(sources)),
      reasons_(key, evaluator_, sources_.windows, sources_.borrowed),
      records_(plan, key),
      counts_(key.rules.size()),
      version_text_(fmt::format(",\"rule_set\":\"{}\",\"version\":{}}}\n", plan.rule_set, plan.version)) {
  for (const InputPlan& input : plan.inputs) {
    schemas_.push_back(input.schema);
    id_fields_.push_back(static_cast<std::uint32_t>(input.schema.id.value_or(0)));
  }
  for (const RulePlan& rule : key_.rules) {
    Rule made{};
    made.fire = evaluator_->add(rule.fire);
    for (const Expression& value : rule.sentence.values) made.sentence.push_back(evaluator_->add(value));
    for (const Bound& bound : rule.bounds) made.bounds.emplace_back(evaluator_->add(bound.value), evaluator_->add(bound.limit));
    for (const auto& [name, value] : rule.columns) made.columns.push_back(evaluator_->add(value));
    for (const Expression& look_up : rule.listed) made.listed.push_back(evaluator_->add(look_up));
    for (const PlannedAddition& addition : rule.additions) made.additions.push_back(evaluator_->add(addition.value));
    if (rule.hold_ms > 0) made.hold.emplace(rule);
    for (const Expression& field : rule.dedup) made.dedup.push_back(evaluator_->add(field));
    for (const RuleException& exception : rule.exceptions)
      made.exceptions.push_back(exception.where ? std::optional(evaluator_->add(*exception.where)) : std::nullopt);
    for (const AbsenceOperator* absence : sources_.absences) {
      if (std::find(rule.verdicts.begin(), rule.verdicts.end(), absence->fact()) != rule.verdicts.end()) made.verdicts.push_back(absence);
    }
    made.waits.emplace(plan, made.fire, evaluator_, made.verdicts);
    counts_[rules_.size()].waits = made.waits->no_counts();
    rules_.push_back(std::move(made));
  }
  if (const std::uint32_t bytes = EvidenceIds::id_bytes(plan, key); bytes > 0) {
    ids_.emplace(bytes);
    find_contributing();
  }
}

void AlertsOperator::find_contributing() {
  for (const RulePlan& rule : key_.rules) {
    for (const std::uint32_t position : rule.facts) {
      const FactPlan& fact = key_.facts[position];
      if (fact.kind == FactKind::kFirstSeen) continue;
      visit_records(fact, [&](InputId input, const Expression* where) {
        if (!schemas_[input].id) return;
        const Contributing source{input, where != nullptr ? std::optional(evaluator_->add(*where)) : std::nullopt};
        const auto same = [&](const Contributing& other) { return other.input == source.input && other.where == source.where; };
        if (std::none_of(contributing_.begin(), contributing_.end(), same)) contributing_.push_back(source);
      });
    }
  }
}

void AlertsOperator::declare(RecordLayout& layout) {
  if (ids_) ids_->declare(layout);
  for (Rule& rule : rules_) {
    if (rule.hold) rule.hold->declare(layout);
  }
}

Mask AlertsOperator::contributing_rows(const Batch& batch) {
  Mask rows;
  for (const Contributing& source : contributing_) {
    const Mask& of_input = batch.of_input[source.input];
    rows = rows | (source.where ? of_input & evaluator_->evaluate(*source.where).truth : of_input);
  }
  return rows;
}

void AlertsOperator::keep_id(const Batch& batch, std::size_t row) {
  RECKONER_CHECK(ids_.has_value());
  const InputId input = PackedPosition::partition(batch.position[row]).input;
  const std::uint32_t field = id_fields_[input];
  if (schemas_[input].fields[field].type.kind != ValueKind::kString)
    return ids_->add(batch.record[row], batch.position[row], record_id(batch, row, schemas_));
  if (batch.has(row, field)) ids_->add(batch.record[row], batch.position[row], batch.text(row, field));
}

// Records of its input, or, of a rule about something that did not come, the times at which that is decided.
Mask AlertsOperator::rows_to_look_at(const Batch& batch, std::size_t rule) const {
  if (rules_[rule].verdicts.empty()) return batch.of_input[key_.rules[rule].input];
  Mask rows;
  for (const AbsenceOperator* absence : rules_[rule].verdicts) rows = rows | absence->decided();
  return rows;
}

void AlertsOperator::process(const Batch& batch, Features& features, Effects& effects) {
  if (batch.timers && sources_.absences.empty()) return;
  evaluator_->begin(batch, features);
  Mask any;
  for (std::uint32_t i = 0; i < rules_.size(); ++i) {
    const Mask rows = rows_to_look_at(batch, i);
    const Evaluated& fire = evaluator_->evaluate(rules_[i].fire);
    rules_[i].hits = fire.truth & fire.known & rows;
    add_without_key(counts_[i].unknown, batch, {&key_.rules[i].input, 1});
    if (const Mask unknown = rows - fire.known; !unknown.none()) [[unlikely]]
      note_unknown(batch, i, unknown, effects);
    counts_[i].fired += rules_[i].hits.count();
    any = any | rules_[i].hits;
  }
  const Mask contributing = contributing_rows(batch);
  (any | contributing).for_each([&](std::size_t row) {
    if (contributing.test(row)) keep_id(batch, row);
    if (!any.test(row)) return;
    for (std::uint32_t rule = 0; rule < rules_.size(); ++rule) {
      if (rules_[rule].hits.test(row)) write_row(batch, row, rule, effects);
    }
  });
}

void AlertsOperator::note_unknown(const Batch& batch, std::uint32_t rule, const Mask& rows, Effects& effects) {
  const RulePlan& plan = key_.rules[rule];
  if (plan.missing == Missing::kFalse) return;  // that decides it
  if (plan.fails_closed) rules_[rule].hits = rules_[rule].hits | rows;
  const UnknownReasons::Rows reasons = reasons_.explain(rules_[rule].fire, rows);
  add_counts(counts_[rule].unknown, reasons);
  const Mask& cannot_know = reasons[static_cast<std::size_t>(UnknownReason::kCannotKnow)];
  cannot_know.for_each([&](std::size_t row) { rules_[rule].waits->count(row, counts_[rule].waits); });
  if (plan.missing != Missing::kError) return;
  counts_[rule].faults += rows.count();
  if (effects.derived == nullptr) return;
  rows.for_each([&](std::size_t row) {
    const AlertRecords::Subject subject{order(batch, row, rule), batch.event_time[row], KeyTable::key_of(batch.record[row]), &plan};
    records_.tell_fault(subject, fault_text(rule, row, reasons), *effects.derived);
  });
}

// "no value"; "cannot know: input 'receipts' was silent or had ended".
std::string AlertsOperator::fault_text(std::uint32_t rule, std::size_t row, const UnknownReasons::Rows& reasons) const {
  const auto found = std::find_if(reasons.begin(), reasons.end(), [&](const Mask& rows) { return rows.test(row); });
  const auto reason = static_cast<UnknownReason>(found - reasons.begin());
  std::string text(reckoner::to_text(reason));
  if (reason != UnknownReason::kCannotKnow) return text;
  const auto& waits = rules_[rule].waits;
  RECKONER_CHECK(waits.has_value(), "rule {} cannot know, and waits for nothing", key_.rules[rule].id);
  text += ": ";
  return text + waits->text(row, kReasonBytesMax - text.size());
}

// Rows of rules that look at alerts come after those of the alerts' own rules.
RowOrder AlertsOperator::order(const Batch& batch, std::size_t row, std::uint32_t rule) const {
  constexpr std::uint64_t kDerived = std::uint64_t{1} << 32U;
  return batch.order(row, key_.derived ? kDerived + rule : rule);
}

void AlertsOperator::write_row(const Batch& batch, std::size_t row, std::uint32_t rule, Effects& effects) {
  const RulePlan& plan = key_.rules[rule];
  RowWriter writer(effects.outputs->begin_row(OutputId::kAlerts));
  writer.begin();
  const Trigger trigger = trigger_of(batch, row, rule);
  const AlertId id = alert_id(KeyTable::key_of(batch.record[row]), plan, trigger);
  const std::string id_text = to_text(id);
  writer.text("alert_id", id_text);
  const Standing standing = write_standing(writer, batch, row, rule, id);
  writer.text("rule", plan.id);
  write_key(writer, key_.by, KeyTable::key_of(batch.record[row]));
  write_trigger(writer, batch.event_time[row], trigger.position, trigger.id, schemas_);
  for (std::size_t i = 0; i < plan.columns.size(); ++i) write_cell(writer, plan.columns[i].first, rules_[rule].columns[i], row);
  writer.text("severity", standing.severity);
  if (!plan.code.empty()) writer.text("code", plan.code);
  if (!plan.title.empty()) writer.text("title", plan.title);
  if (!plan.runbook.empty()) writer.text("runbook", plan.runbook);
  std::string sentence;
  for (std::size_t i = 0; i < plan.sentence.texts.size(); ++i) {
    sentence += plan.sentence.texts[i];
    if (i == plan.sentence.values.size()) break;
    const std::string value = evaluator_->text(rules_[rule].sentence[i], row);
    sentence += value.empty() ? "unknown" : value;
  }
  if (!sentence.empty()) writer.text("say", sentence);
  write_evidence(writer, batch, row, rule);
  writer.verbatim(version_text_);
  effects.outputs->end_row(OutputId::kAlerts, order(batch, row, rule));
  if (standing.hidden) return;
  add_to_lists(batch, row, rule, id_text, effects);
  if (effects.derived == nullptr) return;
  const AlertRecords::Subject subject{order(batch, row, rule), batch.event_time[row], KeyTable::key_of(batch.record[row]), &plan};
  records_.tell_alert(subject, id_text, standing.severity, standing.repeats, *effects.derived);
}

// A value that is unknown goes into no list.
void AlertsOperator::add_to_lists(const Batch& batch, std::size_t row, std::uint32_t rule, std::string_view id, Effects& effects) {
  const RulePlan& plan = key_.rules[rule];
  for (std::size_t i = 0; i < plan.additions.size(); ++i) {
    const Evaluator::NodeId value = rules_[rule].additions[i];
    if (!evaluator_->evaluate(value).known.test(row)) continue;
    const std::uint64_t behind = batch.timers ? 0 : batch.position[row] + 1;
    effects.additions->push_back({plan.additions[i].list, order(batch, row, rule), batch.event_time[row], behind, batch.watermark[0][row],
                                  evaluator_->text(value, row), plan.id, fmt::format("alert {}", id)});
  }
}

AlertsOperator::Trigger AlertsOperator::trigger_of(const Batch& batch, std::size_t row, std::size_t rule) const {
  for (const AbsenceOperator* absence : rules_[rule].verdicts) {
    if (absence->decided().test(row)) return {absence->decided_position(row), std::string(absence->decided_id(row))};
  }
  return {batch.position[row], record_id(batch, row, schemas_)};
}

// hash(rule set name, rule id, key, trigger, firing number); a rule fires at most once a record. It must never change meaning.
AlertId AlertsOperator::alert_id(std::string_view key, const RulePlan& plan, const Trigger& record) const {
  const std::string trigger = record.id.empty() ? "at " + position_text(record.position, schemas_) : "id " + record.id;
  std::string text;
  for (const std::string_view part : {std::string_view(plan_.rule_set), std::string_view(plan.id), key, std::string_view(trigger)}) {
    append_counted(text, part);
  }
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  return {hash.high64, hash.low64};
}

std::string AlertsOperator::to_text(const AlertId& id) { return fmt::format("{:016x}{:016x}", id.high, id.low); }

// The first exception of the rule that holds at this time and for this row; null = none does.
const ExceptionPlan* AlertsOperator::exception_of(const Batch& batch, std::size_t row, std::uint32_t rule) {
  const std::vector<RuleException>& exceptions = key_.rules[rule].exceptions;
  for (std::size_t i = 0; i < exceptions.size(); ++i) {
    const ExceptionPlan& exception = plan_.exceptions[exceptions[i].exception];
    if (batch.event_time[row] < exception.from_ms || batch.event_time[row] >= exception.until_ms) continue;
    const std::optional<Evaluator::NodeId>& where = rules_[rule].exceptions[i];
    if (!where || evaluator_->evaluate(*where).truth.test(row)) return &exception;
  }
  return nullptr;
}

std::uint64_t AlertsOperator::dedup_hash(std::size_t row, std::uint32_t rule) {
  std::string values;
  for (const Evaluator::NodeId field : rules_[rule].dedup) {
    const bool known = evaluator_->evaluate(field).known.test(row);
    const std::string value = known ? evaluator_->text(field, row) : std::string();
    append_big_endian(values, known ? static_cast<std::uint32_t>(value.size()) : ~std::uint32_t{0});
    values += value;
  }
  return XXH3_64bits(values.data(), values.size());
}

AlertsOperator::Standing AlertsOperator::write_standing(RowWriter& writer, const Batch& batch, std::size_t row, std::uint32_t rule,
                                                        const AlertId& id) {
  const RulePlan& plan = key_.rules[rule];
  // It neither repeats nor begins a hold: when the exception is over, the next hit is news.
  if (const ExceptionPlan* exception = exception_of(batch, row, rule)) {
    ++counts_[rule].hidden;
    writer.text("hidden_by", exception->id);
    return {plan.severity, false, true};
  }
  std::optional<AlertHold>& hold = rules_[rule].hold;
  if (!hold) return {plan.severity};
  const AlertHold::Told told = hold->tell(batch.record[row], batch.event_time[row], id, dedup_hash(row, rule));
  const bool repeats = told.notice != AlertHold::Notice::kNew;
  if (repeats) {
    ++counts_[rule].repeated;
    writer.text("repeats", to_text(told.first));
  }
  writer.integer("hits", static_cast<std::int64_t>(told.hits));
  if (told.notice == AlertHold::Notice::kAgain) writer.text("notify", "again");
  if (told.notice == AlertHold::Notice::kEscalated) writer.text("notify", "escalated");
  return {hold->is_escalated(told.hits) ? plan.escalate_severity : plan.severity, repeats};
}

void AlertsOperator::write_cell(RowWriter& writer, std::string_view name, Evaluator::NodeId node, std::size_t row) {
  const Evaluated& value = evaluator_->evaluate(node);
  const ValueType& type = evaluator_->type(node);
  if (!value.known.test(row)) return writer.null(name);
  if (type.kind == ValueKind::kString) return writer.text(name, evaluator_->string(node, row));
  if (type.kind == ValueKind::kBool) return writer.raw(name, value.truth.test(row) ? "true" : "false");
  writer.value(name, type, value.values[row]);
}

void AlertsOperator::write_evidence(RowWriter& writer, const Batch& batch, std::size_t row, std::uint32_t rule) {
  const RulePlan& plan = key_.rules[rule];
  writer.open("evidence", '{');
  writer.open("bounds", '[');
  for (std::size_t i = 0; i < plan.bounds.size(); ++i) {
    writer.open({}, '{');
    writer.text("condition", plan.bounds[i].text);
    write_cell(writer, "value", rules_[rule].bounds[i].first, row);
    write_cell(writer, "bound", rules_[rule].bounds[i].second, row);
    writer.close('}');
  }
  writer.close(']');
  write_usuals(writer, row, plan);
  if (!plan.listed.empty()) write_list_entries(writer, row, rule);
  write_contributions(writer, batch, row, plan);
  writer.close('}');
}

// What a value was compared with, of facts that say how unusual one is.
void AlertsOperator::write_usuals(RowWriter& writer, std::size_t row, const RulePlan& plan) const {
  bool is_open = false;
  for (const std::uint32_t position : plan.facts) {
    const FactPlan& fact = key_.facts[position];
    const Usual* usual = nullptr;
    for (const RowUsuals* source : sources_.usuals) usual = usual != nullptr ? usual : source->find(row, position);
    if (usual == nullptr) continue;
    if (!std::exchange(is_open, true)) writer.open("usual", '[');
    ValueType type;
    type.kind = ValueKind::kDecimal;
    type.scale = kDeviationScale + (reads_value(fact) ? schemas_[fact.input].fields[fact.value].type.scale : 0);
    writer.open({}, '{');
    writer.text("fact", fact.name);
    writer.value(fact.kind == FactKind::kRobustZScore ? "median" : "mean", type, usual->middle);
    writer.value("spread", type, usual->spread);
    writer.integer("samples", static_cast<std::int64_t>(usual->samples));
    writer.close('}');
  }
  if (is_open) writer.close(']');
}

void AlertsOperator::write_list_entries(RowWriter& writer, std::size_t row, std::uint32_t rule) {
  writer.open("lists", '[');
  for (std::size_t i = 0; i < rules_[rule].listed.size(); ++i) {
    const Evaluator::NodeId look_up = rules_[rule].listed[i];
    if (!evaluator_->evaluate(look_up).truth.test(row)) continue;
    const Expression& planned = key_.rules[rule].listed[i];
    const Evaluator::ListHit found = evaluator_->list_hit(look_up, row);
    writer.open({}, '{');
    writer.text("list", planned.list->name());
    writer.text("entry", found.value);
    if (planned.operation == Operation::kSimilar) {
      ValueType decimal;
      decimal.kind = ValueKind::kDecimal;
      decimal.scale = kLikenessScale;
      writer.value("likeness", decimal, found.likeness);
    }
    if (!found.by.empty()) writer.text("by", found.by);
    if (!found.reason.empty()) writer.text("reason", found.reason);
    writer.close('}');
  }
  writer.close(']');
}

// Newest first, each once.
void AlertsOperator::gather_contributions(const Batch& batch, std::size_t row, const RulePlan& plan) {
  std::vector<std::uint32_t> later;
  for (std::size_t other = row + 1; other < batch.rows; ++other) {
    if (batch.key[other] == batch.key[row]) later.push_back(static_cast<std::uint32_t>(other));
  }
  contributions_.clear();
  for (const SlidingOperator* window : sources_.windows) {
    window->contributions(batch, row, later, plan.facts, plan_.evidence_positions == 0 ? 0 : kContributionsCounted, contributions_);
  }
  for (const EvidenceSource* source : sources_.records) {
    if (std::find(plan.facts.begin(), plan.facts.end(), source->fact()) != plan.facts.end()) source->add_contributions(row, contributions_);
  }
  const auto is_newer = [](const Contribution& left, const Contribution& right) {
    return left.event_time != right.event_time ? left.event_time > right.event_time : left.position > right.position;
  };
  if (!std::is_sorted(contributions_.begin(), contributions_.end(), is_newer)) std::sort(contributions_.begin(), contributions_.end(), is_newer);
  contributions_.erase(std::unique(contributions_.begin(), contributions_.end(),
                                   [](const Contribution& left, const Contribution& right) { return left.position == right.position; }),
                       contributions_.end());
  contributions_in_all_ = std::min(contributions_.size(), kContributionsCounted);
  if (contributions_.size() > plan_.evidence_positions) contributions_.resize(plan_.evidence_positions);
}

void AlertsOperator::write_contributions(RowWriter& writer, const Batch& batch, std::size_t row, const RulePlan& plan) {
  gather_contributions(batch, row, plan);
  if (ids_) {
    std::uint32_t written = 0;
    writer.open("ids", '[');
    for (const Contribution& contribution : contributions_) {
      const std::string_view id = ids_->find(batch.record[row], contribution.position);
      if (id.empty()) continue;
      if (written++ == plan_.evidence_ids) break;
      writer.element(id);
    }
    writer.close(']');
  }
  writer.open("records", '[');
  for (const Contribution& contribution : contributions_) writer.element(position_text(contribution.position, schemas_));
  writer.close(']');
  if (contributions_in_all_ <= contributions_.size()) return;
  writer.integer("records_in_all", static_cast<std::int64_t>(contributions_in_all_));
  if (contributions_in_all_ == kContributionsCounted) writer.raw("or_more", "true");
}

void AlertsOperator::save(std::byte* record, std::byte*, StateWriter& writer) {
  if (record != nullptr || !writer.begins()) return;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    std::string value;
    append_big_endian(value, counts_[i].fired);
    for (const std::uint64_t unknown : counts_[i].unknown) append_big_endian(value, unknown);
    append_big_endian(value, counts_[i].repeated);
    append_big_endian(value, counts_[i].faults);
    append_big_endian(value, counts_[i].hidden);
    append_waits(value, counts_[i].waits);
    writer.put(key_.rules[i].id, value);
  }
}

void AlertsOperator::load(std::byte* record, std::string_view part, std::string_view value) {
  if (record != nullptr || part.empty()) return;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (key_.rules[i].id != part) continue;
    counts_[i].fired = take_big_endian<std::uint64_t>(value);
    for (std::uint64_t& unknown : counts_[i].unknown) unknown = take_big_endian<std::uint64_t>(value);
    counts_[i].repeated = take_big_endian<std::uint64_t>(value);
    counts_[i].faults = take_big_endian<std::uint64_t>(value);
    if (!value.empty()) counts_[i].hidden = take_big_endian<std::uint64_t>(value);  // state from before there were exceptions has no such count
    if (!value.empty()) take_waits(value, counts_[i].waits);                        // nor has what is from before inputs were named
  }
}

}  // namespace reckoner
