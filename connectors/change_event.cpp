#include "connectors/change_event.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "connectors/field_value.hpp"
#include "connectors/json_items.hpp"

namespace reckoner {

namespace {

constexpr std::array<std::string_view, 7> kWrapperMembers{"topic", "partition", "offset", "timestamp", "headers", "key", "value"};
constexpr std::array<std::string_view, 3> kHeartbeatMembers{"ts_ms", "ts_us", "ts_ns"};
constexpr std::string_view kDeleted = "__deleted";

template <std::size_t Size>
bool has_only(std::string_view object, const std::array<std::string_view, Size>& names) {
  JsonItems members(object);
  while (const std::optional<JsonItem> member = members.next()) {
    if (std::find(names.begin(), names.end(), member->key) == names.end()) return false;
  }
  return true;
}

std::string_view object_or_nothing(std::string_view token) { return is_object(token) ? token : std::string_view{}; }
bool is_object_or_null(std::string_view token) { return is_object(token) || is_null(token); }

// {"topic": "t", "key": {}, "value": {}}: not a row, whose columns are no objects.
bool is_wrapper(std::string_view object) {
  return is_string(find_member(object, "topic")) && is_object_or_null(find_member(object, "key")) &&
         is_object_or_null(find_member(object, "value")) && has_only(object, kWrapperMembers);
}

// {"schema": {}, "payload": {}}; with the converter's schema switched off in other ways the schema is null or missing.
bool has_schema_part(std::string_view object) {
  return is_object_or_null(find_member(object, "payload")) && has_only(object, std::array<std::string_view, 2>{"schema", "payload"});
}

bool is_envelope(std::string_view object) {
  const std::string_view before = find_member(object, "before");
  const std::string_view after = find_member(object, "after");
  if (is_object_or_null(before) && is_object_or_null(after)) return true;
  return !find_member(object, "op").empty() && (is_object(before) || is_object(after) || is_object(find_member(object, "source")));
}

bool is_heartbeat(std::string_view object) { return !find_member(object, "ts_ms").empty() && has_only(object, kHeartbeatMembers); }

bool is_transaction(std::string_view object) {
  const std::string_view status = find_member(object, "status");
  return (status == "\"BEGIN\"" || status == "\"END\"") && !find_member(object, "event_count").empty() &&
         !find_member(object, "data_collections").empty();
}

class Opening {
 public:
  Opening(std::string_view text, std::string_view key) : text_(text), key_(key) {}

  std::expected<ChangeEvent, JsonFault> open() {
    std::string_view payload = without_space(text_);
    std::string_view key = key_;
    if (is_object(payload) && is_wrapper(payload)) {
      event_.wrapper = payload;
      key = find_member(payload, "key");
      payload = find_member(payload, "value");
    }
    if (is_object(payload) && has_schema_part(payload)) {
      event_.schema = object_or_nothing(find_member(payload, "schema"));
      payload = find_member(payload, "payload");
    }
    event_.key = key_columns(key);
    if (is_null(payload)) return skipped(SkipCode::kTombstone);
    if (!is_object(payload)) return fault(RejectCode::kWrongType, payload, "not a change event; send Debezium's JSON, one event a record");
    if (is_envelope(payload)) return open_envelope(payload);
    if (is_transaction(payload)) return skipped(SkipCode::kTransaction);
    if (is_heartbeat(payload)) return skipped(SkipCode::kHeartbeat);
    return open_row(payload);
  }

 private:
  using Opened = std::expected<ChangeEvent, JsonFault>;

  Opened skipped(SkipCode code) const {
    ChangeEvent event;
    event.skip = code;
    return event;
  }

  [[nodiscard]] Opened fault(RejectCode code, std::string_view at, std::string text) const {
    return std::unexpected(JsonFault{code, -1, static_cast<std::size_t>(at.data() - text_.data()) + 1, std::move(text)});
  }

  Opened open_row(std::string_view row) {
    event_.unwrapped = true;
    event_.envelope = row;
    event_.row = row;
    const std::string_view deleted = find_member(row, kDeleted);
    if (deleted == "\"true\"" || deleted == "true") event_.op = ChangeOp::kDelete;
    return event_;
  }

  Opened open_envelope(std::string_view envelope) {
    const std::string_view op = find_member(envelope, "op");
    if (op.empty()) return fault(RejectCode::kMissingField, envelope, "a change event without op; send the envelope as Debezium writes it");
    constexpr std::string_view kLetters = "rcudtm";
    if (op.size() != 3 || !is_string(op) || kLetters.find(op[1]) == std::string_view::npos) {
      return fault(
          RejectCode::kUnknownName, op,
          fmt::format("op {} is none of r, c, u, d, t, m; if the connector is newer than this program, pass its events over before", printable(op)));
    }
    event_.op = static_cast<ChangeOp>(op[1]);
    if (event_.op == ChangeOp::kTruncate) return skipped(SkipCode::kTruncate);
    if (event_.op == ChangeOp::kMessage) return skipped(SkipCode::kMessage);
    event_.envelope = envelope;
    const std::string_view before = object_or_nothing(find_member(envelope, "before"));
    const std::string_view after = object_or_nothing(find_member(envelope, "after"));
    if (event_.op != ChangeOp::kDelete) {
      if (after.empty()) return fault(RejectCode::kMissingField, envelope, fmt::format("op {} without after; send the row after the change", op));
      event_.row = after;
      return event_;
    }
    event_.row = before.empty() ? event_.key : before;
    if (event_.row.empty())
      return fault(RejectCode::kMissingField, envelope,
                   "a delete without before and key: which row went is unknown; set REPLICA IDENTITY FULL, or keep the record's key");
    return event_;
  }

  std::string_view text_;
  std::string_view key_;
  ChangeEvent event_;
};

}  // namespace

std::string_view key_columns(std::string_view key) {
  key = without_space(key);
  if (is_object(key) && has_schema_part(key)) key = find_member(key, "payload");
  return object_or_nothing(key);
}

std::expected<ChangeEvent, JsonFault> open_change_event(std::string_view record, std::string_view key) { return Opening(record, key).open(); }

}  // namespace reckoner
