#include "connectors/change_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "connectors/binary_decimal.hpp"
#include "connectors/json_items.hpp"
#include "engine/check.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kDateBytes = 10;  // 2026-01-31

bool is_decimal(const Field& field) { return field.type.kind == ValueKind::kDecimal || field.type.kind == ValueKind::kMoney; }

// 2026-01-31, and 2026-01-31Z, as io.debezium.time.IsoDate is written: that day's begin in UTC.
bool is_date(std::string_view text) {
  return (text.size() == kDateBytes || (text.size() == kDateBytes + 1 && text.back() == 'Z')) && text[4] == '-' && text[7] == '-';
}

bool stands_for_unchanged(std::string_view text, std::string_view placeholder) {
  if (text == placeholder) return true;
  const std::size_t encoded_size = (placeholder.size() + 2) / 3 * 4;  // of a column of bytes
  return text.size() == encoded_size && decode_base64(text) == placeholder;
}

class Reading {
 public:
  Reading(const ColumnForm& form, std::string_view placeholder, std::string& scratch) : form_(form), placeholder_(placeholder), scratch_(scratch) {}

  ChangeValue read(std::string_view token) {
    switch (token.front()) {
      case 'n':
        value_.absence = ChangeValue::Absence::kNull;
        break;
      case 't':
      case 'f':
        settle(form_.reader.from_bool(token.front() == 't'), token);
        break;
      case '"':
        read_string(token);
        break;
      case '{':
        read_object(token);
        break;
      case '[':
        settle({0, RejectCode::kWrongType}, token);
        break;
      default:
        read_number_token(token);
    }
    if (value_.absence == ChangeValue::Absence::kThere && !form_.unfit_why.empty()) {
      value_.parsed = {0, RejectCode::kWrongType};
      value_.why = form_.unfit_why;
    }
    return std::move(value_);
  }

 private:
  void settle(ParsedCell parsed, std::string_view text) {
    value_.parsed = parsed;
    if (!parsed.ok()) value_.why = form_.reader.explain(parsed.code, text);
  }

  void read_number_token(std::string_view token) {
    const std::optional<NumberText> number = read_number(token);
    RECKONER_CHECK(number.has_value(), "a number that was validated");
    value_.is_double = is_decimal(form_.reader.field()) && token.find_first_of(".eE") != std::string_view::npos;
    settle(form_.reader.from_number(*number), token);
  }

  void read_string(std::string_view token) {
    const std::string_view text = string_content(token, scratch_);
    value_.is_unescaped = text.data() == scratch_.data();
    if (stands_for_unchanged(text, placeholder_)) {
      value_.absence = ChangeValue::Absence::kUnchanged;
      return;
    }
    const Field& field = form_.reader.field();
    if (form_.decimal == DecimalForm::kBinary && field.type.is_numeric()) return read_binary(text, form_.scale);
    if (field.type.kind == ValueKind::kTime && is_date(text))
      return settle(form_.reader.from_string(fmt::format("{}T00:00:00Z", text.substr(0, kDateBytes))), text);
    value_.text = text;
    settle(form_.reader.from_string(text), text);
    if (is_decimal(field) && value_.parsed.code == RejectCode::kBadNumber && decode_base64(text))
      value_.why += "; if it is a number's bytes (decimal.handling.mode=precise), send the schema part, or set decimals: precise for the input";
  }

  // A numeric without a scale of its own: {"scale":3,"value":"fQ=="}.
  void read_object(std::string_view token) {
    const std::optional<NumberText> scale = read_number(find_member(token, "scale"));
    const std::string_view value = find_member(token, "value");
    if (!form_.reader.field().type.is_numeric() || !scale || !is_string(value)) return settle({0, RejectCode::kWrongType}, token);
    const ParsedCell parsed = to_scaled_integer(*scale, 0);
    const bool is_scale = parsed.ok() && parsed.cell >= 0 && parsed.cell <= kBinaryScaleMax;
    read_binary(value.substr(1, value.size() - 2), is_scale ? static_cast<int>(parsed.cell) : -1);
  }

  void read_binary(std::string_view base64, int scale) {
    const std::optional<std::string> bytes = decode_base64(base64);
    const std::optional<std::string> text = bytes ? binary_decimal_text(*bytes, scale) : std::nullopt;
    const std::optional<NumberText> number = text ? read_number(*text) : std::nullopt;
    if (number) return settle(form_.reader.from_number(*number), *text);
    const bool is_long = bytes && bytes->size() > kBinaryBytesMax;
    value_.parsed = {0, is_long ? RejectCode::kOutOfRange : RejectCode::kBadNumber};
    value_.why = is_long ? std::string("a number of more than 38 digits; a field holds 18")
                         : fmt::format("{} is not a number's bytes in base64 at scale {}; check decimal.handling.mode and the input's decimals",
                                       printable(base64), scale);
  }

  const ColumnForm& form_;
  std::string_view placeholder_;
  std::string& scratch_;
  ChangeValue value_;
};

}  // namespace

ChangeValue read_change_value(const ColumnForm& form, std::string_view token, std::string_view placeholder, std::string& scratch) {
  return Reading(form, placeholder, scratch).read(token);
}

}  // namespace reckoner
