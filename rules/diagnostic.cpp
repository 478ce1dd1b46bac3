#include "rules/diagnostic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "engine/check.hpp"

namespace reckoner {

namespace {

using Code = DiagnosticCode;

constexpr std::array kTable{
    DiagnosticInfo{Code::kFile, "file", "a file or folder of the rule set cannot be read", "check the path and its permissions"},
    DiagnosticInfo{Code::kYamlSyntax, "yaml-syntax", "the file is not valid YAML", "look at the indentation, quotes and brackets before this place"},
    DiagnosticInfo{Code::kYamlFeature, "yaml-feature",
                   "a YAML feature that rule sets do not use: anchor, alias, merge key, tag, directive or second document",
                   "write the value out where it is needed"},
    DiagnosticInfo{Code::kYamlTooLarge, "yaml-too-large", "the file, one of its lines or its nesting is larger than any rule needs",
                   "split it into smaller files"},
    DiagnosticInfo{Code::kYamlText, "yaml-text", "the file is not UTF-8 text", "save it as UTF-8 text"},
    DiagnosticInfo{Code::kYamlTab, "yaml-tab", "a tab, which YAML readers understand differently", "use spaces"},
    DiagnosticInfo{Code::kDuplicateKey, "duplicate-key", "the same key twice in one mapping", "keep one of the two"},
    DiagnosticInfo{Code::kUnknownKey, "unknown-key", "a key that means nothing here", "remove it"},
    DiagnosticInfo{Code::kMissingKey, "missing-key", "a required key is not there", "add it"},
    DiagnosticInfo{Code::kWrongForm, "wrong-form", "a value of another form than the key takes", "see the rule reference for the form of this key"},
    DiagnosticInfo{Code::kSurprise, "surprise", "a value that YAML readers take for something else than it looks like",
                   "put it in quotes if it is text"},
    DiagnosticInfo{Code::kBadNumber, "bad-number", "not a number that this key or expression takes",
                   "write it as plain digits, for example 250 or 250.00"},
    DiagnosticInfo{Code::kBadDuration, "bad-duration", "not a duration", "write a whole number and a unit: 500ms, 90s, 5m, 24h or 7d"},
    DiagnosticInfo{Code::kBadSize, "bad-size", "not a size in bytes", "write a whole number and a unit: 512KiB, 256MiB or 2GiB"},
    DiagnosticInfo{Code::kBadName, "bad-name", "a name with letters that names do not have", "use letters, digits and _, starting with a letter"},
    DiagnosticInfo{Code::kReservedName, "reserved-name", "a name that is a word of the expression language", "choose another name"},
    DiagnosticInfo{Code::kDuplicateName, "duplicate-name", "two things with one name", "rename one of the two"},
    DiagnosticInfo{Code::kOutOfRange, "out-of-range", "a value outside the range that this key takes", "choose a value inside the range"},
    DiagnosticInfo{Code::kTooMany, "too-many", "more of something than a rule set may have", "split the rule set"},
    DiagnosticInfo{Code::kNotOneOf, "not-one-of", "a value that is none of the allowed words", "use one of the allowed words"},
    DiagnosticInfo{Code::kUnknownInput, "unknown-input", "an input that ruleset.yaml does not declare", "declare it under inputs"},
    DiagnosticInfo{Code::kUnknownField, "unknown-field", "a field that the input does not have", "declare it under the input's fields"},
    DiagnosticInfo{Code::kUnknownName, "unknown-name", "a name in an expression that is no field, fact or measure here",
                   "declare it, or correct the name"},
    DiagnosticInfo{Code::kUnknownParameter, "unknown-parameter", "a parameter that ruleset.yaml does not declare", "declare it under parameters"},
    DiagnosticInfo{Code::kUnknownScore, "unknown-score", "a score that ruleset.yaml does not declare", "declare it under scores"},
    DiagnosticInfo{Code::kUnknownFunction, "unknown-function", "a function that the expression language does not have",
                   "use min, max, abs, clamp, if or known"},
    DiagnosticInfo{Code::kExpressionSyntax, "expression-syntax", "the expression cannot be understood", "see the expression reference"},
    DiagnosticInfo{Code::kExpressionTooLarge, "expression-too-large", "the expression is too long or too deeply nested",
                   "split it into facts or parts"},
    DiagnosticInfo{Code::kChainedComparison, "chained-comparison", "a comparison of a comparison", "join two comparisons with 'and'"},
    DiagnosticInfo{Code::kTypeMismatch, "type-mismatch", "values of types that do not go together", "bring both sides to one type"},
    DiagnosticInfo{Code::kCurrencyMismatch, "currency-mismatch", "money of two currencies", "compare, add and divide money of one currency only"},
    DiagnosticInfo{Code::kScaleTooLarge, "scale-too-large", "more digits after the point than a value can carry",
                   "divide later, or use fewer digits"},
    DiagnosticInfo{Code::kUnknownEnumName, "unknown-enum-name", "a text that is none of the enum's names", "use one of the enum's names"},
    DiagnosticInfo{Code::kConstantOverflow, "constant-overflow", "a constant too large for 64 bits", "use a smaller number"},
    DiagnosticInfo{Code::kDivisionByZero, "division-by-zero", "a division by a constant zero", "divide by something else"},
    DiagnosticInfo{Code::kEmptyRange, "empty-range", "a range that holds no value", "write the lower bound first"},
    DiagnosticInfo{Code::kConstantCondition, "constant-condition", "a condition that is always true or always false",
                   "remove it, or compare with a field or a fact"},
    DiagnosticInfo{Code::kMixedKeys, "mixed-keys", "facts of different keys in one rule, score or total", "use facts of the same 'by'"},
    DiagnosticInfo{Code::kBadKey, "bad-key", "a 'by' that cannot be a key of these records", "use string, integer or enum fields that the input has"},
    DiagnosticInfo{Code::kCycle, "cycle", "facts that need each other", "remove one of the references"},
    DiagnosticInfo{Code::kFactForm, "fact-form", "a fact that computes nothing, or two things, or with a setting of another kind",
                   "see the kinds of facts in the rule reference"},
    DiagnosticInfo{Code::kSentence, "sentence", "braces that do not pair in a sentence", "write {name} for a value and {{ or }} for a brace"},
    DiagnosticInfo{Code::kBadPattern, "bad-pattern", "not a regular expression of RE2", "see github.com/google/re2/wiki/Syntax"},
    DiagnosticInfo{Code::kBadInput, "bad-input", "settings of an input that do not go together", "correct the input's settings"},
    DiagnosticInfo{Code::kBadBands, "bad-bands", "bands of a score that do not descend", "list bands from the highest lower bound to the lowest"},
    DiagnosticInfo{Code::kScoreUse, "score-use", "a score where it has no value", "use it in rules of the same 'by' on an input that recomputes it"},
    DiagnosticInfo{Code::kNothingToCompute, "nothing-to-compute", "a rule set without totals, scores and rules", "add one of them"},
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

constexpr std::size_t kComparedBytesMax = 64;  // longer names are no slips of the pen
constexpr std::size_t kListedNamesMax = 12;

}  // namespace

std::span<const DiagnosticInfo> diagnostic_table() { return kTable; }

const DiagnosticInfo& diagnostic_info(DiagnosticCode code) {
  const auto position = static_cast<std::size_t>(code);
  RECKONER_CHECK(position < kTable.size() && kTable[position].code == code, "the table misses code {}", position);
  return kTable[position];
}

std::string to_text(const Diagnostic& diagnostic) {
  const std::string place = diagnostic.line == 0 ? diagnostic.file : fmt::format("{}:{}:{}", diagnostic.file, diagnostic.line, diagnostic.column);
  return fmt::format("{}: error: {}; {} [{}]", place, diagnostic.text, diagnostic.advice, diagnostic_info(diagnostic.code).name);
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
