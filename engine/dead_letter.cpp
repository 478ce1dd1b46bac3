#include "engine/dead_letter.hpp"

#include <algorithm>

#include "engine/check.hpp"
#include "engine/outputs.hpp"

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

}  // namespace

void write_raw(RowWriter& writer, std::string_view raw) {
  if (is_plain(raw)) {
    writer.text("raw", raw);
  } else {
    writer.text("raw_hex", to_hex(raw));
  }
}

void write_dead_letter(const RecordBlock& block, std::uint32_t row, const Schema& schema, ByteBuffer& buffer) {
  const auto reject =
      std::lower_bound(block.rejects.begin(), block.rejects.end(), row, [](const Reject& left, std::uint32_t right) { return left.row < right; });
  RECKONER_CHECK(reject != block.rejects.end() && reject->row == row, "row {} was not rejected", row);
  RowWriter writer(buffer);
  writer.begin();
  writer.text("input", schema.input);
  writer.integer("partition", block.partition.partition);
  writer.integer("record", static_cast<std::int64_t>(block.first.record + row));
  writer.integer("byte", static_cast<std::int64_t>(block.first.byte + block.row_begin[row]));
  writer.text("stage", "decode");
  writer.text("code", to_text(reject->code));
  if (!reject->field.empty()) writer.text("field", reject->field);
  writer.text("message", reject->message);
  write_raw(writer, block.raw(row));
  writer.end();
}

}  // namespace reckoner
