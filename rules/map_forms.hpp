// Every key that a file of ours may have: its form, its bounds and what it means, once. The loader checks against these tables, the JSON Schema
// for editors and the reference page are made from them (rules/json_schema, rules/key_reference).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reckoner {

enum class ValueForm : std::uint8_t {
  kText,         // any text
  kLabel,        // letters, digits, '-', '_', '.'; at most 64
  kTruth,        // true or false
  kTrue,         // true alone: what it computes is on or not there
  kInteger,      // low..high
  kNumber,       // a number, or money
  kDuration,     // 90s, 5m, 24h
  kSpan,         // a duration, or business days: 2bd
  kSize,         // 64KiB, 256MiB
  kWord,         // one of `words`
  kExpression,   // a text of the expression language
  kTexts,        // one text, or a list of them
  kPair,         // a list of two texts
  kMoment,       // 10:00, 10:00:30.250, +5m or 2026-01-01T10:00:00Z
  kMap,          // of the keys in `inner`
  kMapOfMaps,    // names to mappings of the keys in `inner`
  kMapsByLabel,  // labels to mappings of the keys in `inner`
  kListOfMaps,   // mappings of the keys in `inner`
  kExpressions,  // names to expressions
  kValues,       // names to single values
  kRecords,      // inputs to a record, or to a list of records; a record is fields to values, or a text as it is read
  kFieldValues,  // inputs to fields to values
  kRows,         // a list of rows, each columns to values
  kExpectation,  // kRows of alerts, the word any, or kMap
};

struct MapForm;

struct KeyInfo {
  std::string_view name;
  ValueForm form = ValueForm::kText;
  bool required = false;
  std::string_view meaning;  // a sentence for the reference
  std::span<const std::string_view> words{};
  std::int64_t low = 0;  // kInteger
  std::int64_t high = 0;
  const MapForm& (*inner)() = nullptr;
};

struct MapForm {
  std::string_view name;  // of its definition in the schema: "rule"
  std::string_view what;  // in findings: "a rule"
  std::string_view meaning;
  std::vector<KeyInfo> keys;
  const MapForm* overridden = nullptr;  // of an override: the form whose keys it changes

  [[nodiscard]] const KeyInfo* find(std::string_view key) const;
  [[nodiscard]] std::vector<std::string> names() const;
};

// Each lives as long as the program. Those of tests: test_forms.cpp.
[[nodiscard]] const MapForm& rule_set_form();
[[nodiscard]] const MapForm& input_form();
[[nodiscard]] const MapForm& list_form();
[[nodiscard]] const MapForm& field_form();
[[nodiscard]] const MapForm& calendar_form();
[[nodiscard]] const MapForm& dedupe_form();
[[nodiscard]] const MapForm& fact_form();
[[nodiscard]] const MapForm& baseline_form();
[[nodiscard]] const MapForm& sequence_step_form();
[[nodiscard]] const MapForm& together_step_form();
[[nodiscard]] const MapForm& absent_form();
[[nodiscard]] const MapForm& absent_side_form();
[[nodiscard]] const MapForm& total_form();
[[nodiscard]] const MapForm& measure_form();
[[nodiscard]] const MapForm& score_form();
[[nodiscard]] const MapForm& floor_form();
[[nodiscard]] const MapForm& publish_form();
[[nodiscard]] const MapForm& limit_form();
[[nodiscard]] const MapForm& rule_form();
[[nodiscard]] const MapForm& escalate_form();
[[nodiscard]] const MapForm& cycle_form();
[[nodiscard]] const MapForm& exception_form();
[[nodiscard]] const MapForm& environment_form();  // environment_forms.cpp
[[nodiscard]] const MapForm& environment_addition_form();
[[nodiscard]] const std::vector<const MapForm*>& override_forms();  // of the things that an environment changes field by field
[[nodiscard]] const MapForm& test_file_form();
[[nodiscard]] const MapForm& test_defaults_form();
[[nodiscard]] const MapForm& test_form();
[[nodiscard]] const MapForm& step_form();
[[nodiscard]] const MapForm& shuffle_form();
[[nodiscard]] const MapForm& expectation_form();
[[nodiscard]] const MapForm& expected_limits_form();
inline constexpr std::int64_t kLimitCountMax = 1'000'000'000;  // of how often a step may expect a limit to be in the way

// The words of a key, as texts that ValueReader::one_of takes.
[[nodiscard]] std::vector<std::string> words_of(const MapForm& form, std::string_view key);

}  // namespace reckoner
