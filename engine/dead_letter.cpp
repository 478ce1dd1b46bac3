#include "engine/dead_letter.hpp"

#include <algorithm>

#include "engine/check.hpp"
#include "engine/record_headers.hpp"

namespace reckoner {

namespace {

// Raw bytes need not be UTF-8, and a JSON text must be.
bool is_plain(std::string_view raw) {
  return std::all_of(raw.begin(), raw.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string to_hex(std::string_view raw) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(raw.size() * 2);
  for (const char c : raw) {
    hex.push_back(kDigits[static_cast<unsigned char>(c) >> 4U]);
    hex.push_back(kDigits[static_cast<unsigned char>(c) & 15U]);
  }
  return hex;
}

void write_bytes(RowWriter& writer, std::string_view field, std::string_view hex_field, std::string_view bytes) {
  if (is_plain(bytes)) {
    writer.text(field, bytes);
  } else {
    writer.text(hex_field, to_hex(bytes));
  }
}

void write_headers(RowWriter& writer, std::string_view packed) {
  writer.open("headers", '[');
  RecordHeaders headers(packed);
  while (const std::optional<RecordHeader> header = headers.next()) {
    writer.open({}, '{');
    write_bytes(writer, "name", "name_hex", header->name);
    if (header->value) write_bytes(writer, "value", "value_hex", *header->value);
    writer.close('}');
  }
  writer.close(']');
}

// What has none has no such field: a tombstone, a record without a key.
void write_topic_record(RowWriter& writer, const RecordBlock& block, const TopicRecord& record) {
  if (record.timestamp_ms != TopicRecord::kNoTimestamp) writer.integer("timestamp", record.timestamp_ms);
  if (record.has_key) write_bytes(writer, "key", "key_hex", block.beside(record.key));
  if (record.headers.length > 0) write_headers(writer, block.beside(record.headers));
  if (record.has_value) write_raw(writer, block.string(record.value));
}

}  // namespace

void write_raw(RowWriter& writer, std::string_view raw) { write_bytes(writer, "raw", "raw_hex", raw); }

void write_dead_letter(const RecordBlock& block, std::uint32_t row, const Schema& schema, ByteBuffer& buffer) {
  const auto reject =
      std::lower_bound(block.rejects.begin(), block.rejects.end(), row, [](const Reject& left, std::uint32_t right) { return left.row < right; });
  RECKONER_CHECK(reject != block.rejects.end() && reject->row == row, "row {} was not rejected", row);
  RowWriter writer(buffer);
  writer.begin();
  writer.text("input", schema.input);
  writer.integer("partition", block.partition.partition);
  writer.integer("record", static_cast<std::int64_t>(block.record(row)));
  writer.integer("byte", static_cast<std::int64_t>(block.first.byte + block.row_begin[row]));
  writer.text("stage", "decode");
  writer.text("code", to_text(reject->code));
  if (!reject->field.empty()) writer.text("field", reject->field);
  writer.text("message", reject->message);
  if (block.topic_records.empty())
    write_raw(writer, block.raw(row));
  else
    write_topic_record(writer, block, block.topic_records[row]);
  writer.end();
}

}  // namespace reckoner
