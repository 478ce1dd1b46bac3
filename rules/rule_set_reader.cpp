#include "rules/rule_set_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "operators/evidence.hpp"
#include "rules/expression_folding.hpp"
#include "rules/literals.hpp"
#include "rules/map_forms.hpp"

namespace reckoner {

namespace {

void refuse_any_other(const ValueReader& values, const YamlNode& node, std::size_t most, std::string_view what) {
  if (node.items.size() > most) values.fail(node, DiagnosticCode::kTooMany, fmt::format("{} {}, at most {} fit", node.items.size(), what, most));
}

Written place_of(const ValueReader& values, const YamlNode& node) { return Written{node.text, &values.source_of(node), &node}; }

// name: expression, ...
std::vector<std::pair<Written, Written>> read_expressions(const ValueReader& values, const YamlNode& node, std::string_view what) {
  std::vector<std::pair<Written, Written>> results;
  if (!values.is_map(node, what)) return results;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const std::optional<Written> name = values.name(node.keys[i]);
    std::optional<Written> expression = values.expression(node.items[i]);
    if (expression) results.emplace_back(name.value_or(place_of(values, node.keys[i])), std::move(*expression));
  }
  return results;
}

void read_parameters(const ValueReader& values, const YamlNode& node, RuleSet& rule_set) {
  if (!values.is_map(node, "'parameters'")) return;
  refuse_any_other(values, node, kParametersMax, "parameters");
  for (std::size_t i = 0; i < std::min(node.items.size(), kParametersMax); ++i) {
    ParameterDefinition parameter;
    const std::optional<Written> name = values.name(node.keys[i]);
    parameter.name = name.value_or(place_of(values, node.keys[i]));
    std::optional<Expression> value = read_parameter_value(values, node.items[i]);
    parameter.broken = !value;
    if (value) parameter.value = std::move(*value);
    rule_set.parameters.push_back(std::move(parameter));
  }
}

void read_macros(const ValueReader& values, const YamlNode& node, RuleSet& rule_set) {
  refuse_any_other(values, node, kMacrosMax, "macros");
  for (auto& [name, value] : read_expressions(values, node, "'macros'")) rule_set.macros.push_back({std::move(name), std::move(value)});
}

void read_lists(const ValueReader& values, const YamlNode& node, RuleSet& rule_set) {
  if (!values.is_map(node, "'lists'")) return;
  refuse_any_other(values, node, kListsMax, "lists");
  for (std::size_t i = 0; i < std::min(node.items.size(), kListsMax); ++i) {
    const std::optional<Written> name = values.name(node.keys[i]);
    if (!values.is_map(node.items[i], "a list")) continue;
    const MapReader map(values, node.items[i], list_form());
    ListDefinition list;
    list.name = name.value_or(place_of(values, node.keys[i]));
    if (const YamlNode* text = map.find("description")) static_cast<void>(values.text(*text));
    if (const YamlNode* owner = map.require("owner")) static_cast<void>(values.text(*owner));
    if (const YamlNode* file = map.find("file")) list.file = values.text(*file);
    if (const YamlNode* entries = map.find("entries")) list.entries = values.text(*entries);
    if (const YamlNode* key = map.find("key")) list.value_column = values.text(*key).value_or(Written{list.value_column}).text;
    if (const YamlNode* ttl = map.find("entry_ttl")) list.entry_ttl_ms = values.duration(*ttl, 1, kDurationMaxMs).value_or(0);
    if (const YamlNode* added = map.find("added_for")) list.added_for_ms = values.duration(*added, 1, kDurationMaxMs).value_or(0);
    if (list.file && list.entries)
      values.fail(node.items[i], DiagnosticCode::kBadList, fmt::format("'{}' has two homes", list.name.text),
                  "say either file: FILE or entries: TEXT");
    rule_set.lists.push_back(std::move(list));
  }
}

void read_time_zones(const ValueReader& values, const YamlNode& node, RuleSet& rule_set) {
  if (!values.is_map(node, "'time_zones'")) return;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    if (std::optional<Written> text = values.text(node.items[i])) rule_set.time_zones.push_back({place_of(values, node.keys[i]), std::move(*text)});
  }
}

void read_calendar(const MapReader& map, RuleSet& rule_set, Written name) {
  const ValueReader& values = map.values();
  CalendarDefinition calendar;
  calendar.name = std::move(name);
  if (const YamlNode* text = map.find("description")) static_cast<void>(values.text(*text));
  if (const YamlNode* zone = map.require("zone")) calendar.zone = values.text(*zone);
  if (const YamlNode* holidays = map.find("holidays")) calendar.holidays = values.text(*holidays);
  if (const YamlNode* weekend = map.find("weekend")) calendar.weekend = values.texts(*weekend);
  rule_set.calendars.push_back(std::move(calendar));
}

std::int64_t read_day_or_moment(const ValueReader& values, const YamlNode& node) {
  const std::optional<Written> text = values.text(node);
  const std::optional<std::int64_t> time = text ? parse_day_or_moment(text->text) : std::nullopt;
  if (text && !time)
    values.fail(node, DiagnosticCode::kBadException, fmt::format("'{}' is no time", text->text),
                "write a day, 2026-12-31, or a moment, 2026-12-31T18:00:00Z");
  return time.value_or(0);
}

void read_cycle(const MapReader& map, RuleSet& rule_set, Written name) {
  const ValueReader& values = map.values();
  CycleDefinition cycle;
  cycle.name = std::move(name);
  if (const YamlNode* node = map.require("on")) cycle.on = values.text(*node);
  if (const YamlNode* node = map.require("from")) cycle.from = values.text(*node);
  if (const YamlNode* node = map.require("to")) cycle.to = values.text(*node);
  if (const YamlNode* node = map.require("within")) cycle.within_ms = values.duration(*node, 1, kWindowMaxMs).value_or(1);
  if (const YamlNode* node = map.require("max_hops"))
    cycle.hops_max = static_cast<std::uint32_t>(values.integer(*node, 2, kHopsMax).value_or(kHopsMax));
  if (const YamlNode* node = map.find("min_hops")) cycle.hops_min = static_cast<std::uint32_t>(values.integer(*node, 2, cycle.hops_max).value_or(2));
  if (const YamlNode* node = map.find("where")) cycle.where = values.expression(*node);
  if (const YamlNode* node = map.find("amount")) cycle.amount = values.text(*node);
  if (const YamlNode* node = map.find("min_pass_percent")) {
    cycle.pass_percent = static_cast<std::uint32_t>(values.integer(*node, 1, 100).value_or(0));
    if (map.find("amount") == nullptr)
      values.fail(*node, DiagnosticCode::kMissingKey, "what is passed on cannot be known without an amount", "add amount: FIELD");
  }
  if (const YamlNode* node = map.find("max_transfers"))
    cycle.transfers_max = static_cast<std::uint64_t>(values.integer(*node, 1000, kCycleTransfersMax).value_or(1000));
  rule_set.cycles.push_back(std::move(cycle));
}

void read_exception(const MapReader& map, RuleSet& rule_set, Written name) {
  const ValueReader& values = map.values();
  ExceptionDefinition exception;
  exception.name = std::move(name);
  if (const YamlNode* node = map.require("rules")) exception.rules = values.texts(*node);
  if (const YamlNode* node = map.find("where")) exception.where = values.expression(*node);
  if (const YamlNode* node = map.require("reason")) exception.reason = values.text(*node).value_or(Written{}).text;
  if (const YamlNode* node = map.require("owner")) exception.owner = values.text(*node).value_or(Written{}).text;
  const YamlNode* from = map.require("from");
  const YamlNode* until = map.require("until");
  if (from != nullptr) exception.from_ms = read_day_or_moment(values, *from);
  if (until != nullptr) exception.until_ms = read_day_or_moment(values, *until);
  const bool has_both = exception.from_ms != 0 && exception.until_ms != 0;
  if (has_both && exception.until_ms <= exception.from_ms)
    values.fail(*until, DiagnosticCode::kBadException, "the exception ends before it begins", "correct from or until");
  if (has_both && exception.until_ms > exception.from_ms + kExceptionMaxMs)
    values.fail(*until, DiagnosticCode::kBadException, "the exception lasts more than 90 days",
                "end it earlier; it can be renewed when it is looked at");
  rule_set.exceptions.push_back(std::move(exception));
}

// What a rule makes of a condition that is unknown.
void read_unknown_settings(const MapReader& map, RuleDefinition& rule) {
  const ValueReader& values = map.values();
  if (const YamlNode* node = map.find("missing")) {
    const std::string word = values.one_of(*node, words_of(rule_form(), "missing")).value_or("unknown");
    rule.missing = word == "false" ? Missing::kFalse : word == "error" ? Missing::kError : Missing::kUnknown;
  }
  const YamlNode* node = map.find("fail");
  if (node == nullptr) return;
  rule.fails_closed = values.one_of(*node, words_of(rule_form(), "fail")).value_or("open") == "closed";
  if (rule.fails_closed && rule.missing == Missing::kFalse)
    values.fail(*node, DiagnosticCode::kBadRule, "'missing: false' decides what 'fail: closed' is about: an unknown condition is false",
                "take one of the two out");
}

// What a rule does with hits that follow each other.
void read_alert_settings(const MapReader& map, RuleDefinition& rule) {
  const ValueReader& values = map.values();
  const YamlNode* hold = map.find("hold");
  if (hold != nullptr) rule.hold_ms = values.duration(*hold, 1, kWindowMaxMs).value_or(0);
  for (const std::string_view key : {"dedup", "renotify", "escalate"}) {
    if (const YamlNode* node = map.find(key); node != nullptr && hold == nullptr)
      values.fail(*node, DiagnosticCode::kMissingKey, fmt::format("'{}' needs a hold", key), "add hold: 1h, or how long hits belong together");
  }
  if (const YamlNode* node = map.find("dedup")) rule.dedup = values.texts(*node);
  if (const YamlNode* node = map.find("renotify")) {
    rule.renotify_ms = values.duration(*node, 1, kWindowMaxMs).value_or(0);
    if (rule.hold_ms > 0 && rule.renotify_ms >= rule.hold_ms)
      values.fail(*node, DiagnosticCode::kOutOfRange, "nothing repeats that late", "choose less than the hold");
  }
  if (const YamlNode* node = map.find("escalate"); node != nullptr && values.is_map(*node, "'escalate'")) {
    const MapReader escalate(values, *node, escalate_form());
    if (const YamlNode* hits = escalate.require("hits"))
      rule.escalate_hits = static_cast<std::uint64_t>(values.integer(*hits, 2, 1'000'000'000).value_or(0));
    if (const YamlNode* severity = escalate.require("severity"))
      rule.escalate_severity = values.one_of(*severity, words_of(escalate_form(), "severity")).value_or("");
    const std::vector<std::string> severities = words_of(rule_form(), "severity");
    const auto rank = [&](const std::string& one) { return std::find(severities.begin(), severities.end(), one) - severities.begin(); };
    if (!rule.escalate_severity.empty() && rank(rule.escalate_severity) <= rank(rule.severity))
      values.fail(*node, DiagnosticCode::kOutOfRange, fmt::format("{} is no higher than {}", rule.escalate_severity, rule.severity),
                  "choose a higher severity");
  }
  if (const YamlNode* node = map.find("runbook")) rule.runbook = values.text(*node).value_or(Written{}).text;
}

MeasureKind measure_kind(std::string_view key) {
  if (key == "sum") return MeasureKind::kSum;
  if (key == "avg") return MeasureKind::kAverage;
  if (key == "min") return MeasureKind::kMinimum;
  if (key == "max") return MeasureKind::kMaximum;
  return key == "derive" ? MeasureKind::kDerived : MeasureKind::kCount;
}

void read_measure(const MapReader& map, MeasureDefinition& measure) {
  const ValueReader& values = map.values();
  std::size_t kinds = 0;
  for (const YamlNode& key : map.node().keys) {
    if (key.text == "where" || measure_form().find(key.text) == nullptr) continue;
    if (++kinds > 1) {
      values.fail(key, DiagnosticCode::kFactForm, fmt::format("'{}' computes something already", measure.name.text),
                  fmt::format("make '{}' a measure of its own", key.text));
      measure.broken = true;
      continue;
    }
    measure.kind = measure_kind(key.text);
    const YamlNode* node = map.find(key.text);
    if (node == nullptr) {
      measure.broken = true;
    } else if (measure.kind == MeasureKind::kCount) {
      const std::optional<bool> on = values.truth(*node);
      if (on && !*on) values.fail(*node, DiagnosticCode::kFactForm, "'count: false' computes nothing", "write count: true, or remove the measure");
      measure.broken = !on.value_or(false);
    } else if (measure.kind == MeasureKind::kDerived) {
      measure.derived = values.expression(*node);
      measure.broken = !measure.derived;
    } else {
      measure.value = values.text(*node);
      measure.broken = !measure.value;
    }
  }
  if (kinds == 0) {
    values.fail(map.node(), DiagnosticCode::kFactForm, fmt::format("'{}' says nothing to compute", measure.name.text),
                "add count: true, sum: FIELD, avg: FIELD, min: FIELD, max: FIELD or derive: EXPRESSION");
    measure.broken = true;
  }
  const YamlNode* where = map.find("where");
  if (where == nullptr) return;
  if (measure.kind == MeasureKind::kDerived)
    values.fail(*where, DiagnosticCode::kFactForm, "a derived measure has no 'where'", "put the condition on the measures that it uses");
  measure.where = values.expression(*where);
}

void read_measures(const ValueReader& values, const YamlNode& node, TotalDefinition& total) {
  if (!values.is_map(node, "'measures'")) return;
  refuse_any_other(values, node, kMeasuresMax, "measures");
  for (std::size_t i = 0; i < std::min(node.items.size(), kMeasuresMax); ++i) {
    MeasureDefinition measure;
    const std::optional<Written> name = values.name(node.keys[i]);
    measure.name = name.value_or(place_of(values, node.keys[i]));
    if (values.is_map(node.items[i], "a measure")) {
      const MapReader map(values, node.items[i], measure_form());
      read_measure(map, measure);
    } else {
      measure.broken = true;
    }
    total.measures.push_back(std::move(measure));
  }
}

void read_total(const MapReader& map, RuleSet& rule_set, Written name) {
  const ValueReader& values = map.values();
  TotalDefinition total;
  total.name = std::move(name);
  if (const YamlNode* node = map.find("description")) static_cast<void>(values.text(*node));
  if (const YamlNode* node = map.require("on")) total.on = values.text(*node);
  if (const YamlNode* node = map.require("by")) total.by = values.texts(*node);
  if (const YamlNode* node = map.find("where")) total.where = values.expression(*node);
  if (const YamlNode* node = map.require("window")) total.window_ms = values.duration(*node, 1, kWindowMaxMs).value_or(1);
  if (const YamlNode* node = map.require("allowed_lateness")) total.allowed_lateness_ms = values.duration(*node, 0, kWindowMaxMs).value_or(0);
  if (const YamlNode* node = map.require("measures")) read_measures(values, *node, total);
  rule_set.totals.push_back(std::move(total));
}

void read_bands(const ValueReader& values, const YamlNode& node, ScoreDefinition& score) {
  if (!values.is_map(node, "'bands'")) return;
  if (node.items.empty()) values.fail(node, DiagnosticCode::kBadBands, "a score needs a band", "add one, for example all: 0");
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const std::optional<Written> name = values.name(node.keys[i]);
    if (node.items[i].is_scalar())
      score.bands.push_back({name.value_or(place_of(values, node.keys[i])), place_of(values, node.items[i])});
    else
      values.fail(node.items[i], DiagnosticCode::kBadNumber, "a band has a lower bound", "write name: number");
  }
}

// name: {when: CONDITION, at_least: NUMBER}, ...
void read_floors(const ValueReader& values, const YamlNode& node, ScoreDefinition& score) {
  if (!values.is_map(node, "'floors'")) return;
  refuse_any_other(values, node, kScorePartsMax, "floors");
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const std::optional<Written> name = values.name(node.keys[i]);
    if (!values.is_map(node.items[i], "a floor")) continue;
    const MapReader map(values, node.items[i], floor_form());
    const YamlNode* when = map.require("when");
    const YamlNode* least = map.require("at_least");
    if (when == nullptr || least == nullptr) continue;
    std::optional<Written> condition = values.expression(*when);
    std::optional<Written> value = values.expression(*least);
    if (condition && value) score.floors.push_back({name.value_or(place_of(values, node.keys[i])), std::move(*condition), std::move(*value)});
  }
}

void read_publish(const ValueReader& values, const YamlNode& node, ScoreDefinition& score) {
  if (!values.is_map(node, "'publish'")) return;
  const MapReader map(values, node, publish_form());
  const auto duration = [&](std::string_view key, std::optional<Written>& place, std::int64_t& ms) {
    const YamlNode* written = map.find(key);
    if (written == nullptr) return;
    place = place_of(values, *written);
    ms = values.duration(*written, kExpiryGridMs, kWindowMaxMs).value_or(0);
  };
  duration("at_least_every", score.every, score.every_ms);
  duration("settle", score.settle, score.settle_ms);
  if (const YamlNode* margin = map.find("margin")) score.margin = values.expression(*margin);
}

// band: list.NAME, ...
void read_overrides(const ValueReader& values, const YamlNode& node, ScoreDefinition& score) {
  if (!values.is_map(node, "'overrides'")) return;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const std::optional<Written> band = values.name(node.keys[i]);
    std::optional<Written> list = values.text(node.items[i]);
    if (band && list) score.overrides.emplace_back(*band, std::move(*list));
  }
}

// What `evaluation` says, or else `otherwise`.
bool is_ordered(const MapReader& map, const MapForm& form, bool otherwise) {
  const YamlNode* node = map.find("evaluation");
  if (node == nullptr) return otherwise;
  return map.values().one_of(*node, words_of(form, "evaluation")).value_or("arrival") == "ordered";
}

void read_score(const MapReader& map, RuleSet& rule_set, Written name) {
  const ValueReader& values = map.values();
  ScoreDefinition score;
  score.name = std::move(name);
  if (const YamlNode* node = map.find("description")) static_cast<void>(values.text(*node));
  if (const YamlNode* node = map.require("by")) score.by = values.texts(*node);
  if (const YamlNode* node = map.require("on")) score.on = values.texts(*node);
  if (const YamlNode* node = map.require("recompute"))
    score.on_expiry = values.one_of(*node, words_of(score_form(), "recompute")).value_or("event") == "event_and_expiry";
  score.ordered = is_ordered(map, score_form(), rule_set.ordered);
  if (const YamlNode* node = map.require("start")) score.start = values.expression(*node);
  if (const YamlNode* node = map.find("facts")) score.facts = read_facts(values, *node);
  if (const YamlNode* node = map.require("parts")) {
    score.parts = read_expressions(values, *node, "'parts'");
    refuse_any_other(values, *node, kScorePartsMax, "parts");
  }
  if (const YamlNode* node = map.find("combine")) {
    const std::string word = values.one_of(*node, words_of(score_form(), "combine")).value_or("sum");
    score.combine = word == "max" ? ScoreCombine::kMaximum : word == "noisy_or" ? ScoreCombine::kNoisyOr : ScoreCombine::kSum;
  }
  if (const YamlNode* node = map.find("cap")) score.cap = values.expression(*node);
  if (const YamlNode* node = map.find("floors")) read_floors(values, *node, score);
  if (const YamlNode* node = map.require("bands")) read_bands(values, *node, score);
  if (const YamlNode* node = map.require("initial_band")) score.initial_band = values.text(*node);
  if (const YamlNode* node = map.find("publish")) read_publish(values, *node, score);
  if (const YamlNode* node = map.find("overrides")) read_overrides(values, *node, score);
  rule_set.scores.push_back(std::move(score));
}

void read_limits(const ValueReader& values, const YamlNode& node, RuleSet& rule_set) {
  if (!values.is_map(node, "'limits'")) return;
  const MapReader map(values, node, limit_form());
  if (const YamlNode* most = map.find("max_per_key"))
    rule_set.per_key_max = static_cast<std::uint32_t>(values.integer(*most, 1, 10'000'000).value_or(rule_set.per_key_max));
  if (const YamlNode* most = map.find("max_keys"))
    rule_set.keys_max = static_cast<std::uint64_t>(values.integer(*most, 1, 10'000'000'000).value_or(1));
  if (const YamlNode* most = map.find("evidence_ids"))
    rule_set.evidence_ids = static_cast<std::uint32_t>(values.integer(*most, 0, EvidenceIds::kKept).value_or(rule_set.evidence_ids));
}

// Calls read(map reader, name) for each named mapping.
template <typename Read>
void read_named(const ValueReader& values, const YamlNode* node, const MapForm& form, Read read) {
  if (node == nullptr || !values.is_map(*node, fmt::format("'{}s'", form.name))) return;
  for (std::size_t i = 0; i < node->items.size(); ++i) {
    const std::optional<Written> name = values.name(node->keys[i]);
    if (!values.is_map(node->items[i], form.what)) continue;
    const MapReader map(values, node->items[i], form);
    read(map, name.value_or(place_of(values, node->keys[i])));
  }
}

}  // namespace

std::optional<Expression> parse_money(std::string_view text) {
  const std::size_t blank = text.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  const std::string_view currency = text.substr(blank + 1);
  const Parsed<ExactNumber> number = parse_number(text.substr(0, blank));
  if (!number || currency.size() != 3 || currency.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string_view::npos) return std::nullopt;
  ValueType type;
  type.kind = ValueKind::kMoney;
  type.scale = number->scale;
  std::copy_n(currency.begin(), type.currency.size(), type.currency.begin());
  return constant_of(std::move(type), number->unscaled);
}

std::optional<Expression> read_parameter_value(const ValueReader& values, const YamlNode& node) {
  if (!node.is_scalar()) {
    values.fail(node, DiagnosticCode::kWrongForm, "a parameter is one value",
                "write a number, money (200 USD), a duration (5m), true, false or 'text'");
    return std::nullopt;
  }
  if (std::optional<Expression> money = parse_money(node.text)) return money;
  if (node.style != ScalarStyle::kPlain) return text_constant(node.text);
  ValueType type;
  if (node.text == "true" || node.text == "false") return constant_of(type, node.text == "true" ? 1 : 0);
  if (const Parsed<ExactNumber> number = parse_number(node.text); number) {
    type.kind = number->scale > 0 ? ValueKind::kDecimal : ValueKind::kInteger;
    type.scale = number->scale;
    return constant_of(type, number->unscaled);
  }
  if (const Parsed<std::int64_t> duration = parse_duration(node.text); duration) {
    type.kind = ValueKind::kDuration;
    return constant_of(type, *duration);
  }
  std::string surprise = plain_text_surprise(node.text);
  if (surprise.empty()) surprise = fmt::format("'{}' is no number, money, duration, true or false", node.text);
  values.fail(node, DiagnosticCode::kSurprise, std::move(surprise));
  return std::nullopt;
}

void read_rule_set_document(const ValueReader& values, const YamlNode& document, RuleSet& rule_set) {
  if (!values.is_map(document, "ruleset.yaml")) return;
  const MapReader map(values, document, rule_set_form());
  if (const YamlNode* node = map.require("ruleset")) rule_set.name = values.label(*node).value_or(Written{}).text;
  if (const YamlNode* node = map.require("version"))
    rule_set.version = static_cast<std::uint32_t>(values.integer(*node, 1, 1'000'000'000).value_or(1));
  for (const std::string_view key : {"description", "owner"}) {
    if (const YamlNode* node = map.find(key)) static_cast<void>(values.text(*node));
  }
  rule_set.ordered = is_ordered(map, rule_set_form(), false);
  if (const YamlNode* node = map.require("inputs")) read_inputs(values, *node, rule_set);
  if (const YamlNode* node = map.find("parameters")) read_parameters(values, *node, rule_set);
  if (const YamlNode* node = map.find("macros")) read_macros(values, *node, rule_set);
  if (const YamlNode* node = map.find("lists")) read_lists(values, *node, rule_set);
  if (const YamlNode* node = map.find("time_zones")) read_time_zones(values, *node, rule_set);
  if (const YamlNode* node = map.find("calendars")) {
    refuse_any_other(values, *node, kCalendarsMax, "calendars");
    read_named(values, node, calendar_form(), [&](const MapReader& calendar, Written name) { read_calendar(calendar, rule_set, std::move(name)); });
  }
  if (const YamlNode* node = map.find("facts")) rule_set.facts = read_facts(values, *node);
  read_named(values, map.find("totals"), total_form(), [&](const MapReader& total, Written name) { read_total(total, rule_set, std::move(name)); });
  read_named(values, map.find("scores"), score_form(), [&](const MapReader& score, Written name) { read_score(score, rule_set, std::move(name)); });
  if (const YamlNode* node = map.find("cycles")) {
    refuse_any_other(values, *node, kCyclesMax, "cycles");
    read_named(values, node, cycle_form(), [&](const MapReader& cycle, Written name) { read_cycle(cycle, rule_set, std::move(name)); });
  }
  read_named(values, map.find("exceptions"), exception_form(),
             [&](const MapReader& exception, Written name) { read_exception(exception, rule_set, std::move(name)); });
  if (const YamlNode* node = map.find("limits")) read_limits(values, *node, rule_set);
  const YamlNode* rules = map.find("rules");
  if (rules == nullptr || !values.is_list(*rules, "'rules'")) return;
  for (const YamlNode& rule : rules->items) read_rule_document(values, rule, rule_set);
}

void read_rule_document(const ValueReader& values, const YamlNode& document, RuleSet& rule_set) {
  if (!values.is_map(document, "a rule")) return;
  const MapReader map(values, document, rule_form());
  RuleDefinition rule;
  rule.id = Written{"", &values.source_of(document), &document};
  if (const YamlNode* node = map.require("id")) rule.id = values.label(*node).value_or(rule.id);
  if (const YamlNode* node = map.require("title")) rule.title = values.text(*node).value_or(Written{}).text;
  if (const YamlNode* node = map.find("description")) static_cast<void>(values.text(*node));
  if (const YamlNode* node = map.find("owner")) rule.owner = values.text(*node).value_or(Written{}).text;
  if (const YamlNode* node = map.require("severity")) rule.severity = values.one_of(*node, words_of(rule_form(), "severity")).value_or("");
  if (const YamlNode* node = map.require("on")) rule.on = values.text(*node);
  if (const YamlNode* node = map.require("by")) rule.by = values.texts(*node);
  if (const YamlNode* node = map.find("evaluation")) rule.evaluation = values.text(*node);
  rule.ordered = is_ordered(map, rule_form(), rule_set.ordered);
  if (const YamlNode* node = map.find("facts")) rule.facts = read_facts(values, *node);
  if (const YamlNode* node = map.require("fire")) rule.fire = values.expression(*node);
  if (const YamlNode* node = map.find("code")) rule.code = values.label(*node).value_or(Written{}).text;
  if (const YamlNode* node = map.find("say")) rule.say = values.text(*node);
  read_unknown_settings(map, rule);
  read_alert_settings(map, rule);
  if (const YamlNode* node = map.find("columns")) rule.columns = read_expressions(values, *node, "'columns'");
  if (const YamlNode* node = map.find("add_to")) rule.additions = read_expressions(values, *node, "'add_to'");
  rule_set.rules.push_back(std::move(rule));
}

}  // namespace reckoner
