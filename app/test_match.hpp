// Whether what came out is what a test expects.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/test_file.hpp"
#include "app/test_probes.hpp"

namespace reckoner {

// The value of a column, as a row writes it: nothing = no such column, an empty ProbedValue = unknown.
using ColumnLookUp = std::function<std::optional<ProbedValue>(const std::string& column)>;

// Equal texts; equal numbers and amounts however many digits they have; equal durations and moments in whatever form; null and unknown.
[[nodiscard]] bool same_value(const Written& expected, const ProbedValue& found, std::int64_t start_ms);

[[nodiscard]] bool same_row(const ExpectedRow& expected, const ColumnLookUp& found, std::int64_t start_ms);

// "{rule: VEL-01, payments: 11}", and what came out in the same columns.
[[nodiscard]] std::string row_as_expected(const ExpectedRow& expected);
[[nodiscard]] std::string row_as_found(const std::vector<std::string>& columns, const ColumnLookUp& found);

[[nodiscard]] std::vector<std::string> columns_of(const ExpectedRow& row);
// Which columns to show of a row that nobody expected.
[[nodiscard]] std::vector<std::string> telling_columns(OutputId output);

// A text as a value in a flow mapping, in quotes where YAML would read something else.
[[nodiscard]] std::string flow_value(const ProbedValue& value);

// {max_keys: 1, max_per_key: 0}
[[nodiscard]] std::string limits_as_expected(const LimitCounts& limits);

}  // namespace reckoner
