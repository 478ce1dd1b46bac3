// `facts` of ruleset.yaml, rules and scores.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "rules/map_forms.hpp"
#include "rules/rule_set_reader.hpp"

namespace reckoner {

namespace {

// What a kind's own key takes, and which settings go with it.
enum class KeyForm : std::uint8_t { kTrue, kField, kFieldPair, kPattern };

struct KindForm {
  FactKind kind;
  std::string_view key;
  KeyForm form;
  bool has_window;
};

constexpr std::array<KindForm, 14> kKinds{{{FactKind::kCount, "count", KeyForm::kTrue, true},
                                           {FactKind::kSum, "sum", KeyForm::kField, true},
                                           {FactKind::kAverage, "avg", KeyForm::kField, true},
                                           {FactKind::kMinimum, "min", KeyForm::kField, true},
                                           {FactKind::kMaximum, "max", KeyForm::kField, true},
                                           {FactKind::kDistinct, "distinct", KeyForm::kField, true},
                                           {FactKind::kFirstSeen, "first_seen", KeyForm::kField, false},
                                           {FactKind::kPrevious, "previous", KeyForm::kField, false},
                                           {FactKind::kLatest, "latest", KeyForm::kField, false},
                                           {FactKind::kSincePrevious, "since_previous", KeyForm::kTrue, false},
                                           {FactKind::kGeoSpeed, "geo_speed", KeyForm::kFieldPair, false},
                                           {FactKind::kSequence, "sequence", KeyForm::kPattern, true},
                                           {FactKind::kTogether, "together", KeyForm::kPattern, true},
                                           {FactKind::kAbsence, "absent", KeyForm::kPattern, false}}};

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

  // A setting that goes with some kinds only.
  const YamlNode* setting(std::string_view key, bool applies, std::string_view owner) {
    const YamlNode* node = map_.find(key);
    if (node == nullptr || applies) return node;
    values_.fail(*node, DiagnosticCode::kFactForm, fmt::format("'{}' belongs to {}", key, owner), "remove it");
    into_.broken = true;
    return nullptr;
  }

  void read_window(const KindForm& form) {
    constexpr std::string_view kOwner = "count, sum, avg, min, max and distinct";
    const YamlNode* within = form.has_window ? map_.require("within") : setting("within", false, kOwner);
    const std::optional<std::int64_t> length = within != nullptr ? values_.duration(*within, 1, kWindowMaxMs) : std::nullopt;
    if (length) into_.within_ms = *length;
    into_.broken = into_.broken || (form.has_window && !length);
    if (const YamlNode* node = setting("exclude_current", is_aggregate(form.kind), kOwner))
      into_.exclude_current = values_.truth(*node).value_or(false);
  }

  void read_first_seen(bool applies) {
    constexpr std::string_view kOwner = "first_seen";
    const YamlNode* last = setting("last", applies, kOwner);
    const YamlNode* memory = setting("memory", applies, kOwner);
    if (!applies) return;
    if (last != nullptr) into_.remember_count = static_cast<std::uint32_t>(values_.integer(*last, 1, kRememberedMax).value_or(1));
    if (memory != nullptr) into_.remember_ms = values_.duration(*memory, 1, kDurationMaxOfMemory).value_or(1);
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
    fact.name = name.value_or(Written{facts.keys[i].text, &values.source(), &facts.keys[i]});
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
