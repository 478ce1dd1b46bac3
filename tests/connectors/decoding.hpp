// What the decoder tests share: schemas in few words, blocks from text, and the decoded cells as text.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/decoder.hpp"
#include "engine/record_block.hpp"
#include "engine/schema.hpp"
#include "support/catch.hpp"

namespace reckoner::testing {

inline constexpr std::uint64_t kAllWanted = ~std::uint64_t{0};

inline ValueType type_of(ValueKind kind, std::uint8_t scale = 0) { return {kind, scale, {}, nullptr}; }
inline ValueType enum_of(std::vector<std::string> names) {
  return {ValueKind::kEnum, 0, {}, std::make_shared<const std::vector<std::string>>(std::move(names))};
}

inline Field field_of(std::string path, ValueType type) {
  Field field;
  field.name = path;
  field.path = std::move(path);
  field.type = std::move(type);
  return field;
}

// Column 0 is the event time "t"; `fields` follow.
inline Schema schema_with(std::vector<Field> fields) {
  Schema schema;
  schema.input = "events";
  schema.fields.push_back(field_of("t", type_of(ValueKind::kTime)));
  for (Field& field : fields) schema.fields.push_back(std::move(field));
  return schema;
}

inline RecordBlock block_of(std::string_view text, Position first = {}) {
  RecordBlock block;
  block.first = first;
  block.text.assign(text.begin(), text.end());
  block.text_bytes = text.size();
  block.text.resize(text.size() + kTextPadding, 'x');  // what lies behind the text means nothing
  return block;
}

inline RecordBlock decoded(const Decoder& decoder, std::string_view text, std::uint64_t wanted = kAllWanted) {
  RecordBlock block = block_of(text);
  const auto scratch = decoder.make_scratch();
  decoder.decode(block, wanted, *scratch);
  return block;
}

// One row as text: "field=value" for what is present, or "code field" of its reject.
inline std::string row_text(const Schema& schema, const RecordBlock& block, std::uint32_t row) {
  std::string text;
  if (block.rejected.at(row) != 0) {
    for (const Reject& reject : block.rejects) {
      if (reject.row == row) return std::string(to_text(reject.code)) + (reject.field.empty() ? "" : " " + reject.field);
    }
    return "rejected without a reason";
  }
  for (std::size_t column = 0; column < schema.fields.size(); ++column) {
    if ((block.present.at(row) >> column & 1U) == 0) continue;
    const Field& field = schema.fields[column];
    text += (text.empty() ? "" : " ") + field.name + "=";
    if (block.columns.at(column).empty()) {
      text += "unwanted";
    } else if (field.type.kind == ValueKind::kString) {
      text += block.string(column, row);
    } else if (field.type.kind == ValueKind::kTime) {
      text += std::to_string(block.columns[column].at(row));
    } else {
      text += to_text(field.type, block.columns[column].at(row));
    }
  }
  return text;
}

inline std::string file_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file.good());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline std::filesystem::path data_directory() { return std::filesystem::path(RECKONER_SOURCE_DIR) / "tests" / "data"; }

}  // namespace reckoner::testing
