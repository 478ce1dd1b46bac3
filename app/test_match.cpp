#include "app/test_match.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/whole_number.hpp"
#include "rules/literals.hpp"

namespace reckoner {

namespace {

struct Amount {
  ExactNumber number;
  std::string_view currency;  // "" = none said
};

std::optional<Amount> amount_of(std::string_view text) {
  const std::size_t blank = text.find(' ');
  const Parsed<ExactNumber> number = parse_number(text.substr(0, blank));
  if (!number) return std::nullopt;
  const std::string_view currency = blank == std::string_view::npos ? std::string_view{} : text.substr(blank + 1);
  if (!currency.empty() && currency.size() != 3) return std::nullopt;
  return Amount{trimmed(*number), currency};
}

bool same_amount(std::string_view left, std::string_view right) {
  const std::optional<Amount> a = amount_of(left);
  const std::optional<Amount> b = amount_of(right);
  if (!a || !b || a->number.unscaled != b->number.unscaled || a->number.scale != b->number.scale) return false;
  return a->currency.empty() || b->currency.empty() || a->currency == b->currency;
}

// Milliseconds of a duration, or of a moment, which a row writes as a number or as a text.
std::optional<std::int64_t> milliseconds_of(std::string_view text, std::int64_t start_ms) {
  if (const std::optional<std::int64_t> number = whole_number(text)) return number;
  if (const Parsed<std::int64_t> duration = parse_duration(text)) return *duration;
  return text.starts_with('+') ? std::nullopt : parse_moment(text, start_ms, start_ms);
}

bool is_null(const Written& value) {
  if (value.node->kind == YamlKind::kNothing) return true;
  return value.node->style == ScalarStyle::kPlain && (value.text == "null" || value.text == "~" || value.text == "unknown");
}

}  // namespace

bool same_value(const Written& expected, const ProbedValue& found, std::int64_t start_ms) {
  if (is_null(expected)) return !found || *found == "null";
  if (!found) return false;
  if (expected.text == *found || same_amount(expected.text, *found)) return true;
  const std::optional<std::int64_t> wanted = milliseconds_of(expected.text, start_ms);
  return wanted && !amount_of(expected.text) && wanted == milliseconds_of(*found, start_ms);
}

bool same_row(const ExpectedRow& expected, const ColumnLookUp& found, std::int64_t start_ms) {
  return std::all_of(expected.columns.begin(), expected.columns.end(), [&](const ExpectedValue& column) {
    const std::optional<ProbedValue> value = found(column.name.text);
    return same_value(column.value, value.value_or(std::nullopt), start_ms);
  });
}

std::string flow_value(const ProbedValue& value) {
  if (!value) return "null";
  const bool surprises = !plain_text_surprise(*value).empty() && !parse_number(*value);
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-. ";
  if (!value->empty() && !surprises && value->front() != ' ' && value->front() != '-' && value->find_first_not_of(kPlain) == std::string::npos)
    return *value;
  std::string text = "\"";
  for (const char letter : *value) {
    if (letter == '"' || letter == '\\') text += '\\';
    text += letter;
  }
  return text + "\"";
}

std::string row_as_expected(const ExpectedRow& expected) {
  std::vector<std::string> columns;
  columns.reserve(expected.columns.size());
  for (const ExpectedValue& column : expected.columns)
    columns.push_back(fmt::format("{}: {}", column.name.text, is_null(column.value) ? "null" : flow_value(column.value.text)));
  return fmt::format("{{{}}}", fmt::join(columns, ", "));
}

std::string limits_as_expected(const LimitCounts& limits) {
  return fmt::format("{{max_keys: {}, max_per_key: {}}}", limits.max_keys, limits.max_per_key);
}

std::string row_as_found(const std::vector<std::string>& columns, const ColumnLookUp& found) {
  std::vector<std::string> texts;
  for (const std::string& column : columns) {
    const std::optional<ProbedValue> value = found(column);
    texts.push_back(fmt::format("{}: {}", column, value ? flow_value(*value) : "(no such column)"));
  }
  return fmt::format("{{{}}}", fmt::join(texts, ", "));
}

std::vector<std::string> columns_of(const ExpectedRow& row) {
  std::vector<std::string> columns;
  columns.reserve(row.columns.size());
  for (const ExpectedValue& column : row.columns) columns.push_back(column.name.text);
  return columns;
}

std::vector<std::string> telling_columns(OutputId output) {
  switch (output) {
    case OutputId::kAlerts:
      return {"rule", "say"};
    case OutputId::kTotals:
      return {"window_start", "window_end"};
    case OutputId::kScores:
      return {"name", "score", "band"};
    case OutputId::kLate:
      return {"total", "window_start", "reason"};
    case OutputId::kDeadLetters:
      return {"input", "field", "message"};
    case OutputId::kDuplicates:
      return {"input", "id"};
  }
  return {};
}

}  // namespace reckoner
