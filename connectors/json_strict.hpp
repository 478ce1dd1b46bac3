// The strict reading of JSON that decides what is a record: the whole text is walked, whatever the schema wants of it. Refused: anything
// RFC 8259 does not allow, invalid UTF-8, a byte order mark, lone surrogates, bytes after the document, objects deeper than the limit and,
// for records, duplicate keys in any object ("a" and "\u0061" are the same key). simdjson On-Demand finds the tokens; since it checks only
// what is visited, every key, string, number and literal is visited here.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/record_plan.hpp"
#include "engine/record_block.hpp"
#include "engine/schema.hpp"

namespace reckoner {

struct JsonFault {
  RejectCode code = RejectCode::kNone;
  int field = -1;
  std::size_t column = 0;  // byte of the record where it was seen, from 1
  std::string text;        // what, and what to do
};

struct JsonRules {
  int depth_max = kJsonDepthMax;  // nested objects and arrays, 1..1024
  bool unique_keys = true;
};

// A whole document of any kind, scalars too.
[[nodiscard]] std::expected<void, JsonFault> validate_json_document(std::string_view text, JsonRules rules = {});

// The same for texts with kTextPadding readable bytes behind them; one a thread.
class JsonValidator {
 public:
  explicit JsonValidator(JsonRules rules = {});
  JsonValidator(const JsonValidator&) = delete;
  JsonValidator& operator=(const JsonValidator&) = delete;
  ~JsonValidator();

  [[nodiscard]] std::optional<JsonFault> check(std::string_view text);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

enum class JsonScalar : std::uint8_t { kString, kNumber, kWord };

// Where a scalar lies in its record; a string's quotes are outside.
struct JsonSlot {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  JsonScalar scalar = JsonScalar::kWord;
  int field = -1;
  bool in_place_of_object = false;  // paths step into this member: nothing but null may stand here
};

// What one record held. Reused from record to record.
struct JsonRow {
  // In: where the caller will put things.
  std::uint32_t text_offset = 0;       // of the record in its block's text
  std::uint32_t unescaped_offset = 0;  // of `unescaped` in its block's text
  std::uint64_t wanted = 0;
  bool collect_slots = false;
  // Out.
  std::array<std::int64_t, kFieldsMax> cells{};  // of wanted fields; 0 where absent
  std::uint64_t present = 0;
  std::vector<char> unescaped;  // strings of wanted fields that had escapes
  std::vector<JsonSlot> slots;  // in text order
};

// Reads records of one plan; one a thread.
class StrictJsonReader {
 public:
  explicit StrictJsonReader(const RecordPlan& plan);  // outlives the reader
  StrictJsonReader(const StrictJsonReader&) = delete;
  StrictJsonReader& operator=(const StrictJsonReader&) = delete;
  ~StrictJsonReader();

  // `record` has kTextPadding readable bytes behind it. A structural fault comes before one of a field, else the first in the text counts.
  [[nodiscard]] std::optional<JsonFault> read(std::string_view record, JsonRow& row);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace reckoner
