#include "engine/row_writer.hpp"

#include "engine/check.hpp"
#include "engine/value_text.hpp"

namespace reckoner {

void append_integer(ByteBuffer& buffer, std::int64_t value) { buffer.advance_to(write_integer(buffer.room(kNumberBytes), value)); }

void append_escaped(ByteBuffer& buffer, std::string_view text) { buffer.advance_to(write_escaped(buffer.room(text.size() * kEscapeBytes), text)); }

void append_value(ByteBuffer& buffer, const ValueType& type, std::int64_t value) {
  switch (type.kind) {
    case ValueKind::kBool:
      return buffer.append(value != 0 ? std::string_view("true") : std::string_view("false"));
    case ValueKind::kInteger:
    case ValueKind::kDecimal:
    case ValueKind::kMoney:
      return buffer.advance_to(write_number(buffer.room(kNumberBytes), type, value));
    case ValueKind::kEnum:
    case ValueKind::kTime:
    case ValueKind::kDuration:
      buffer.append('"');
      append_escaped(buffer, to_text(type, value));
      return buffer.append('"');
    case ValueKind::kString:
      break;
  }
  RECKONER_UNREACHABLE("a string has no 64-bit value");
}

void RowWriter::begin() {
  buffer_.append('{');
  first_ = true;
}

void RowWriter::end() { buffer_.append("}\n"); }

void RowWriter::name(std::string_view name) {
  char* at = buffer_.room(name.size() + 4);
  if (!first_) *at++ = ',';
  first_ = false;
  if (!name.empty()) {
    *at++ = '"';
    at = copy_short(at, name.data(), name.size());
    at = copy_short(at, "\":", 2);
  }
  buffer_.advance_to(at);
}

void RowWriter::text(std::string_view field, std::string_view value) {
  name(field);
  char* at = buffer_.room(value.size() * kEscapeBytes + 2);
  *at++ = '"';
  at = write_escaped(at, value);
  *at++ = '"';
  buffer_.advance_to(at);
}

void RowWriter::integer(std::string_view field, std::int64_t value) {
  name(field);
  append_integer(buffer_, value);
}

void RowWriter::value(std::string_view field, const ValueType& type, std::int64_t value) {
  name(field);
  append_value(buffer_, type, value);
}

void RowWriter::null(std::string_view field) { raw(field, "null"); }

void RowWriter::raw(std::string_view field, std::string_view json) {
  name(field);
  buffer_.append(json);
}

void RowWriter::open(std::string_view field, char bracket) {
  name(field);
  buffer_.append(bracket);
  first_ = true;
}

void RowWriter::close(char bracket) {
  buffer_.append(bracket);
  first_ = false;
}

void RowWriter::element(std::string_view value) { text({}, value); }

void RowWriter::verbatim(std::string_view bytes) {
  buffer_.append(bytes);
  first_ = false;
}

}  // namespace reckoner
