#include "rules/map_forms.hpp"

#include <algorithm>
#include <array>

#include "engine/check.hpp"
#include "engine/schema.hpp"
#include "operators/evidence.hpp"
#include "operators/plan.hpp"
#include "rules/rule_set.hpp"

namespace reckoner {

namespace {

using Form = ValueForm;
using Words = std::span<const std::string_view>;

constexpr std::array<std::string_view, 7> kTypes{"bool", "integer", "decimal", "money", "string", "enum", "time"};
constexpr std::array<std::string_view, 6> kTimeFormats{"ms", "s", "us", "ns", "days", "rfc3339"};
constexpr std::array<std::string_view, 2> kUnknownFields{"ignore", "reject"};
constexpr std::array<std::string_view, 2> kRecompute{"event", "event_and_expiry"};
constexpr std::array<std::string_view, 2> kEvaluation{"arrival", "ordered"};
constexpr std::array<std::string_view, 4> kSeverities{"low", "medium", "high", "critical"};
constexpr std::array<std::string_view, 3> kAfterFire{"restart", "keep", "overlap"};
constexpr std::array<std::string_view, 6> kStatistics{"mean", "median", "stddev", "percentile", "min", "max"};
constexpr std::array<std::string_view, 3> kCombine{"sum", "max", "noisy_or"};
constexpr std::array<std::string_view, 3> kMissing{"unknown", "false", "error"};
constexpr std::array<std::string_view, 2> kFail{"open", "closed"};
constexpr bool kRequired = true;

KeyInfo required(std::string_view name, Form form, std::string_view meaning) { return {name, form, kRequired, meaning}; }
KeyInfo optional(std::string_view name, Form form, std::string_view meaning) { return {name, form, false, meaning}; }
KeyInfo words(KeyInfo key, Words of) {
  key.words = of;
  return key;
}
KeyInfo between(KeyInfo key, std::int64_t low, std::int64_t high) {
  key.low = low;
  key.high = high;
  return key;
}
KeyInfo inside(KeyInfo key, const MapForm& (*inner)()) {
  key.inner = inner;
  return key;
}

}  // namespace

const KeyInfo* MapForm::find(std::string_view key) const {
  const auto found = std::find_if(keys.begin(), keys.end(), [&](const KeyInfo& one) { return one.name == key; });
  return found == keys.end() ? nullptr : &*found;
}

std::vector<std::string> MapForm::names() const {
  std::vector<std::string> names;
  names.reserve(keys.size());
  for (const KeyInfo& key : keys) names.emplace_back(key.name);
  return names;
}

std::vector<std::string> words_of(const MapForm& form, std::string_view key) {
  const KeyInfo* info = form.find(key);
  RECKONER_CHECK(info != nullptr && !info->words.empty(), "{} has no words for {}", form.name, key);
  return {info->words.begin(), info->words.end()};
}

const MapForm& rule_set_form() {
  static const MapForm form{
      "ruleset",
      "a rule set",
      "`ruleset.yaml`: what is read, and what several rules share.",
      {required("ruleset", Form::kLabel, "name; it is in every row that leaves"),
       between(required("version", Form::kInteger, "whole number; it is in every row that leaves"), 1, 1'000'000'000),
       optional("description", Form::kText, "for people"), optional("owner", Form::kText, "for people"),
       inside(required("inputs", Form::kMapOfMaps, "what is read"), input_form),
       optional("parameters", Form::kValues,
                "named constants, used as `param.NAME`: a number, money (`200 USD`), a duration (`5m`), `true`, or a text in quotes"),
       optional("macros", Form::kExpressions, "named pieces of expressions, used by their names"),
       inside(optional("lists", Form::kMapOfMaps, "lists of values, asked with `in list.NAME` and `similar_to list.NAME`"), list_form),
       optional("time_zones", Form::kValues, "name: rule as in POSIX `TZ`; in the place of what the machine's IANA database has under the name"),
       inside(optional("calendars", Form::kMapOfMaps, "business days, asked with `business_day(time, calendar.NAME)` and `within: 2bd`"),
              calendar_form),
       inside(optional("facts", Form::kMapOfMaps, "facts that several rules and scores use"), fact_form),
       words(optional("evaluation", Form::kWord,
                      "of rules and scores: `arrival`, unless given, as soon as a record is read; `ordered`, in order of event time, when no earlier "
                      "record can come"),
             kEvaluation),
       inside(optional("totals", Form::kMapOfMaps, "sums of tumbling windows"), total_form),
       inside(optional("scores", Form::kMapOfMaps, "scores with bands"), score_form),
       inside(optional("cycles", Form::kMapOfMaps, "transfers that come back to where they began: inputs for rules"), cycle_form),
       inside(optional("exceptions", Form::kMapOfMaps, "times in which hits of a rule are hidden, and counted"), exception_form),
       inside(optional("limits", Form::kMap, "what one key and the whole job may keep"), limit_form),
       inside(optional("environments", Form::kMapsByLabel, "what is different where the rule set runs with the name of one of them"),
              environment_form),
       inside(optional("rules", Form::kListOfMaps, "rules, where they do not stand in files of their own"), rule_form)}};
  return form;
}

const MapForm& list_form() {
  static const MapForm form{
      "list",
      "a list",
      "A list of values, in a file beside the rule set or in the rule set itself. It is a part of it: a change is a new version.",
      {optional("description", Form::kText, "for people"), required("owner", Form::kText, "who answers for its entries"),
       optional("file", Form::kText, "CSV file in the rule set's folder; its first line names the columns: `value`, `from`, `until`, `by`, `reason`"),
       optional("entries", Form::kText, "the same as a text, instead of a file"),
       optional("key", Form::kText, "the column that holds the value, where it is not named `value`"),
       optional("entry_ttl", Form::kDuration, "entries without `until` end so long after their `from`"),
       optional("added_for", Form::kDuration, "what rules add with `add_to` is in force for so long from the alert on; needed where they do")}};
  return form;
}

const MapForm& calendar_form() {
  static const MapForm form{
      "calendar",
      "a calendar",
      "Which days are business days, by the clocks of a time zone: all but those of the weekend and holidays.",
      {optional("description", Form::kText, "for people"), required("zone", Form::kText, "IANA time zone, for example `Europe/Berlin`"),
       optional("holidays", Form::kText, "`list.NAME`: a list of days, each `2026-12-25`"),
       optional("weekend", Form::kTexts, "days of the week, `saturday` and `sunday` unless given")}};
  return form;
}

const MapForm& input_form() {
  static const MapForm form{
      "input",
      "an input",
      "One of the inputs: records of one schema. The job file says where they come from.",
      {required("time", Form::kText, "the field with the event time"),
       required("out_of_orderness", Form::kDuration,
                "how much earlier than the latest record a record may be; the watermark is the highest event time less this"),
       optional("id", Form::kText, "the field that names a record"),
       optional("amount", Form::kText, "the field whose sums must balance in the conservation table"),
       words(optional("unknown_fields", Form::kWord, "what becomes of records with members that are not declared"), kUnknownFields),
       optional("filter", Form::kExpression, "records for which it is not true are counted as filtered"),
       optional("silent_after", Form::kDuration, "how long nothing may come before rules on silences are told"),
       inside(optional("dedupe", Form::kMap, "second records of the same key and id change nothing and are counted"), dedupe_form),
       required("key", Form::kTexts, "the field or fields that the input is driven by, as the account"),
       inside(required("fields", Form::kMapOfMaps, "the fields of its records"), field_form)}};
  return form;
}

const MapForm& field_form() {
  static const MapForm form{
      "field",
      "a field",
      "A field of an input. A record that does not fit is rejected.",
      {words(required("type", Form::kWord, "`decimal` and `money` need `scale`, `money` also `currency`, `enum` needs `names`"), kTypes),
       optional("path", Form::kText,
                "member name in the record, `a.b` for nested members; the field's name unless given. `$.op` and the like lie around the row, `$.key` "
                "and the like beside a topic's value"),
       optional("before", Form::kTruth, "of change events: `NAME.before` is the field's value before the change"),
       optional("required", Form::kTruth, "whether a record without it is rejected"), optional("min", Form::kNumber, "least value"),
       optional("max", Form::kNumber, "greatest value"), optional("pattern", Form::kText, "an expression of RE2 that the whole text must match"),
       between(optional("max_length", Form::kInteger, "bytes of a text, 256 unless given"), 1, kRecordBytesMax),
       between(optional("scale", Form::kInteger, "digits after the point"), 0, kScaleMax),
       optional("currency", Form::kText, "the three letters of ISO 4217"), optional("names", Form::kTexts, "the names of an enum"),
       words(optional("format", Form::kWord, "of a time: milliseconds unless given"), kTimeFormats)}};
  return form;
}

const MapForm& dedupe_form() {
  static const MapForm form{"dedupe",
                            "'dedupe'",
                            "How second copies of a record are recognised.",
                            {required("within", Form::kDuration, "span of event time in which an id is remembered"),
                             optional("max_bytes", Form::kSize, "of memory; what had to be forgotten earlier is counted")}};
  return form;
}

const MapForm& fact_form() {
  static const MapForm form{
      "fact",
      "a fact",
      "A fact: one number, text or truth about a key at the moment of a record. One of the keys that compute, and what goes with it.",
      {optional("count", Form::kTrue, "computes: records within the window"),
       optional("sum", Form::kText, "computes: sum of the field over records that have it"),
       optional("avg", Form::kText, "computes: their average; unknown over none"),
       optional("min", Form::kText, "computes: their least; unknown over none"),
       optional("max", Form::kText, "computes: their greatest; unknown over none"),
       optional("distinct", Form::kText, "computes: how many different values the field has in the window"),
       optional("stddev", Form::kText, "computes: how far the field's values lie from their average"),
       optional("percentile", Form::kText, "computes: the least value of the field that `p` of 100 do not exceed"),
       optional("median", Form::kText, "computes: the value in the middle"),
       optional("mode", Form::kText, "computes: the value that is there most often"),
       optional("ratio", Form::kExpression, "computes: the share of the window's records for which the condition is true"),
       optional("zscore", Form::kText, "computes: how many standard deviations this record's value lies from the average of those before"),
       inside(optional("baseline", Form::kMap, "computes: a statistic of a sum or a count over whole buckets before this one"), baseline_form),
       optional("first_seen", Form::kText, "computes: whether the field's value is none of those remembered; needs `last`, `memory` or both"),
       optional("previous", Form::kText, "computes: the field's value in the key's previous record, by reading order"),
       optional("latest", Form::kText, "computes: the same, this record included"),
       optional("since_previous", Form::kTrue, "computes: time since the key's previous record"),
       optional("geo_speed", Form::kPair, "computes: km/h between this located record and the one before, of `[LATITUDE, LONGITUDE]`"),
       inside(optional("sequence", Form::kListOfMaps, "computes: whether this record completes the steps, one behind the other"), sequence_step_form),
       inside(optional("together", Form::kListOfMaps, "computes: whether there is a record for each step, in any order"), together_step_form),
       inside(optional("absent", Form::kMap, "computes: whether a record was not followed by another; decided by the watermark"), absent_form),
       optional("within", Form::kDuration, "the window `(t - within, t]`; of a sequence and of together their span"),
       optional("over", Form::kDuration, "`zscore` and `baseline`: how far back they look"),
       optional("where", Form::kExpression, "which records count; it may use other facts"),
       optional("on", Form::kText, "the input whose records they are, where the asker reads another"),
       optional("by", Form::kTexts, "what it is kept by; that of the rule, score or input unless given"),
       optional("exclude_current", Form::kTruth, "whether the record at hand does not count"),
       between(optional("last", Form::kInteger, "`first_seen`: how many values are remembered"), 1, kRememberedMax),
       optional("memory", Form::kDuration, "`first_seen`: for how long"),
       optional("learning", Form::kDuration, "`first_seen`: for so long after a key's first record it is unknown"),
       between(optional("p", Form::kInteger, "`percentile`: of 100"), 1, 100),
       between(optional("min_samples", Form::kInteger, "statistics: unknown over fewer"), 1, 1'000'000),
       optional("robust", Form::kTruth, "`zscore`: by median and median deviation, which a few odd values do not move"),
       optional("bucket", Form::kDuration, "`baseline`: length of a bucket; `over` is a multiple of it"),
       words(optional("stat", Form::kWord, "`baseline`: what of the buckets"), kStatistics),
       between(optional("min_km", Form::kInteger, "`geo_speed`: shorter hops are speed 0"), 0, 20'038),
       optional("min_gap", Form::kDuration, "`geo_speed`: a smaller time between counts as this long"),
       words(optional("after_fire", Form::kWord, "`sequence`: what becomes of steps that have come when it fires"), kAfterFire),
       between(optional("max_open", Form::kInteger, "`sequence`: how many may be under way at once"), 1, kPatternOpenLimit)}};
  return form;
}

const MapForm& baseline_form() {
  static const MapForm form{"baseline",
                            "'baseline'",
                            "What a baseline is of: one of the two.",
                            {optional("count", Form::kTrue, "records"), optional("sum", Form::kText, "sum of the field")}};
  return form;
}

const MapForm& sequence_step_form() {
  static const MapForm form{"sequence_step",
                            "a step",
                            "A step of a sequence.",
                            {required("name", Form::kText, "by which later steps and expressions know its record"),
                             optional("on", Form::kText, "the input of its records"), optional("where", Form::kExpression, "which records are one"),
                             between(optional("at_least", Form::kInteger, "how many records make the step"), 1, kPatternOpenMax),
                             optional("never", Form::kTruth, "whether a record of it ends the sequence instead")}};
  return form;
}

const MapForm& together_step_form() {
  static const MapForm form{"together_step",
                            "a step",
                            "One of the records that must come together.",
                            {optional("name", Form::kText, "by which expressions know its record"),
                             optional("on", Form::kText, "the input of its records"), optional("where", Form::kExpression, "which records are one")}};
  return form;
}

const MapForm& absent_form() {
  static const MapForm form{"absent",
                            "'absent'",
                            "What must follow what.",
                            {inside(required("after", Form::kMap, "the record that something must follow"), absent_side_form),
                             inside(required("expect", Form::kMap, "the record that must follow"), absent_side_form),
                             required("within", Form::kSpan,
                                      "how soon; a record at exactly this time counts. `2bd`: to the end of the second "
                                      "business day behind that of the first record"),
                             optional("calendar", Form::kText, "whose business days they are"),
                             between(optional("max_open", Form::kInteger, "how many may wait at once"), 1, kPatternOpenLimit)}};
  return form;
}

const MapForm& absent_side_form() {
  static const MapForm form{"absent_side",
                            "a side of 'absent'",
                            "Which records are meant.",
                            {optional("on", Form::kText, "their input"), optional("where", Form::kExpression, "which of them")}};
  return form;
}

const MapForm& total_form() {
  static const MapForm form{"total",
                            "a total",
                            "A total: one final row a key and tumbling window.",
                            {optional("description", Form::kText, "for people"), required("on", Form::kText, "the input"),
                             required("by", Form::kTexts, "what the rows are kept by"), optional("where", Form::kExpression, "which records count"),
                             required("window", Form::kDuration, "half-open, in steps of this from 1970-01-01 00:00 UTC"),
                             required("allowed_lateness", Form::kDuration, "a window is final when the watermark has passed its end by this much"),
                             inside(required("measures", Form::kMapOfMaps, "the columns"), measure_form)}};
  return form;
}

const MapForm& measure_form() {
  static const MapForm form{
      "measure",
      "a measure",
      "A column of a total: one of the keys that compute.",
      {optional("count", Form::kTrue, "computes: records"), optional("sum", Form::kText, "computes: sum of the field"),
       optional("avg", Form::kText, "computes: average of the field"), optional("min", Form::kText, "computes: least value of the field"),
       optional("max", Form::kText, "computes: greatest value of the field"),
       optional("derive", Form::kExpression, "computes: an expression over measures above it"),
       optional("where", Form::kExpression, "which records count in this column")}};
  return form;
}

const MapForm& score_form() {
  static const MapForm form{
      "score",
      "a score",
      "A score: `start` plus its parts. A row leaves when the band changes, and when `publish` says so.",
      {optional("description", Form::kText, "for people"), required("by", Form::kTexts, "what it is kept by"),
       required("on", Form::kTexts, "the inputs whose records recompute it"),
       words(required("recompute", Form::kWord, "also when something leaves a window, on whole minutes of event time, or at records alone"),
             kRecompute),
       words(optional("evaluation", Form::kWord, "`arrival` or `ordered`; that of the rule set unless given"), kEvaluation),
       required("start", Form::kExpression, "a number, or a parameter"), inside(optional("facts", Form::kMapOfMaps, "facts of its own"), fact_form),
       required("parts", Form::kExpressions, "points that are added to the start"),
       words(optional("combine", Form::kWord, "how parts become the score; their sum unless given"), kCombine),
       optional("cap", Form::kExpression, "what the combined parts are at most"),
       inside(optional("floors", Form::kMapOfMaps, "what the score is at least while something holds"), floor_form),
       required("bands", Form::kValues, "name: least score, from the highest to the lowest"),
       required("initial_band", Form::kText, "the band of a key that was never seen"),
       inside(optional("publish", Form::kMap, "when a row leaves besides, and what holds a change of band back"), publish_form),
       optional("overrides", Form::kValues, "band: `list.NAME`; while the list has the key, its band is this one")}};
  return form;
}

const MapForm& publish_form() {
  static const MapForm form{"publish",
                            "'publish'",
                            "When rows of a score leave.",
                            {optional("at_least_every", Form::kDuration, "a row also leaves so long after the last one, where there is anything new"),
                             optional("settle", Form::kDuration, "the band changes once the score has been out of it for so long without a break"),
                             optional("margin", Form::kExpression, "and by so much: a number of points, or a parameter")}};
  return form;
}

const MapForm& floor_form() {
  static const MapForm form{
      "floor",
      "a floor",
      "What a score is at least while a condition holds.",
      {required("when", Form::kExpression, "the condition"), required("at_least", Form::kExpression, "a number, or a parameter")}};
  return form;
}

const MapForm& limit_form() {
  static const MapForm form{
      "limits",
      "'limits'",
      "What one key and the whole job may keep.",
      {between(optional("max_per_key", Form::kInteger, "window entries that one key keeps, 2000 unless given"), 1, 10'000'000),
       between(optional("max_keys", Form::kInteger,
                        "keys of one kind that a shard keeps; rules and totals by that key do not see records of further ones, which is told at the "
                        "end of the run"),
               1, 10'000'000'000),
       between(optional("evidence_ids", Form::kInteger, "ids of records that an alert names, 3 unless given"), 0, EvidenceIds::kKept)}};
  return form;
}

const MapForm& escalate_form() {
  static const MapForm form{"escalate",
                            "'escalate'",
                            "From which hit of a hold on an alert is worse.",
                            {between(required("hits", Form::kInteger, "the first hit that has the higher severity"), 2, 1'000'000'000),
                             words(required("severity", Form::kWord, "what it is from then on; higher than that of the rule"), kSeverities)}};
  return form;
}

const MapForm& cycle_form() {
  static const MapForm form{
      "cycle",
      "cycles",
      "One of the `cycles`: transfers that come back to the account where the first of them left. Each record that closes one is a record of an "
      "input of "
      "this name, which rules look at.",
      {required("on", Form::kText, "the input that has the transfers"), required("from", Form::kText, "the field with the account that pays"),
       required("to", Form::kText, "the field with the account that is paid"),
       required("within", Form::kDuration, "the span from the first transfer to the closing one"),
       between(required("max_hops", Form::kInteger, "transfers of a cycle at most"), 2, kHopsMax),
       between(optional("min_hops", Form::kInteger, "and at least, 2 unless given"), 2, kHopsMax),
       optional("where", Form::kExpression, "which records are transfers"),
       optional("amount", Form::kText, "the field with the amount, for min_pass_percent"),
       between(optional("min_pass_percent", Form::kInteger, "of what came, every account on the way passes on at least so much"), 1, 100),
       between(optional("max_transfers", Form::kInteger, "transfers that are kept, 100000 unless given; then the oldest is forgotten, and told"),
               1000, kCycleTransfersMax)}};
  return form;
}

const MapForm& exception_form() {
  static const MapForm form{"exception",
                            "an exception",
                            "A time in which hits of some rules are hidden: told with its name in `hidden_by`, counted, and of notice to nobody.",
                            {required("rules", Form::kTexts, "whose hits, by id"),
                             optional("where", Form::kExpression, "which of them: a condition over what `fire` may use; all unless given"),
                             required("reason", Form::kText, "why"), required("owner", Form::kText, "who answers for it"),
                             required("from", Form::kText, "the first day, `2026-11-01`, or a moment; by event time"),
                             required("until", Form::kText, "the day or moment at which it is over, at most 90 days later")}};
  return form;
}

const MapForm& rule_form() {
  static const MapForm form{
      "rule",
      "a rule",
      "A rule: a file in `rules/`.",
      {required("id", Form::kLabel, "a name that never changes"),
       required("title", Form::kText, "one line"),
       optional("description", Form::kText, "for people"),
       words(required("severity", Form::kWord, "how bad it is"), kSeverities),
       required("on", Form::kText, "the input whose records are looked at, or alerts, faults or silences"),
       required("by", Form::kTexts, "the key"),
       inside(optional("facts", Form::kMapOfMaps, "facts of its own, besides those of `ruleset.yaml`"), fact_form),
       required("fire", Form::kExpression, "the condition"),
       optional("code", Form::kLabel, "for what reads the alerts; the id unless given"),
       optional("say", Form::kText, "the sentence of an alert, with `{names}` in it"),
       words(optional("evaluation", Form::kWord, "`arrival` or `ordered`; that of the rule set unless given"), kEvaluation),
       words(optional("missing", Form::kWord,
                      "what an unknown condition is: `unknown`, counted by reason (unless given); `error`, a fault of the rule too; `false`, and not "
                      "counted"),
             kMissing),
       words(
           optional("fail", Form::kWord,
                    "`open`, unless given: a condition that is unknown does not fire; `closed`: it does, which `missing: false` leaves no room for"),
           kFail),
       optional("hold", Form::kDuration, "a hit less than this after the key's last alert of the rule is told as its repeat"),
       optional("dedup", Form::kTexts, "with `hold`: fields whose values tell alerts of a key apart; each combination has a hold of its own"),
       optional("renotify", Form::kDuration, "with `hold`: a repeat so long after the last notice is of notice again"),
       inside(optional("escalate", Form::kMap, "with `hold`: how many hits raise the severity"), escalate_form),
       optional("runbook", Form::kText, "where it stands what to do: a link, in every alert"),
       optional("columns", Form::kExpressions, "further columns of an alert"),
       optional("add_to", Form::kExpressions, "NAME of a list: what each alert puts into it, for as long as its `added_for` says"),
       optional("owner", Form::kText, "who answers for it: a field of the inputs `alerts` and `faults`, for rules that look at them")}};
  return form;
}

}  // namespace reckoner
