// A Debezium change event taken apart: what stands where, in each of the forms that a connector and its transforms write. With the schema part
// ({"schema":..., "payload":...}) and without; the envelope (before, after, source, op) and the row alone, as ExtractNewRecordState leaves
// it; by itself and with its key, as {"topic":..., "key":..., "value":...}. Views into the record.
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>

#include "connectors/json_strict.hpp"
#include "engine/record_block.hpp"

namespace reckoner {

// Operations, as Debezium's letters.
enum class ChangeOp : char { kRead = 'r', kCreate = 'c', kUpdate = 'u', kDelete = 'd', kTruncate = 't', kMessage = 'm' };

// Parts that are not there are empty; a part that is null is not there.
struct ChangeEvent {
  SkipCode skip = SkipCode::kNone;  // no row: nothing else is filled
  ChangeOp op = ChangeOp::kRead;    // of an unwrapped row: kDelete, or whatever is not
  bool unwrapped = false;
  std::string_view schema;    // object: the schema part
  std::string_view envelope;  // object: what stands around the images; the row, when unwrapped
  std::string_view row;       // object: the row after the change; before it, for a delete
  std::string_view key;       // object: the columns of the primary key
  std::string_view wrapper;   // object: topic, key, value and more
};

// The columns of a record's key, which is valid JSON with or without a schema part; empty when it is no object.
[[nodiscard]] std::string_view key_columns(std::string_view key);

// `record` and `key` are valid JSON; `key` is empty when the record comes without, or holds its key itself. Faults: not an event, an operation that is
// none, an image that is missing.
[[nodiscard]] std::expected<ChangeEvent, JsonFault> open_change_event(std::string_view record, std::string_view key = {});

}  // namespace reckoner
