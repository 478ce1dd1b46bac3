// Findings about files of ours: file, line, column, what is wrong, what to do next. Every code is in one table (diagnostic.cpp), which the
// reference page is made from; a code's name is stable, since people search for it and ignore lists hold it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reckoner {

inline constexpr std::size_t kDiagnosticsMax = 1000;  // of one rule set; further ones are left out

enum class DiagnosticCode : std::uint8_t {
  kFile,
  kYamlSyntax,
  kYamlFeature,
  kYamlTooLarge,
  kYamlText,
  kYamlTab,
  kDuplicateKey,
  kUnknownKey,
  kMissingKey,
  kWrongForm,
  kSurprise,
  kBadNumber,
  kBadDuration,
  kBadSize,
  kBadName,
  kReservedName,
  kDuplicateName,
  kOutOfRange,
  kTooMany,
  kNotOneOf,
  kUnknownInput,
  kUnknownField,
  kUnknownName,
  kUnknownParameter,
  kUnknownScore,
  kUnknownList,
  kUnknownFunction,
  kExpressionSyntax,
  kExpressionTooLarge,
  kChainedComparison,
  kTypeMismatch,
  kCurrencyMismatch,
  kScaleTooLarge,
  kUnknownEnumName,
  kConstantOverflow,
  kDivisionByZero,
  kEmptyRange,
  kConstantCondition,
  kMixedKeys,
  kBadKey,
  kCycle,
  kFactForm,
  kSentence,
  kBadPattern,
  kBadInput,
  kBadBands,
  kScoreUse,
  kBadPublish,
  kBadList,
  kBadZone,
  kBadCalendar,
  kBadException,
  kBadRule,
  kUnknownEnvironment,
  kUnknownOverride,
  kBadOverride,
  kNothingToCompute,
  kBadTime,
  kNeverTrue,
  kAlwaysTrue,
  kNeverKnown,
  kShadowedRule,
  kDeadParameter,
  kUnusedFact,
  kUntestedRule,
  kIdleOverride,
};

// An error keeps the rule set from starting; a warning is about what it can hardly mean.
enum class DiagnosticLevel : std::uint8_t { kError, kWarning };
[[nodiscard]] std::string_view to_text(DiagnosticLevel level);

struct DiagnosticInfo {
  DiagnosticCode code;
  DiagnosticLevel level;
  std::string_view name;     // in brackets at the end of a finding: "unknown-key"
  std::string_view summary;  // what the code means
  std::string_view advice;   // what to do, unless the finding knows better
  std::string_view wrong;    // an example, and the same put right
  std::string_view right;
};

[[nodiscard]] std::span<const DiagnosticInfo> diagnostic_table();
[[nodiscard]] const DiagnosticInfo& diagnostic_info(DiagnosticCode code);

struct Diagnostic {
  std::string file;
  std::uint32_t line = 0;    // from 1; 0 = the file as a whole
  std::uint32_t column = 0;  // from 1, in characters
  DiagnosticCode code = DiagnosticCode::kFile;
  std::string text;
  std::string advice;
  std::string line_text{};  // the line it is in; empty for a file as a whole
};

// "rules/R1.yaml:7:3: error: unknown key 'titel'; did you mean 'title'? [unknown-key]"
[[nodiscard]] std::string to_text(const Diagnostic& diagnostic);

// The same, then its line and a caret below the place, each indented; no line of it ends with a blank. `folder` is put before the file.
[[nodiscard]] std::string to_text_with_line(const Diagnostic& diagnostic, std::string_view folder);

// By file, line, column, then text; equal findings once.
void sort_diagnostics(std::vector<Diagnostic>& diagnostics);

// The candidate with the smallest edit distance (letter case counts half as much as another letter), or "" when none is near enough to be
// a slip of the pen. The first of equals wins. The view is into `candidates`.
[[nodiscard]] std::string_view nearest_name(std::string_view name, std::span<const std::string> candidates);

// "did you mean 'title'?" or, without a near name, "valid here: a, b, c".
[[nodiscard]] std::string name_advice(std::string_view name, std::span<const std::string> candidates);

}  // namespace reckoner
