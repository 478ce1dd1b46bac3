#include "engine/key.hpp"

#include "engine/check.hpp"
#include "engine/xxh3.hpp"

namespace reckoner {

namespace {

std::string_view text_of(const RecordBlock& records, const Field& field, std::size_t column, std::uint32_t row, std::string& scratch) {
  if (field.type.kind == ValueKind::kString) return records.string(column, row);
  scratch = to_text(field.type, records.columns[column][row]);
  return scratch;
}

bool has_all(const RecordBlock& records, const std::vector<std::uint32_t>& fields, std::uint32_t row) {
  for (const std::uint32_t field : fields) {
    if ((records.present[row] >> field & 1U) == 0) return false;
  }
  return true;
}

}  // namespace

std::uint64_t hash_key(std::string_view key) { return XXH3_64bits(key.data(), key.size()); }

void append_key_part(std::vector<char>& key, std::string_view text) {
  RECKONER_CHECK(text.size() <= kKeyPartBytesMax, "a key part of {} bytes", text.size());
  key.push_back(static_cast<char>(text.size() >> 8U));
  key.push_back(static_cast<char>(text.size() & 0xffU));
  key.insert(key.end(), text.begin(), text.end());
}

std::string_view take_key_part(std::string_view& key) {
  RECKONER_CHECK(key.size() >= 2, "{} bytes left of a key", key.size());
  const std::size_t length = static_cast<std::size_t>(static_cast<unsigned char>(key[0])) << 8U | static_cast<unsigned char>(key[1]);
  RECKONER_CHECK(key.size() >= 2 + length, "{} bytes left of a key part of {}", key.size(), length);
  const std::string_view part = key.substr(2, length);
  key.remove_prefix(2 + length);
  return part;
}

void make_keys(KeyedBlock& block, std::size_t kind, const Schema& schema, const std::vector<std::uint32_t>& fields) {
  const RecordBlock& records = block.records;
  std::vector<RecordKey>& keys = block.keys[kind];
  keys.assign(records.rows, RecordKey{});
  block.composed[kind] = 0;
  if (fields.empty()) return;
  if (fields.size() == 1 && schema.fields[fields[0]].type.kind == ValueKind::kString) {
    const std::int64_t* cells = records.columns[fields[0]].data();
    for (std::uint32_t row = 0; row < records.rows; ++row) {
      if (records.rejected[row] != 0 || (records.present[row] >> fields[0] & 1U) == 0) continue;
      const TextRef text = TextRef::unpack(cells[row]);
      keys[row] = {hash_key(records.string(text)), text};
    }
    return;
  }
  block.composed[kind] = 1;
  std::string scratch;
  for (std::uint32_t row = 0; row < records.rows; ++row) {
    if (records.rejected[row] != 0 || !has_all(records, fields, row)) continue;
    const auto begin = static_cast<std::uint32_t>(block.key_text.size());
    for (const std::uint32_t field : fields) {
      const std::string_view text = text_of(records, schema.fields[field], field, row, scratch);
      if (fields.size() == 1) {
        block.key_text.insert(block.key_text.end(), text.begin(), text.end());
      } else {
        append_key_part(block.key_text, text);
      }
    }
    const TextRef text{begin, static_cast<std::uint32_t>(block.key_text.size()) - begin};
    keys[row] = {hash_key({block.key_text.data() + begin, text.length}), text};
  }
}

}  // namespace reckoner
