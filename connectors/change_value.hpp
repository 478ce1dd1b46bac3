// One value of a change event -> its cell, exactly. What a value means is the field's to say (connectors/field_value.hpp); this knows the forms
// that Debezium gives it.
#pragma once

#include <string>
#include <string_view>

#include "connectors/change_columns.hpp"
#include "connectors/exact_decimal.hpp"

namespace reckoner {

struct ChangeValue {
  enum class Absence : std::uint8_t {
    kThere,
    kNull,
    kUnchanged,  // a large column that did not change and was not sent (TOAST): unknown
  };
  Absence absence = Absence::kThere;
  ParsedCell parsed;          // of a string field: only whether it fits
  std::string_view text;      // of a string field: what it holds
  bool is_unescaped = false;  // `text` lies in the scratch, not in the record
  bool is_double = false;     // a decimal went through a float: decimal.handling.mode=double
  std::string why;            // of one that does not fit
};

// `token` is of valid JSON. `placeholder` is what stands for an unchanged large column. `scratch` holds strings that had escapes.
[[nodiscard]] ChangeValue read_change_value(const ColumnForm& form, std::string_view token, std::string_view placeholder, std::string& scratch);

}  // namespace reckoner
