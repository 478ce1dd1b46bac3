// Builds one JSON object on one line. Field names must need no escaping (they are checked where rule sets are loaded).
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/byte_buffer.hpp"
#include "engine/value_type.hpp"

namespace reckoner {

class RowWriter {
 public:
  explicit RowWriter(ByteBuffer& buffer) : buffer_(buffer) {}

  void begin();
  void end();
  void text(std::string_view field, std::string_view value);  // escaped
  void integer(std::string_view field, std::int64_t value);
  void value(std::string_view field, const ValueType& type, std::int64_t value);  // as a person reads it: decimals and times quoted
  void null(std::string_view field);
  void raw(std::string_view field, std::string_view json);  // ready JSON
  void open(std::string_view field, char bracket);          // nested object or array; the name may be empty
  void close(char bracket);
  void element(std::string_view value);   // of an array, escaped
  void verbatim(std::string_view bytes);  // a run of ready ,"name":value pairs

 private:
  void name(std::string_view name);
  ByteBuffer& buffer_;
  bool first_ = true;
};

// What the writer is made of, for rows whose names never change and are written in one piece.
void append_integer(ByteBuffer& buffer, std::int64_t value);
void append_escaped(ByteBuffer& buffer, std::string_view text);
void append_value(ByteBuffer& buffer, const ValueType& type, std::int64_t value);  // as RowWriter::value(); no string

}  // namespace reckoner
