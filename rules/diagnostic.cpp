#include "rules/diagnostic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "engine/check.hpp"

namespace reckoner {

namespace {

using Code = DiagnosticCode;
using Level = DiagnosticLevel;

constexpr std::array kTable{
    DiagnosticInfo{Code::kFile, Level::kError, "file", "a file or folder of the rule set cannot be read", "check the path and its permissions",
                   "rules/R1.yml", "rules/R1.yaml"},
    DiagnosticInfo{Code::kYamlSyntax, Level::kError, "yaml-syntax", "the file is not valid YAML",
                   "look at the indentation, quotes and brackets before this place", "title: \"A rule", "title: \"A rule\""},
    DiagnosticInfo{Code::kYamlFeature, Level::kError, "yaml-feature",
                   "a YAML feature that rule sets do not use: anchor, alias, merge key, tag, directive or second document",
                   "write the value out where it is needed", "on: &input transactions", "on: transactions"},
    DiagnosticInfo{Code::kYamlTooLarge, Level::kError, "yaml-too-large", "the file, one of its lines or its nesting is larger than any rule needs",
                   "split it into smaller files", "a line of 9000 bytes", "the same text over several lines, after >-"},
    DiagnosticInfo{Code::kYamlText, Level::kError, "yaml-text", "the file is not UTF-8 text", "save it as UTF-8 text",
                   "a file saved as Latin-1 or UTF-16", "the same file saved as UTF-8"},
    DiagnosticInfo{Code::kYamlTab, Level::kError, "yaml-tab", "a tab, which YAML readers understand differently", "use spaces", "a tab before a key",
                   "spaces before it"},
    DiagnosticInfo{Code::kDuplicateKey, Level::kError, "duplicate-key", "the same key twice in one mapping", "keep one of the two",
                   "severity: low ... severity: high", "severity: high"},
    DiagnosticInfo{Code::kUnknownKey, Level::kError, "unknown-key", "a key that means nothing here", "remove it", "titel: Velocity burst",
                   "title: Velocity burst"},
    DiagnosticInfo{Code::kMissingKey, Level::kError, "missing-key", "a required key is not there", "add it", "a rule without severity",
                   "severity: high"},
    DiagnosticInfo{Code::kWrongForm, Level::kError, "wrong-form", "a value of another form than the key takes",
                   "see the rule reference for the form of this key", "fire: [n >= 10]", "fire: n >= 10"},
    DiagnosticInfo{Code::kSurprise, Level::kError, "surprise", "a value that YAML readers take for something else than it looks like",
                   "put it in quotes if it is text", "title: no", "title: \"no\""},
    DiagnosticInfo{Code::kBadNumber, Level::kError, "bad-number", "not a number that this key or expression takes",
                   "write it as plain digits, for example 250 or 250.00", "version: 1_000", "version: 1000"},
    DiagnosticInfo{Code::kBadDuration, Level::kError, "bad-duration", "not a duration", "write a whole number and a unit: 500ms, 90s, 5m, 24h or 7d",
                   "within: 5 minutes", "within: 5m"},
    DiagnosticInfo{Code::kBadSize, Level::kError, "bad-size", "not a size in bytes", "write a whole number and a unit: 512KiB, 256MiB or 2GiB",
                   "max_bytes: 1GB", "max_bytes: 1GiB"},
    DiagnosticInfo{Code::kBadName, Level::kError, "bad-name", "a name with letters that names do not have",
                   "use letters, digits and _, starting with a letter", "facts: {tiny-cards: ...}", "facts: {tiny_cards: ...}"},
    DiagnosticInfo{Code::kReservedName, Level::kError, "reserved-name", "a name that is a word of the expression language", "choose another name",
                   "facts: {and: ...}", "facts: {both: ...}"},
    DiagnosticInfo{Code::kDuplicateName, Level::kError, "duplicate-name", "two things with one name", "rename one of the two",
                   "two rules with id: R1", "id: R1 and id: R2"},
    DiagnosticInfo{Code::kOutOfRange, Level::kError, "out-of-range", "a value outside the range that this key takes",
                   "choose a value inside the range", "scale: 12", "scale: 2"},
    DiagnosticInfo{Code::kTooMany, Level::kError, "too-many", "more of something than a rule set may have", "split the rule set",
                   "more than 64 inputs", "two rule sets"},
    DiagnosticInfo{Code::kNotOneOf, Level::kError, "not-one-of", "a value that is none of the allowed words", "use one of the allowed words",
                   "severity: severe", "severity: critical"},
    DiagnosticInfo{Code::kUnknownInput, Level::kError, "unknown-input", "an input that ruleset.yaml does not declare", "declare it under inputs",
                   "on: transaction", "on: transactions"},
    DiagnosticInfo{Code::kUnknownField, Level::kError, "unknown-field", "a field that the input does not have", "declare it under the input's fields",
                   "sum: amont", "sum: amount"},
    DiagnosticInfo{Code::kUnknownName, Level::kError, "unknown-name", "a name in an expression that is no field, fact or measure here",
                   "declare it, or correct the name", "fire: amont > 5 USD", "fire: amount > 5 USD"},
    DiagnosticInfo{Code::kUnknownParameter, Level::kError, "unknown-parameter", "a parameter that ruleset.yaml does not declare",
                   "declare it under parameters", "fire: amount > param.limt", "fire: amount > param.limit"},
    DiagnosticInfo{Code::kUnknownScore, Level::kError, "unknown-score", "a score that ruleset.yaml does not declare", "declare it under scores",
                   "fire: score.helth < 50", "fire: score.health < 50"},
    DiagnosticInfo{Code::kUnknownList, Level::kError, "unknown-list", "a list that ruleset.yaml does not declare", "declare it under lists",
                   "fire: payee_id in list.bloked", "fire: payee_id in list.blocked"},
    DiagnosticInfo{Code::kUnknownFunction, Level::kError, "unknown-function", "a function that the expression language does not have",
                   "use one of those that the finding names", "fire: absolute(change) > 5", "fire: abs(change) > 5"},
    DiagnosticInfo{Code::kExpressionSyntax, Level::kError, "expression-syntax", "the expression cannot be understood", "see the expression reference",
                   "fire: n >= 10 &&  ok", "fire: n >= 10 and ok"},
    DiagnosticInfo{Code::kExpressionTooLarge, Level::kError, "expression-too-large", "the expression is too long or too deeply nested",
                   "split it into facts or parts", "70 parentheses in each other", "a fact for the inner part"},
    DiagnosticInfo{Code::kChainedComparison, Level::kError, "chained-comparison", "a comparison of a comparison", "join two comparisons with 'and'",
                   "fire: 1 < n < 5", "fire: n > 1 and n < 5"},
    DiagnosticInfo{Code::kTypeMismatch, Level::kError, "type-mismatch", "values of types that do not go together", "bring both sides to one type",
                   "fire: type > 5", "fire: type == 'refund'"},
    DiagnosticInfo{Code::kCurrencyMismatch, Level::kError, "currency-mismatch", "money of two currencies",
                   "compare, add and divide money of one currency only", "fire: amount > 5 EUR, of a field in USD", "fire: amount > 5 USD"},
    DiagnosticInfo{Code::kScaleTooLarge, Level::kError, "scale-too-large", "more digits after the point than a value can carry",
                   "divide later, or use fewer digits", "rate * rate * rate * rate", "rate * rate"},
    DiagnosticInfo{Code::kUnknownEnumName, Level::kError, "unknown-enum-name", "a text that is none of the enum's names",
                   "use one of the enum's names", "type == 'card_paymnt'", "type == 'card_payment'"},
    DiagnosticInfo{Code::kConstantOverflow, Level::kError, "constant-overflow", "a constant too large for 64 bits", "use a smaller number",
                   "n > 9223372036854775808", "n > 1000"},
    DiagnosticInfo{Code::kDivisionByZero, Level::kError, "division-by-zero", "a division by a constant zero", "divide by something else", "spent / 0",
                   "spent / count"},
    DiagnosticInfo{Code::kEmptyRange, Level::kError, "empty-range", "a range that holds no value", "write the lower bound first", "amount in [10, 5)",
                   "amount in [5, 10)"},
    DiagnosticInfo{Code::kConstantCondition, Level::kError, "constant-condition", "a condition that is always true or always false",
                   "remove it, or compare with a field or a fact", "fire: 5 > 3", "fire: n > 3"},
    DiagnosticInfo{Code::kMixedKeys, Level::kError, "mixed-keys", "a fact or score of another key, where it cannot be asked for",
                   "use facts of the same 'by'", "a rule by account_id, on an input without device_id, with a fact by device_id",
                   "a rule by device_id, or on an input that has it"},
    DiagnosticInfo{Code::kBadKey, Level::kError, "bad-key", "a 'by' that cannot be a key of these records",
                   "use string, integer or enum fields that the input has", "by: amount", "by: account_id"},
    DiagnosticInfo{Code::kCycle, Level::kError, "cycle", "facts that need each other", "remove one of the references",
                   "a: {count: true, within: 1h, where: b > 1}, and b with where: a > 1", "one of the two without the other"},
    DiagnosticInfo{Code::kFactForm, Level::kError, "fact-form", "a fact that computes nothing, or two things, or with a setting of another kind",
                   "see the kinds of facts in the rule reference", "n: {count: true}", "n: {count: true, within: 1h}"},
    DiagnosticInfo{Code::kSentence, Level::kError, "sentence", "braces that do not pair in a sentence",
                   "write {name} for a value and {{ or }} for a brace", "say: \"{n payments\"", "say: \"{n} payments\""},
    DiagnosticInfo{Code::kBadPattern, Level::kError, "bad-pattern", "not a regular expression of RE2", "see github.com/google/re2/wiki/Syntax",
                   "pattern: \"[A-Z\"", "pattern: \"[A-Z]+\""},
    DiagnosticInfo{Code::kBadInput, Level::kError, "bad-input", "settings of an input that do not go together", "correct the input's settings",
                   "time: a field of type string", "time: a field of type time that is required"},
    DiagnosticInfo{Code::kBadBands, Level::kError, "bad-bands", "bands of a score that do not descend",
                   "list bands from the highest lower bound to the lowest", "bands: {watch: 50, good: 80}", "bands: {good: 80, watch: 50}"},
    DiagnosticInfo{Code::kScoreUse, Level::kError, "score-use", "a score where it has no value",
                   "use it in rules of the same 'by' on an input that recomputes it", "where: score.health < 50, in a fact",
                   "fire: score.health < 50, in a rule"},
    DiagnosticInfo{Code::kBadPublish, Level::kError, "bad-publish", "what is told of a score does not go together with how it is computed",
                   "see scores in the rule reference", "publish: {settle: 10m}, with recompute: event",
                   "publish: {settle: 10m}, with recompute: event_and_expiry"},
    DiagnosticInfo{Code::kBadList, Level::kError, "bad-list", "a list whose entries cannot be used",
                   "write CSV with a first line that names its columns: value, from, until, by, reason", "P7,2026-13-01, under value,until",
                   "P7,2026-12-31"},
    DiagnosticInfo{Code::kBadZone, Level::kError, "bad-zone", "a time zone that is not known, or cannot be read",
                   "write the name of an IANA zone, for example 'Europe/Berlin'", "local_hour(at, 'Europe/Berln')",
                   "local_hour(at, 'Europe/Berlin')"},
    DiagnosticInfo{Code::kBadCalendar, Level::kError, "bad-calendar", "a calendar that is not declared, or whose days are none",
                   "declare it under calendars, with a zone and a list of holidays", "within: 2bd, and calendar: target",
                   "within: 2bd, and calendar: target2"},
    DiagnosticInfo{Code::kBadException, Level::kError, "bad-exception", "an exception that names no rule, or whose time is none",
                   "name rules by their ids, and a time of 90 days at most", "from: 2026-01-01, and until: 2027-01-01",
                   "from: 2026-01-01, and until: 2026-03-01"},
    DiagnosticInfo{Code::kBadRule, Level::kError, "bad-rule", "settings of a rule that do not go together", "take one of them out",
                   "missing: false, and fail: closed", "missing: unknown, and fail: closed"},
    DiagnosticInfo{Code::kUnknownEnvironment, Level::kError, "unknown-environment", "an environment that ruleset.yaml does not declare",
                   "declare it under environments, or run the rule set without one", "reckoner run job.yaml --set environment=stagin",
                   "reckoner run job.yaml --set environment=staging"},
    DiagnosticInfo{Code::kUnknownOverride, Level::kError, "unknown-override", "an environment overrides something that is not there",
                   "correct the name; what is new stands under add", "staging: {parameters: {limt: 50 USD}}",
                   "staging: {parameters: {limit: 50 USD}}"},
    DiagnosticInfo{Code::kBadOverride, Level::kError, "bad-override", "an override that does not say what becomes of what is there",
                   "write replace: {FIELD: ...} or add: {FIELD: ...}", "staging: {rules: {R1: {dedup: [payee_id]}}}",
                   "staging: {rules: {R1: {replace: {dedup: [payee_id]}}}}"},
    DiagnosticInfo{Code::kNothingToCompute, Level::kError, "nothing-to-compute", "a rule set without totals, scores and rules", "add one of them",
                   "inputs alone", "inputs and a rule"},
    DiagnosticInfo{Code::kBadTime, Level::kError, "bad-time", "not a moment that a test takes",
                   "write 10:00, 10:00:30.250, +5m or 2026-01-01T10:00:00Z", "at: 10 am", "at: \"10:00\""},
    DiagnosticInfo{Code::kNeverTrue, Level::kWarning, "never-true", "a condition, or a part of it, that nothing makes true",
                   "look at the bounds of what it compares, in ruleset.yaml and in the condition", "fire: amount > 5 USD and amount < 2 USD",
                   "fire: amount > 2 USD and amount < 5 USD"},
    DiagnosticInfo{Code::kAlwaysTrue, Level::kWarning, "always-true", "a condition, or a part of it, that holds wherever it is looked at",
                   "remove it, or compare with something else", "fire: payments >= 0", "fire: payments >= 10"},
    DiagnosticInfo{Code::kNeverKnown, Level::kWarning, "never-known", "a fact that asks for more samples than there can ever be",
                   "lower min_samples, or keep more", "min_samples: 5000, and limits: {max_per_key: 2000}",
                   "min_samples: 50, and limits: {max_per_key: 2000}"},
    DiagnosticInfo{Code::kShadowedRule, Level::kWarning, "shadowed-rule",
                   "a rule that fires nowhere but where another one of at least its severity does",
                   "remove it, narrow the other one, or give this one a higher severity", "R1 at n >= 5 and R2 at n >= 9, both high",
                   "R2 with severity: critical"},
    DiagnosticInfo{Code::kDeadParameter, Level::kWarning, "dead-parameter", "a parameter, list or macro that nothing uses",
                   "remove it, or write param.NAME where its value stands", "parameters: {limit: 5 USD}, and fire: amount > 5 USD",
                   "fire: amount > param.limit"},
    DiagnosticInfo{Code::kUnusedFact, Level::kWarning, "unused-fact", "a fact that nothing uses, and that costs state all the same",
                   "remove it, or use it in fire, say or columns", "facts: {spent: ...}, fire: n > 5", "say: \"{spent} in {n} payments\""},
    DiagnosticInfo{Code::kUntestedRule, Level::kWarning, "untested-rule", "a rule that no test is about",
                   "write rules/NAME.test.yaml beside it: reckoner new rule shows one", "rules/R1.yaml alone",
                   "rules/R1.yaml and rules/R1.test.yaml"},
    DiagnosticInfo{Code::kIdleOverride, Level::kWarning, "idle-override", "an override that changes nothing", "remove it",
                   "severity: high in R1, and staging: {rules: {R1: {severity: high}}}", "staging: {rules: {R1: {severity: low}}}"},
};

char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter; }

bool equal_but_for_case(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](char a, char b) { return lower(a) == lower(b); });
}

// Distance in half steps: 2 for a letter added, left out or replaced and for two swapped neighbours, 1 for another letter case.
// Optimal string alignment, three rows.
std::size_t half_distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> before(right.size() + 1);
  std::vector<std::size_t> last(right.size() + 1);
  std::vector<std::size_t> row(right.size() + 1);
  for (std::size_t j = 0; j <= right.size(); ++j) last[j] = 2 * j;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    row[0] = 2 * i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const char a = left[i - 1];
      const char b = right[j - 1];
      std::size_t replaced = 2;
      if (a == b)
        replaced = 0;
      else if (lower(a) == lower(b))
        replaced = 1;
      row[j] = std::min({last[j] + 2, row[j - 1] + 2, last[j - 1] + replaced});
      if (i > 1 && j > 1 && a == right[j - 2] && left[i - 2] == b) row[j] = std::min(row[j], before[j - 2] + 2);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[right.size()];
}

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

// The first byte at or after `at` that begins a character.
std::size_t next_character(std::string_view line, std::size_t at) {
  while (at < line.size() && continues_character(line[at])) ++at;
  return std::min(at, line.size());
}

// Of the column from 1, in characters.
std::size_t offset_of_column(std::string_view line, std::uint32_t column) {
  std::size_t offset = 0;
  while (--column > 0 && offset < line.size()) offset = next_character(line, offset + 1);
  return offset;
}

bool is_word(char letter) {
  return (letter >= '0' && letter <= '9') || letter == '_' || letter == '.' || (lower(letter) >= 'a' && lower(letter) <= 'z');
}

constexpr std::size_t kComparedBytesMax = 64;  // longer names are no slips of the pen
constexpr std::size_t kListedNamesMax = 12;

}  // namespace

std::string_view to_text(DiagnosticLevel level) { return level == DiagnosticLevel::kError ? "error" : "warning"; }

std::span<const DiagnosticInfo> diagnostic_table() { return kTable; }

const DiagnosticInfo& diagnostic_info(DiagnosticCode code) {
  const auto position = static_cast<std::size_t>(code);
  RECKONER_CHECK(position < kTable.size() && kTable[position].code == code, "the table misses code {}", position);
  return kTable[position];
}

std::string to_text(const Diagnostic& diagnostic) {
  const std::string place = diagnostic.line == 0 ? diagnostic.file : fmt::format("{}:{}:{}", diagnostic.file, diagnostic.line, diagnostic.column);
  const DiagnosticInfo& info = diagnostic_info(diagnostic.code);
  return fmt::format("{}: {}: {}; {} [{}]", place, to_text(info.level), diagnostic.text, diagnostic.advice, info.name);
}

std::string to_text_with_line(const Diagnostic& diagnostic, std::string_view folder) {
  constexpr std::size_t kShownMax = 160;      // bytes of the line
  constexpr std::uint32_t kShownBefore = 40;  // columns before the place, where the line is longer
  std::string text = folder.empty() ? to_text(diagnostic) : fmt::format("{}/{}", folder, to_text(diagnostic));
  const std::string& line = diagnostic.line_text;
  if (line.empty() || diagnostic.column == 0) return text;
  const std::size_t place = offset_of_column(line, diagnostic.column);
  const bool is_cut = line.size() > kShownMax && diagnostic.column > kShownBefore;
  const std::size_t begin = is_cut ? offset_of_column(line, diagnostic.column - kShownBefore) : 0;
  const std::size_t end = next_character(line, std::min(line.size(), begin + kShownMax));
  std::string marks;
  for (std::size_t at = begin; at < place; at = next_character(line, at + 1)) marks += ' ';
  marks += '^';
  for (std::size_t at = place + 1; at < end && is_word(line[place]) && is_word(line[at]); ++at) marks += '~';
  std::string shown = line.substr(begin, end - begin);
  while (!shown.empty() && shown.back() == ' ') shown.pop_back();
  return fmt::format("{}\n    {}\n    {}", text, shown, marks);
}

void sort_diagnostics(std::vector<Diagnostic>& diagnostics) {
  const auto order = [](const Diagnostic& one) { return std::tie(one.file, one.line, one.column, one.text, one.advice, one.code); };
  std::sort(diagnostics.begin(), diagnostics.end(), [&](const Diagnostic& left, const Diagnostic& right) { return order(left) < order(right); });
  const auto same = [&](const Diagnostic& left, const Diagnostic& right) { return order(left) == order(right); };
  diagnostics.erase(std::unique(diagnostics.begin(), diagnostics.end(), same), diagnostics.end());
}

std::string_view nearest_name(std::string_view name, std::span<const std::string> candidates) {
  if (name.size() > kComparedBytesMax) return {};
  std::string_view best;
  // A third of the letters may differ, at least one.
  std::size_t limit = std::max<std::size_t>(2, 2 * name.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > kComparedBytesMax || candidate == name) continue;
    const std::size_t distance = equal_but_for_case(name, candidate) ? 1 : half_distance(name, candidate);
    if (distance >= limit || distance >= 2 * std::max(name.size(), candidate.size())) continue;
    limit = distance;
    best = candidate;
  }
  return best;
}

std::string name_advice(std::string_view name, std::span<const std::string> candidates) {
  if (const std::string_view near = nearest_name(name, candidates); !near.empty()) return fmt::format("did you mean '{}'?", near);
  if (candidates.empty()) return "there are none here";
  const std::size_t listed = std::min(candidates.size(), kListedNamesMax);
  return fmt::format("valid here: {}{}", fmt::join(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(listed), ", "),
                     listed < candidates.size() ? ", ..." : "");
}

}  // namespace reckoner
