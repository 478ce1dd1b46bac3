#include "connectors/record_framing.hpp"

#include <algorithm>

#include "engine/check.hpp"
#include "engine/schema.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kNone = std::string_view::npos;

// Offset after the quoted field that opens at `begin`, or npos when it is not closed.
std::size_t quoted_field_end(std::string_view text, std::size_t begin) {
  std::size_t quote = text.find('"', begin + 1);
  while (quote != kNone && quote + 1 < text.size() && text[quote + 1] == '"') quote = text.find('"', quote + 2);
  return quote == kNone ? kNone : quote + 1;
}

std::size_t overlong_record_end(std::string_view text, std::size_t begin) {
  const std::size_t limit = begin + kRecordBytesMax;
  const std::size_t line_end = limit < text.size() ? text.find('\n', limit) : kNone;
  return line_end == kNone ? kNone : line_end + 1;
}

std::size_t csv_record_end(std::string_view text, std::size_t begin, char delimiter) {
  std::size_t line_end = text.find('\n', begin);
  if (line_end == kNone) return kNone;
  if (text.substr(begin, line_end - begin).find('"') == kNone) return line_end + 1;
  std::size_t at = begin;
  while (true) {
    if (at < text.size() && text[at] == '"') {
      const std::size_t closed = quoted_field_end(text, at);
      if (closed == kNone || closed - begin > kRecordBytesMax) return overlong_record_end(text, begin);
      at = closed;
    }
    if (line_end < at) line_end = text.find('\n', at);
    const std::size_t next = text.substr(0, line_end).find(delimiter, at);
    if (next == kNone) return line_end == kNone ? kNone : line_end + 1;
    at = next + 1;
  }
}

std::size_t last_csv_record_end(std::string_view text, char delimiter) {
  std::size_t end = 0;
  while (true) {
    // Up to the next quote every line is a record.
    const std::size_t quote = text.find('"', end);
    const std::size_t last = text.substr(end, quote == kNone ? kNone : quote - end).rfind('\n');
    if (last != kNone) end += last + 1;
    const std::size_t next = quote == kNone ? kNone : csv_record_end(text, end, delimiter);
    if (next == kNone) return end;
    end = next;
  }
}

}  // namespace

std::size_t record_end(std::string_view text, std::size_t begin, Framing framing) {
  RECKONER_CHECK(begin <= text.size(), "record begins at {} of {} bytes", begin, text.size());
  if (framing.kind == FramingKind::kCsv) return csv_record_end(text, begin, framing.delimiter);
  const std::size_t line_end = text.find('\n', begin);
  return line_end == kNone ? kNone : line_end + 1;
}

std::size_t whole_records_end(std::string_view text, Framing framing) {
  if (framing.kind == FramingKind::kCsv) return last_csv_record_end(text, framing.delimiter);
  const std::size_t last = text.rfind('\n');
  return last == kNone ? 0 : last + 1;
}

}  // namespace reckoner
