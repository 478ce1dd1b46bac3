// What a rule set compiles to: the whole work of a job, by position instead of by name. Made by rules/compile, run by operators/ and engine/.
// Plain data, read-only once made. Durations and times are milliseconds.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/added_entries.hpp"
#include "engine/check.hpp"
#include "engine/schema.hpp"
#include "operators/expression.hpp"
#include "operators/pattern_plan.hpp"
#include "operators/value_list.hpp"

namespace reckoner {

inline constexpr std::size_t kKeyKindsMax = 16;
inline constexpr std::size_t kFactsMax = 1024;         // of one key kind
inline constexpr std::size_t kRulesMax = 10000;        // of one rule set
inline constexpr int kDegreeScale = 6;                 // of the fields that geo_speed reads
inline constexpr std::int64_t kExpiryGridMs = 60'000;  // scores that watch expiry are looked at on whole minutes of event time
inline constexpr std::int64_t kBaselineBucketsMax = 400;
inline constexpr std::uint32_t kRememberedMax = 64;  // values that a first_seen fact keeps for a key

// ---- facts -----------------------------------------------------------------------------------------------------------------------------

enum class FactKind : std::uint8_t {
  kCount,    // of records in (t - within, t]
  kSum,      // of field `value`
  kAverage,  // sum / count, decimal with scale = value's scale + 4, rounded half away from zero; unknown over no records
  kMinimum,  // unknown over no records
  kMaximum,
  kDistinct,           // different values of field `value` in the window
  kStandardDeviation,  // of the values in the window, and the following (operators/spread.hpp); unknown over fewer than min_samples
  kPercentile,
  kMedian,
  kMode,
  kZScore,         // how far the record's value is from those in the window; unknown over fewer than min_samples, or where all are alike
  kRobustZScore,   // the same by medians
  kFirstSeen,      // bool: field `value` is none of those remembered; false for the key's very first value. Reading order
  kPrevious,       // value of field `value` in the key's previous matching record, by reading order; unknown when there is none
  kSincePrevious,  // t - time of the key's previous matching record, by reading order; negative when that record is later in event time
  kLatest,         // like kPrevious, the current record included
  kGeoSpeed,       // km/h (integer) between the previous located record and this one, by reading order
  kSequence,       // bool: this record completes the pattern's steps, one behind the other
  kTogether,       // bool: this record is one of the pattern's, and there is one for each other step
  kAbsence,        // bool, where a watermark decides: the first step's record was not followed by one of the second. Unknown: cannot be told
  kRatio,          // fact `part_fact` / fact `whole_fact`, counts, decimal(4) rounded half away from zero; unknown below min_samples of the whole
  kBaseline,       // a statistic over the buckets of time before the record's own (operators/baseline.hpp)
  kBinding,        // a value that the pattern fact `pattern_fact` bound; known where that is true
  kBorrowed,       // what fact `lent_fact` of another key kind, `lender`, is at this record
};

// One fact: equal facts (same fingerprint) are one entry, whoever asks.
struct FactPlan {
  FactKind kind = FactKind::kCount;
  std::string name;  // as first written, for explanations
  std::uint64_t fingerprint = 0;
  ValueType type;                   // of the fact's value
  InputId input = 0;                // records of this input feed it
  std::optional<Expression> where;  // over the input's fields and over facts with a smaller position
  std::uint32_t value = 0;          // field of `input`
  int further_digits = 4;           // kAverage: digits after the point that its type has beyond the field's
  std::int64_t within_ms = 0;
  bool exclude_current = false;
  std::optional<Expression> like;    // aggregates: about the record at hand and, by kBound leaves, one of the window
  std::vector<PatternBinding> kept;  // the fields of that one, by position of the leaf
  std::uint32_t percent = 50;        // kPercentile
  std::uint32_t min_samples = 1;     // values that there must be, for what tells of their spread
  // kFirstSeen: bounded by count, by age, or both
  std::uint32_t remember_count = 0;  // most recently first-seen values kept; 1..kRememberedMax
  std::int64_t remember_ms = 0;      // a value not seen for so long is forgotten; 0 = no age bound
  std::int64_t learning_ms = 0;      // unknown until the key's first value is this old
  // kGeoSpeed
  std::uint32_t longitude = 0;         // field; `value` is the latitude, both decimal degrees
  std::int64_t minimum_km = 0;         // shorter hops are speed 0
  std::int64_t minimum_gap_ms = 1000;  // a smaller time between counts as this long
  // kSequence, kTogether, kAbsence; `input` is then that of the last, any and the first step, `within_ms` the span
  std::optional<PatternPlan> pattern;
  // kRatio
  std::uint32_t part_fact = 0;  // position
  std::uint32_t whole_fact = 0;
  // kBaseline: `within_ms` is a multiple of the bucket
  FactKind measured = FactKind::kCount;     // of a bucket's records: kCount or kSum
  FactKind statistic = FactKind::kAverage;  // of the buckets: kAverage, kMedian, kStandardDeviation, kPercentile, kMinimum or kMaximum
  std::int64_t bucket_ms = 0;
  // kBinding
  std::uint32_t pattern_fact = 0;  // position
  std::uint32_t binding = 0;       // of its pattern
  // kBorrowed
  std::uint32_t lender = 0;     // key kind
  std::uint32_t lent_fact = 0;  // position there
  std::uint64_t lent = 0;       // fingerprint of the fact as its own key kind has it, where that keeps one for others apart
};

[[nodiscard]] inline bool is_aggregate(FactKind kind) { return kind <= FactKind::kRobustZScore; }
// Kept in a ring of the key's events.
[[nodiscard]] inline bool is_windowed(const FactPlan& fact) { return is_aggregate(fact.kind) && !fact.like; }
[[nodiscard]] inline bool is_pattern(FactKind kind) {
  return kind == FactKind::kSequence || kind == FactKind::kTogether || kind == FactKind::kAbsence;
}
// Of a fact whose kind is a pattern.
[[nodiscard]] inline const PatternPlan& pattern_of(const FactPlan& fact) {
  RECKONER_CHECK(fact.pattern.has_value(), "fact {} without a pattern", fact.name);
  return *fact.pattern;
}
// Whether the kind reads the field `value`.
[[nodiscard]] inline bool reads_value(FactKind kind) {
  return kind != FactKind::kCount && kind != FactKind::kSincePrevious && !is_pattern(kind) && kind != FactKind::kBinding &&
         kind != FactKind::kRatio && kind != FactKind::kBorrowed;
}
[[nodiscard]] inline bool reads_value(const FactPlan& fact) {
  return reads_value(fact.kind) && !(fact.kind == FactKind::kBaseline && fact.measured == FactKind::kCount);
}

// visit(input, where) for each kind of records that the fact is made of; `where` is null when all records of the input are.
template <typename Visit>
void visit_records(const FactPlan& fact, Visit&& visit) {
  if (fact.kind == FactKind::kBinding || fact.kind == FactKind::kRatio || fact.kind == FactKind::kBorrowed) return;  // made of other facts
  if (!fact.pattern) return visit(fact.input, fact.where ? &*fact.where : nullptr);
  for (const PatternStep& step : fact.pattern->steps) visit(step.input, step.where ? &*step.where : nullptr);
}

// ---- totals ----------------------------------------------------------------------------------------------------------------------------

enum class MeasureKind : std::uint8_t { kCount, kSum, kAverage, kMinimum, kMaximum, kDerived };

struct MeasurePlan {
  std::string name;
  MeasureKind kind = MeasureKind::kCount;
  ValueType type;
  std::uint32_t value = 0;            // field
  int further_digits = 4;             // kAverage: as in FactPlan
  std::optional<Expression> where;    // over fields
  std::optional<Expression> derived;  // over measures with a smaller position
};

struct TotalPlan {
  std::string name;
  InputId input = 0;
  std::optional<Expression> where;  // over fields
  std::int64_t window_ms = 0;
  std::int64_t origin_ms = 0;
  std::int64_t allowed_lateness_ms = 0;
  std::vector<MeasurePlan> measures;
};

// ---- scores ----------------------------------------------------------------------------------------------------------------------------

struct ScorePart {
  std::string name;
  Expression value;  // points, same type and scale as the score
};

struct Band {
  std::string name;
  std::int64_t from = 0;  // inclusive, unscaled like the score; bands are in descending order, the last one takes all below
};

// How parts make a score. Of kMaximum and kNoisyOr a part is points of risk, and one below zero counts as zero: another part never lowers the score.
enum class ScoreCombine : std::uint8_t {
  kSum,
  kMaximum,
  kNoisyOr,  // 100 * (1 - the product of (1 - part / 100)), parts above 100 as 100; exact, rounded once half away from zero
};
inline constexpr std::size_t kNoisyDigitsMax = 72;  // of the product of all hundreds, one a part, in units of the score: it has 256 bits

// A score is at least `value` while the condition is true.
struct ScoreFloor {
  std::string name;
  Expression when;
  std::int64_t value = 0;  // unscaled like the score
};

// When rows of a score leave besides those of a changed band, and what holds a change of band back.
struct ScorePublishing {
  std::int64_t every_ms = 0;   // after the last row, where there is anything new; 0 = a row leaves when the band changes alone
  std::int64_t settle_ms = 0;  // the band changes once the score has been out of it for so long
  std::int64_t margin = 0;     // and by so much, unscaled like the score
};

// While a list has the key, its band is this one, whatever the score.
struct BandOverride {
  std::uint32_t band = 0;
  std::shared_ptr<const ValueList> list;
};

struct ScorePlan {
  std::string name;
  std::vector<InputId> inputs;  // a record of one of these recomputes it
  ValueType type;               // kInteger or kDecimal
  std::int64_t start = 0;       // score = start + sum of parts
  std::vector<ScorePart> parts;
  ScoreCombine combine = ScoreCombine::kSum;
  std::optional<std::int64_t> cap;  // unscaled like the score: the most that start and parts come to
  std::vector<ScoreFloor> floors;
  std::vector<Band> bands;
  std::uint32_t initial_band = 0;
  bool on_expiry = false;  // recompute: event_and_expiry
  ScorePublishing publishing;
  std::vector<BandOverride> overrides;  // the first that has the key
};

// Whether what was told of a key is remembered beyond its band (operators/score_publisher.hpp).
[[nodiscard]] inline bool has_publisher(const ScorePlan& score) {
  const ScorePublishing& publishing = score.publishing;
  return publishing.every_ms > 0 || publishing.settle_ms > 0 || publishing.margin > 0 || !score.overrides.empty();
}

// ---- rules -----------------------------------------------------------------------------------------------------------------------------

// A filled sentence: text, then a value, alternating; texts.size() == values.size() + 1.
struct Sentence {
  std::vector<std::string> texts;
  std::vector<Expression> values;
};

// A comparison inside `fire`, kept to show the bound beside the value in the evidence.
struct Bound {
  std::string text;  // as written: "n >= 10"
  std::string name;  // what is compared: "n"
  Expression value;  // its value
  Expression limit;  // what it is compared with
};

// What a rule makes of a condition that is unknown.
enum class Missing : std::uint8_t {
  kUnknown,  // it does not fire, and is counted by reason
  kFalse,    // it is false, so that nothing is left to count or to fail
  kError,    // it does not fire, and is counted as a fault of the rule too
};

// A time in which hits of some rules are hidden: counted and told with its name, and of notice to nobody.
struct ExceptionPlan {
  std::string id;
  std::string reason;
  std::string owner;
  std::vector<std::string> rules;
  std::int64_t from_ms = 0;
  std::int64_t until_ms = 0;  // not itself
};

// The same for one of its rules.
struct RuleException {
  std::uint32_t exception = 0;      // position in Plan::exceptions
  std::optional<Expression> where;  // as fire
};

// Each alert of the rule puts the value, as a text, into a list.
struct PlannedAddition {
  std::uint32_t list = 0;  // place in Plan::added_lists
  Expression value;        // a string, integer or enum
};

struct RulePlan {
  std::string id;
  std::string title;
  std::string severity;
  std::string code;
  InputId input = 0;
  std::vector<std::uint32_t> verdicts;  // absences that fire reads: it is looked at when one of them is decided, and at no record
  Expression fire;
  std::vector<std::uint32_t> facts;  // that fire reads, directly or through other facts: the alert's evidence
  Sentence sentence;
  std::vector<Bound> bounds;
  std::vector<Expression> listed;                           // the kListed and kSimilar parts of fire: the alert names the entries
  std::vector<std::pair<std::string, Expression>> columns;  // further columns of the alert
  std::vector<PlannedAddition> additions;                   // what an alert puts into lists
  Missing missing = Missing::kUnknown;
  bool fails_closed = false;        // it fires where the condition is unknown
  std::int64_t hold_ms = 0;         // hits of a key so long after one that was told are told as its repeats; 0 = each stands alone
  std::vector<Expression> dedup;    // fields whose values tell alerts of a key apart: each combination has a hold of its own
  std::int64_t renotify_ms = 0;     // a repeat so long after the last notice is of notice again; 0 = never
  std::uint64_t escalate_hits = 0;  // from this hit of a hold on the severity is `escalate_severity`; 0 = never
  std::string escalate_severity;
  std::string runbook;
  std::string owner;                      // for who looks at alerts and faults of others
  std::vector<RuleException> exceptions;  // the first that holds hides
  bool tells_rules = true;                // its alerts are records of the input that rules on alerts look at
};

// ---- key kinds, inputs, whole ------------------------------------------------------------------------------------------------------------

// The key fields of one input, in the order of `by`; empty = records of this input do not have this key.
using KeyFields = std::vector<std::uint32_t>;

// Everything that is kept by one `by`.
struct KeyPlan {
  std::vector<std::string> by;    // names, for output columns
  std::vector<KeyFields> fields;  // by input
  std::vector<FactPlan> facts;    // a fact refers to smaller positions alone
  std::vector<TotalPlan> totals;
  std::vector<ScorePlan> scores;
  std::vector<RulePlan> rules;
  std::uint32_t per_key_max = 2000;  // window entries a key keeps
  std::uint64_t keys_max = 100'000'000;
  std::uint32_t level = 0;  // one more than that of any key kind that it borrows facts from, or of a lower stage
  std::uint32_t stage = 0;  // one more than that of rules that add to lists which it asks; not of derived inputs
  bool derived = false;     // of records of derived inputs; no others have this key
  bool ordered = false;     // decided in order of event time, else as records arrive (operators/ordering.hpp)
  std::uint32_t hop = 0;    // > 0: any shard may own a key, and is handed its records with this hop (operators/handing_on.hpp)
  bool only_lends = false;  // keeps facts of another key kind's key once more, for others alone
};

struct DedupePlan {
  std::int64_t within_ms = 0;             // of event time
  std::uint64_t bytes_max = 1ULL << 30U;  // of memory over all shards
};

// What the records of an input that the job makes by itself tell of (operators/alert_records.hpp).
enum class DerivedOf : std::uint8_t {
  kNothing,  // they are read
  kAlerts,
  kFaults,    // of rules
  kSilences,  // of inputs
  kCycle,     // of transfers
};

// Transfers of an input that come back to where the first of them left (operators/cycle_watch.hpp).
struct CyclePlan {
  InputId input = 0;
  std::uint32_t from = 0;  // fields of it; strings
  std::uint32_t to = 0;
  std::optional<std::uint32_t> amount;
  std::optional<Expression> where;  // of the record alone
  std::uint32_t hops_min = 2;       // transfers in all
  std::uint32_t hops_max = 4;
  std::int64_t within_ms = 0;
  std::uint32_t pass_percent = 0;  // of what came, goes on at least; 0 = anything
  std::uint64_t transfers_max = 100'000;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> copied;  // field of the derived input, field of the closing transfer
  std::uint32_t hop = 0;  // > 0: all transfers are handed on to one shard, with this hop (operators/handing_on.hpp)
};

struct InputPlan {
  DerivedOf derived = DerivedOf::kNothing;  // such inputs come after all that are read
  Schema schema;
  std::uint64_t wanted = 0;  // bit f = something reads field f
  std::int64_t out_of_orderness_ms = 0;
  std::int64_t silent_after_ms = 0;  // 0 = nobody asks whether it is silent
  std::optional<Expression> filter;  // a record for which it is false or unknown is counted as filtered
  std::optional<DedupePlan> dedupe;
  std::uint32_t driver_key = 0;           // key kind under which ids are remembered
  std::vector<std::string> declared_key;  // by which the records of a topic lie in its partitions; empty = none was declared
  std::optional<CyclePlan> cycle;
};

// A list as all who ask it hold it.
struct PlannedList {
  std::string file;  // in the rule set's folder; "" = its entries stand in ruleset.yaml
  std::shared_ptr<ValueList> list;
};

struct Plan {
  std::string rule_set;
  std::uint32_t version = 0;
  std::uint64_t hash = 0;               // of the resolved rule set
  std::uint64_t hash_beside_lists = 0;  // of the same without the entries that stand in files and that no calendar is made of
  std::uint64_t facts_hash = 0;         // of what state means: keys, facts, totals, scores' identity; equal = old state can be used
  std::vector<InputPlan> inputs;
  std::vector<KeyPlan> keys;
  std::vector<ExceptionPlan> exceptions;
  std::vector<PlannedList> lists;         // in the order in which they are written
  std::vector<AddedList> added_lists;     // those that rules add to
  std::uint32_t evidence_ids = 3;         // ids of contributing records an alert names at most; 0 = none are kept
  std::uint32_t evidence_positions = 16;  // and positions of more
};

// How many of the plan's inputs are read; derived ones follow.
[[nodiscard]] inline std::size_t read_inputs(const Plan& plan) {
  std::size_t inputs = plan.inputs.size();
  while (inputs > 0 && plan.inputs[inputs - 1].derived != DerivedOf::kNothing) --inputs;
  return inputs;
}

}  // namespace reckoner
