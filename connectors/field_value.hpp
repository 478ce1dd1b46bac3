// One field's text -> its cell, with every constraint of the schema checked: the single place where JSON, CSV and the learned template
// agree on what a value means. Read-only after construction, any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "connectors/exact_decimal.hpp"
#include "connectors/fixed_pattern.hpp"
#include "connectors/name_table.hpp"
#include "engine/error.hpp"
#include "engine/schema.hpp"

namespace re2 {
class RE2;
}

namespace reckoner {

class FieldReader {
 public:
  // A pattern that RE2 refuses and an enum without names are kConfiguration errors.
  [[nodiscard]] static Result<FieldReader> make(const Field& field);

  // Fields of a JSON number. `number` is what read_number() made of the token.
  [[nodiscard]] ParsedCell from_number(const NumberText& number) const;

  // Fields of a JSON string, unescaped. Decimals and money may be written as strings; integers and epoch times may not.
  // For a string field the cell is 0: the caller knows where the bytes lie and packs the reference.
  [[nodiscard]] ParsedCell from_string(std::string_view text) const;

  [[nodiscard]] ParsedCell from_bool(bool value) const;

  // Fields of a CSV cell, unquoted: a cell has no type of its own, so the field's type decides how it is read.
  [[nodiscard]] ParsedCell from_csv(std::string_view text) const;

  // What is wrong with `text` and what to do about it; `code` is what one of the above returned.
  [[nodiscard]] std::string explain(RejectCode code, std::string_view text) const;

  // For the template's own parsing of short numbers: the scale when the cell is the number times 10^scale, else -1.
  [[nodiscard]] int plain_scale() const;
  [[nodiscard]] ParsedCell within_range(std::int64_t cell) const {
    return cell >= minimum_ && cell <= maximum_ ? ParsedCell{cell, RejectCode::kNone} : ParsedCell{0, RejectCode::kOutOfRange};
  }
  [[nodiscard]] const Field& field() const { return field_; }
  [[nodiscard]] const NameTable& names() const { return names_; }
  [[nodiscard]] const FixedPattern* fixed_pattern() const { return fixed_ ? &*fixed_ : nullptr; }

 private:
  explicit FieldReader(const Field& field);
  [[nodiscard]] ParsedCell check_text(std::string_view text) const;
  [[nodiscard]] ParsedCell time_from_number(const NumberText& number) const;

  Field field_;
  std::int64_t minimum_;
  std::int64_t maximum_;
  NameTable names_;                          // kEnum
  std::optional<FixedPattern> fixed_;        // the pattern, where it is of that kind
  std::shared_ptr<const re2::RE2> pattern_;  // null when there is none
};

// `text` for a message: at most 40 bytes, in quotes, anything but printable ASCII as \xNN, so that no record can write into a log.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace reckoner
