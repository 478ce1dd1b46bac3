// A rule set as written: typed, with places, names not yet resolved. Made by rules/rule_set_reader, compiled by rules/compile. A part whose
// own text is wrong stays with `broken` set, so that what refers to it is not reported again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "operators/plan.hpp"
#include "rules/yaml_values.hpp"

namespace reckoner {

inline constexpr std::size_t kInputsMax = 64;
inline constexpr std::size_t kParametersMax = 1000;
inline constexpr std::size_t kMacrosMax = 1000;
inline constexpr std::size_t kListsMax = 64;
inline constexpr std::size_t kListBytesMax = 16U << 20U;  // of one list's file
inline constexpr std::size_t kCalendarsMax = 64;
inline constexpr std::size_t kExceptionsMax = 1000;
inline constexpr std::size_t kCyclesMax = 8;
inline constexpr std::uint32_t kHopsMax = 8;
inline constexpr std::size_t kCycleTransfersMax = 1'000'000;
inline constexpr std::int64_t kExceptionMaxMs = 90LL * 86'400'000;
inline constexpr std::size_t kMacroLevelsMax = 16;  // of macros in macros
inline constexpr std::size_t kEnumNamesMax = 1000;
inline constexpr std::size_t kMeasuresMax = 64;
inline constexpr std::size_t kScorePartsMax = 64;
inline constexpr std::int64_t kWindowMaxMs = 400LL * 86'400'000;  // of facts and totals
inline constexpr std::int64_t kOutOfOrdernessMaxMs = 7LL * 86'400'000;

struct FieldDefinition {
  Written name;
  Field field;
  bool broken = false;
};

struct DedupeDefinition {
  Written place;
  std::int64_t within_ms = 0;
  std::uint64_t bytes_max = DedupePlan{}.bytes_max;
};

struct InputDefinition {
  Written name;
  std::vector<FieldDefinition> fields;
  std::optional<Written> time;
  std::optional<Written> id;
  std::optional<Written> amount;
  std::vector<Written> key;
  UnknownFields unknown_fields = UnknownFields::kIgnore;
  std::int64_t out_of_orderness_ms = 0;
  std::int64_t silent_after_ms = 0;
  std::optional<Written> filter;
  std::optional<DedupeDefinition> dedupe;
  DerivedOf derived = DerivedOf::kNothing;  // not declared (rules/derived_inputs.hpp)
};

struct ParameterDefinition {
  Written name;
  Expression value;  // a constant
  bool broken = false;
};

// A step of a sequence or a set, or one side of an absence.
struct StepDefinition {
  Written name;  // empty = cannot be referred to
  std::optional<Written> on;
  std::optional<Written> where;
  std::uint32_t at_least = 1;
  bool never = false;
};

// A list that expressions ask. Its entries are CSV: the text of `entries` in the rule set, or what the loader read from `file`.
struct ListDefinition {
  Written name;
  std::optional<Written> file;
  std::optional<Written> entries;
  const SourceText* file_text = nullptr;  // null = not read, which is a finding already
  std::string value_column = "value";
  std::int64_t entry_ttl_ms = 0;  // 0 = entries without an end stay
  std::int64_t added_for_ms = 0;  // what rules add stays so long; 0 = not said
};

// A condition, or a value, that expressions can use by name.
struct MacroDefinition {
  Written name;
  Written value;
};

struct FactDefinition {
  Written name;
  FactKind kind = FactKind::kCount;
  std::vector<Written> by;  // empty = that of the rule, score or input
  std::optional<Written> on;
  std::optional<Written> value;
  std::optional<Written> longitude;
  std::optional<Written> where;
  std::int64_t within_ms = 0;
  bool exclude_current = false;
  std::uint32_t remember_count = 0;
  std::int64_t remember_ms = 0;
  std::int64_t learning_ms = 0;
  std::uint32_t percent = 0;
  std::uint32_t min_samples = 0;  // 0 = that of the kind
  std::optional<Written> share;   // kRatio: the condition
  FactKind measured = FactKind::kCount;
  FactKind statistic = FactKind::kAverage;
  std::int64_t bucket_ms = 0;
  std::int64_t minimum_km = 0;
  std::int64_t minimum_gap_ms = 1000;
  std::vector<StepDefinition> steps;
  AfterFire after_fire = AfterFire::kRestart;
  std::uint32_t open_max = kPatternOpenMax;
  std::uint32_t business_days = 0;  // kAbsence: in the place of within_ms
  std::optional<Written> calendar;
  bool broken = false;
};

struct MeasureDefinition {
  Written name;
  MeasureKind kind = MeasureKind::kCount;
  std::optional<Written> value;
  std::optional<Written> where;
  std::optional<Written> derived;
  bool broken = false;
};

struct TotalDefinition {
  Written name;
  std::optional<Written> on;
  std::vector<Written> by;
  std::optional<Written> where;
  std::int64_t window_ms = 0;
  std::int64_t allowed_lateness_ms = 0;
  std::vector<MeasureDefinition> measures;
};

struct BandDefinition {
  Written name;
  Written from;
};

struct FloorDefinition {
  Written name;
  Written when;
  Written value;
};

struct ScoreDefinition {
  Written name;
  bool ordered = false;  // evaluation: ordered, its own or the rule set's
  std::vector<Written> on;
  std::vector<Written> by;
  bool on_expiry = false;
  std::optional<Written> start;
  std::vector<FactDefinition> facts;
  std::vector<std::pair<Written, Written>> parts;
  ScoreCombine combine = ScoreCombine::kSum;
  std::optional<Written> cap;
  std::vector<FloorDefinition> floors;
  std::vector<BandDefinition> bands;
  std::optional<Written> initial_band;
  std::optional<Written> every;  // where `publish` says so, and for how long
  std::optional<Written> settle;
  std::int64_t every_ms = 0;
  std::int64_t settle_ms = 0;
  std::optional<Written> margin;
  std::vector<std::pair<Written, Written>> overrides;  // band, list.NAME
};

struct CycleDefinition {
  Written name;
  std::optional<Written> on;
  std::optional<Written> from;
  std::optional<Written> to;
  std::optional<Written> amount;
  std::optional<Written> where;
  std::uint32_t hops_min = 2;
  std::uint32_t hops_max = 4;
  std::int64_t within_ms = 0;
  std::uint32_t pass_percent = 0;
  std::uint64_t transfers_max = CyclePlan{}.transfers_max;
};

struct ExceptionDefinition {
  Written name;
  std::vector<Written> rules;
  std::optional<Written> where;
  std::string reason;
  std::string owner;
  std::int64_t from_ms = 0;
  std::int64_t until_ms = 0;
};

struct RuleDefinition {
  Written id;
  std::optional<Written> evaluation;  // its own
  bool ordered = false;               // as it comes to, with the rule set's
  std::string title;
  std::string severity;
  std::string code;
  std::optional<Written> on;
  std::vector<Written> by;
  std::vector<FactDefinition> facts;
  std::optional<Written> fire;
  std::optional<Written> say;
  std::vector<std::pair<Written, Written>> columns;
  std::vector<std::pair<Written, Written>> additions;  // name of a list, what an alert puts into it
  Missing missing = Missing::kUnknown;
  bool fails_closed = false;
  std::int64_t hold_ms = 0;
  std::vector<Written> dedup;
  std::int64_t renotify_ms = 0;
  std::uint64_t escalate_hits = 0;
  std::string escalate_severity;
  std::string runbook;
  std::string owner;
};

// A time zone that a rule set brings itself: what the machine has under this name, or had when the rule set was resolved.
struct ZoneDefinition {
  Written name;
  Written text;  // operators/time_zone.hpp
};

struct CalendarDefinition {
  Written name;
  std::optional<Written> zone;
  std::optional<Written> holidays;  // list.NAME
  std::optional<std::vector<Written>> weekend;
};

struct RuleSet {
  std::string name;
  std::uint32_t version = 0;
  bool ordered = false;  // evaluation: of rules and scores that say nothing of it
  std::vector<InputDefinition> inputs;
  std::vector<ParameterDefinition> parameters;
  std::vector<MacroDefinition> macros;
  std::vector<ListDefinition> lists;
  std::vector<ZoneDefinition> time_zones;
  std::vector<CalendarDefinition> calendars;
  std::vector<FactDefinition> facts;
  std::vector<TotalDefinition> totals;
  std::vector<ScoreDefinition> scores;
  std::vector<CycleDefinition> cycles;
  std::vector<RuleDefinition> rules;
  std::vector<ExceptionDefinition> exceptions;
  std::uint32_t per_key_max = KeyPlan{}.per_key_max;
  std::uint64_t keys_max = KeyPlan{}.keys_max;
  std::uint32_t evidence_ids = Plan{}.evidence_ids;
};

}  // namespace reckoner
