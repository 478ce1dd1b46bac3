// How the columns of a change event are to be read: by the schema's declaration alone, or by what the event's own schema part says of their
// types (decimals as bytes with a scale, the times of io.debezium.time and of Kafka Connect). Read-only after construction.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/field_value.hpp"
#include "connectors/record_plan.hpp"

namespace reckoner {

// What a JSON string of a decimal column holds.
enum class DecimalForm : std::uint8_t {
  kText,    // the number: decimal.handling.mode=string
  kBinary,  // its bytes in base64: decimal.handling.mode=precise
};

struct ColumnForm {
  FieldReader reader;  // of a time: with the format that the column has
  DecimalForm decimal = DecimalForm::kText;
  int scale = 0;               // kBinary
  std::string_view unfit_why;  // not empty: the column's type can be no value of the field's
};
using ColumnForms = std::vector<ColumnForm>;  // by field

// As declared. `decimal` is what decimals are where no schema part says it; the scale is then the field's.
[[nodiscard]] ColumnForms declared_forms(const RecordPlan& plan, DecimalForm decimal);

// As the schema part of an event says, which is a valid JSON object; columns that it does not name stay as declared.
[[nodiscard]] ColumnForms described_forms(const RecordPlan& plan, const ColumnForms& declared, std::string_view schema_part);

// The column that a field's path names, before or after the change; empty for what stands around the images.
[[nodiscard]] std::string_view column_of_path(std::string_view path);

}  // namespace reckoner
