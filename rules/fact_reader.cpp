// `facts` of ruleset.yaml, rules and scores.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "rules/map_forms.hpp"
#include "rules/rule_set_reader.hpp"

namespace reckoner {

namespace {

// What a kind's own key takes, and the key that says how far it looks back.
enum class KeyForm : std::uint8_t { kTrue, kField, kFieldPair, kCondition, kMeasure, kPattern };

struct KindForm {
  FactKind kind;
  std::string_view key;
  KeyForm form;
  std::string_view window;  // "" = none
};

constexpr std::array<KindForm, 21> kKinds{{{FactKind::kCount, "count", KeyForm::kTrue, "within"},
                                           {FactKind::kSum, "sum", KeyForm::kField, "within"},
                                           {FactKind::kAverage, "avg", KeyForm::kField, "within"},
                                           {FactKind::kMinimum, "min", KeyForm::kField, "within"},
                                           {FactKind::kMaximum, "max", KeyForm::kField, "within"},
                                           {FactKind::kDistinct, "distinct", KeyForm::kField, "within"},
                                           {FactKind::kStandardDeviation, "stddev", KeyForm::kField, "within"},
                                           {FactKind::kPercentile, "percentile", KeyForm::kField, "within"},
                                           {FactKind::kMedian, "median", KeyForm::kField, "within"},
                                           {FactKind::kMode, "mode", KeyForm::kField, "within"},
                                           {FactKind::kRatio, "ratio", KeyForm::kCondition, "within"},
                                           {FactKind::kZScore, "zscore", KeyForm::kField, "over"},
                                           {FactKind::kBaseline, "baseline", KeyForm::kMeasure, "over"},
                                           {FactKind::kFirstSeen, "first_seen", KeyForm::kField, ""},
                                           {FactKind::kPrevious, "previous", KeyForm::kField, ""},
                                           {FactKind::kLatest, "latest", KeyForm::kField, ""},
                                           {FactKind::kSincePrevious, "since_previous", KeyForm::kTrue, ""},
                                           {FactKind::kGeoSpeed, "geo_speed", KeyForm::kFieldPair, ""},
                                           {FactKind::kSequence, "sequence", KeyForm::kPattern, "within"},
                                           {FactKind::kTogether, "together", KeyForm::kPattern, "within"},
                                           {FactKind::kAbsence, "absent", KeyForm::kPattern, ""}}};

constexpr std::array<FactKind, 6> kStatistics{FactKind::kAverage,    FactKind::kMedian,  FactKind::kStandardDeviation,
                                              FactKind::kPercentile, FactKind::kMinimum, FactKind::kMaximum};  // as the words of `stat`

class FactReader {
 public:
  FactReader(const MapReader& map, FactDefinition& into) : map_(map), values_(map.values()), into_(into) {}

  void read() {
    const KindForm* form = read_kind();
    if (const YamlNode* where = map_.find("where")) into_.where = values_.expression(*where);
    if (const YamlNode* on = map_.find("on")) into_.on = values_.text(*on);
    if (const YamlNode* by = map_.find("by")) into_.by = values_.texts(*by);
    if (form == nullptr) return;
    read_window(*form);
    read_statistics(form->kind);
    read_first_seen(form->kind == FactKind::kFirstSeen);
    read_geo_speed(form->kind == FactKind::kGeoSpeed);
    read_pattern_settings(form->kind);
  }

 private:
  const KindForm* read_kind() {
    const KindForm* found = nullptr;
    for (const YamlNode& key : map_.node().keys) {
      const auto* form = std::find_if(kKinds.begin(), kKinds.end(), [&](const KindForm& one) { return one.key == key.text; });
      if (form == kKinds.end()) continue;
      if (found != nullptr) {
        values_.fail(key, DiagnosticCode::kFactForm, fmt::format("'{}' computes {} already", into_.name.text, found->key),
                     fmt::format("make '{}' a fact of its own", key.text));
        into_.broken = true;
        continue;
      }
      found = form;
      read_kind_value(*form);
    }
    if (found == nullptr) {
      values_.fail(map_.node(), DiagnosticCode::kFactForm, fmt::format("'{}' says nothing to compute", into_.name.text),
                   "add count: true, sum: FIELD, distinct: FIELD, first_seen: FIELD, previous: FIELD or another kind");
      into_.broken = true;
    }
    return found;
  }

  void read_kind_value(const KindForm& form) {
    into_.kind = form.kind;
    const YamlNode* node = map_.find(form.key);
    if (node == nullptr) {
      into_.broken = true;
      return;
    }
    if (form.form == KeyForm::kTrue) {
      const std::optional<bool> on = values_.truth(*node);
      if (on && !*on)
        values_.fail(*node, DiagnosticCode::kFactForm, fmt::format("'{}: false' computes nothing", form.key),
                     fmt::format("write {}: true, or remove the fact", form.key));
      into_.broken = into_.broken || !on.value_or(false);
    } else if (form.form == KeyForm::kField) {
      into_.value = values_.text(*node);
      into_.broken = into_.broken || !into_.value;
    } else if (form.form == KeyForm::kCondition) {
      into_.share = values_.expression(*node);
      into_.broken = into_.broken || !into_.share;
    } else if (form.form == KeyForm::kMeasure) {
      read_measured(*node);
    } else if (form.form == KeyForm::kPattern) {
      into_.broken = !read_pattern(values_, *node, form.kind, into_) || into_.broken;
    } else {
      read_place(*node);
    }
  }

  void read_place(const YamlNode& node) {
    if (!values_.is_list(node, "'geo_speed'") || node.items.size() != 2) {
      if (node.kind == YamlKind::kList)
        values_.fail(node, DiagnosticCode::kFactForm, "'geo_speed' takes two fields", "write geo_speed: [latitude, longitude]");
      into_.broken = true;
      return;
    }
    into_.value = values_.text(node.items[0]);
    into_.longitude = values_.text(node.items[1]);
    into_.broken = into_.broken || !into_.value || !into_.longitude;
  }

  // {count: true} or {sum: FIELD}
  void read_measured(const YamlNode& node) {
    into_.broken = true;
    if (!values_.is_map(node, "'baseline'")) return;
    const MapReader map(values_, node, baseline_form());
    const YamlNode* sum = map.find("sum");
    const YamlNode* count = map.find("count");
    if ((sum == nullptr) == (count == nullptr))
      return values_.fail(node, DiagnosticCode::kFactForm, "a baseline is of one measure", "write baseline: {sum: FIELD} or baseline: {count: true}");
    into_.measured = sum != nullptr ? FactKind::kSum : FactKind::kCount;
    if (sum != nullptr) into_.value = values_.text(*sum);
    into_.broken = sum != nullptr ? !into_.value : !values_.truth(*count).value_or(false);
  }

  // A setting that goes with some kinds only.
  const YamlNode* setting(std::string_view key, bool applies, std::string_view owner) {
    const YamlNode* node = map_.find(key);
    if (node == nullptr || applies) return node;
    values_.fail(*node, DiagnosticCode::kFactForm, fmt::format("'{}' belongs to {}", key, owner), "remove it");
    into_.broken = true;
    return nullptr;
  }

  void read_window(const KindForm& form) {
    for (const std::string_view key : {"within", "over"}) {
      const std::string_view owner = key == "over" ? "zscore and baseline" : "facts over a window, as count, sum and distinct";
      const YamlNode* node = form.window == key ? map_.require(key) : setting(key, false, owner);
      if (form.window != key) continue;
      const std::optional<std::int64_t> length = node != nullptr ? values_.duration(*node, 1, kWindowMaxMs) : std::nullopt;
      into_.within_ms = length.value_or(0);
      into_.broken = into_.broken || !length;
    }
    const bool takes_current = (is_aggregate(form.kind) && form.kind != FactKind::kZScore) || form.kind == FactKind::kRatio;
    if (const YamlNode* node = setting("exclude_current", takes_current, "facts over a window, as count, sum and distinct"))
      into_.exclude_current = values_.truth(*node).value_or(false);
  }

  void read_statistics(FactKind kind) {
    const bool is_score = kind == FactKind::kZScore;
    const bool is_baseline = kind == FactKind::kBaseline;
    const bool is_spread =
        kind == FactKind::kStandardDeviation || kind == FactKind::kPercentile || kind == FactKind::kMedian || kind == FactKind::kMode;
    if (const YamlNode* node = setting("bucket", is_baseline, "baseline")) into_.bucket_ms = values_.duration(*node, 1, kWindowMaxMs).value_or(0);
    if (const YamlNode* node = setting("stat", is_baseline, "baseline")) {
      const std::vector<std::string> words = words_of(fact_form(), "stat");
      const auto place = std::find(words.begin(), words.end(), values_.one_of(*node, words).value_or(words.front()));
      into_.statistic = kStatistics[static_cast<std::size_t>(place - words.begin())];
    }
    const bool has_percent = kind == FactKind::kPercentile || (is_baseline && into_.statistic == FactKind::kPercentile);
    const YamlNode* percent = has_percent ? map_.require("p") : setting("p", false, "percentile");
    if (has_percent) into_.percent = static_cast<std::uint32_t>(percent != nullptr ? values_.integer(*percent, 1, 100).value_or(0) : 0);
    if (const YamlNode* node = setting("robust", is_score, "zscore"); node != nullptr && values_.truth(*node).value_or(false))
      into_.kind = FactKind::kRobustZScore;
    constexpr std::string_view kOwner = "facts that tell of a spread, as stddev and zscore";
    const YamlNode* samples =
        is_score || is_baseline ? map_.require("min_samples") : setting("min_samples", is_spread || kind == FactKind::kRatio, kOwner);
    if (samples != nullptr) into_.min_samples = static_cast<std::uint32_t>(values_.integer(*samples, 1, 1'000'000).value_or(0));
    into_.broken = into_.broken || (has_percent && into_.percent == 0) || ((is_score || is_baseline) && into_.min_samples == 0);
    if (is_baseline) check_buckets();
  }

  void check_buckets() {
    const YamlNode* bucket = map_.require("bucket");
    if (map_.find("stat") == nullptr) static_cast<void>(map_.require("stat"));
    if (into_.bucket_ms == 0 || into_.within_ms == 0) {
      into_.broken = true;
      return;
    }
    const std::int64_t buckets = into_.within_ms / into_.bucket_ms;
    if (into_.within_ms % into_.bucket_ms == 0 && buckets <= kBaselineBucketsMax) return;
    values_.fail(*bucket, DiagnosticCode::kOutOfRange, fmt::format("'over' is not 1 to {} whole buckets", kBaselineBucketsMax),
                 "write for example bucket: 24h and over: 30d");
    into_.broken = true;
  }

  void read_first_seen(bool applies) {
    constexpr std::string_view kOwner = "first_seen";
    const YamlNode* last = setting("last", applies, kOwner);
    const YamlNode* memory = setting("memory", applies, kOwner);
    const YamlNode* learning = setting("learning", applies, kOwner);
    if (!applies) return;
    if (last != nullptr) into_.remember_count = static_cast<std::uint32_t>(values_.integer(*last, 1, kRememberedMax).value_or(1));
    if (memory != nullptr) into_.remember_ms = values_.duration(*memory, 1, kDurationMaxOfMemory).value_or(1);
    if (learning != nullptr) into_.learning_ms = values_.duration(*learning, 1, kDurationMaxOfMemory).value_or(1);
    if (last != nullptr || memory != nullptr) return;
    values_.fail(map_.node(), DiagnosticCode::kFactForm, fmt::format("'{}' would remember values without bound", into_.name.text),
                 "add last: 8, memory: 180d or both");
    into_.broken = true;
  }

  void read_geo_speed(bool applies) {
    constexpr std::string_view kOwner = "geo_speed";
    constexpr std::int64_t kEarthHalfKm = 20'038;
    if (const YamlNode* node = setting("min_km", applies, kOwner)) into_.minimum_km = values_.integer(*node, 0, kEarthHalfKm).value_or(0);
    if (const YamlNode* node = setting("min_gap", applies, kOwner)) into_.minimum_gap_ms = values_.duration(*node, 1, kWindowMaxMs).value_or(1000);
  }

  void read_pattern_settings(FactKind kind) {
    const bool in_steps = kind == FactKind::kSequence || kind == FactKind::kTogether;
    if (const YamlNode* node = setting("after_fire", in_steps, "sequence and together"))
      into_.after_fire = read_after_fire(values_, *node).value_or(AfterFire::kRestart);
    if (const YamlNode* node = setting("max_open", in_steps, "sequence and together; that of absent stands inside it"))
      into_.open_max = static_cast<std::uint32_t>(values_.integer(*node, 1, kPatternOpenLimit).value_or(kPatternOpenMax));
    if (!is_pattern(kind) || map_.find("where") == nullptr) return;
    values_.fail(*map_.find("where"), DiagnosticCode::kFactForm, "a pattern has no 'where' of its own", "put the condition on its steps");
    into_.broken = true;
  }

  static constexpr std::int64_t kDurationMaxOfMemory = 3653LL * 86'400'000;

  const MapReader& map_;
  const ValueReader& values_;
  FactDefinition& into_;
};

}  // namespace

std::vector<FactDefinition> read_facts(const ValueReader& values, const YamlNode& facts) {
  std::vector<FactDefinition> results;
  if (!values.is_map(facts, "'facts'")) return results;
  for (std::size_t i = 0; i < facts.items.size(); ++i) {
    FactDefinition fact;
    const std::optional<Written> name = values.name(facts.keys[i]);
    fact.name = name.value_or(Written{facts.keys[i].text, &values.source_of(facts.keys[i]), &facts.keys[i]});
    if (values.is_map(facts.items[i], "a fact")) {
      const MapReader map(values, facts.items[i], fact_form());
      FactReader(map, fact).read();
    } else {
      fact.broken = true;
    }
    results.push_back(std::move(fact));
  }
  return results;
}

}  // namespace reckoner
