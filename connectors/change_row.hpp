// One change event -> the cells of its row, for the decoder of change events. One a thread, reused from event to event.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/change_columns.hpp"
#include "connectors/change_event.hpp"
#include "connectors/change_value.hpp"
#include "connectors/json_items.hpp"
#include "connectors/json_strict.hpp"
#include "connectors/record_plan.hpp"

namespace reckoner {

// What does not change from event to event; outlives the readers.
struct ChangeRowPlan {
  const RecordPlan& plan;
  const ColumnForms& declared;
  const NameTable& added_names;  // as ExtractNewRecordState calls fields of the envelope
  const std::vector<int>& added_fields;
  std::string_view unavailable;
  bool key_alone = false;  // of the image before a change, only the key's columns are true
};

class ChangeRowReader {
 public:
  explicit ChangeRowReader(const ChangeRowPlan& plan) : plan_(plan) {}

  // Fills `row` (what it takes is said there; slots are not collected) from an event that is a row of `record`.
  [[nodiscard]] std::optional<JsonFault> read(std::string_view record, const ChangeEvent& event, JsonRow& row);

  [[nodiscard]] std::uint64_t doubles() const { return doubles_; }  // of the last event: amounts that went through a float

 private:
  void choose_forms(std::string_view schema_part);
  void read_around(const ChangeEvent& event);
  // Members that `key` does not have, where it is given, are left out.
  void read_object(std::string_view object, std::size_t node, const std::string_view* key);
  void read_added(const JsonItem& member);
  void read_value(std::string_view token, int field);
  void store(const ChangeValue& value, std::string_view token, std::size_t field);
  void unfit(RejectCode code, std::string_view at, int field, std::string text);
  void missing_fields(const ChangeEvent& event);
  [[nodiscard]] std::size_t inner_node(std::size_t node, std::string_view name) const;  // 0 = none

  struct Described {
    std::string schema_part;
    ColumnForms forms;
  };

  ChangeRowPlan plan_;
  std::vector<Described> described_;  // of the schema parts seen last
  std::size_t replace_next_ = 0;
  const ColumnForms* forms_ = nullptr;
  std::string_view record_;
  JsonRow* row_ = nullptr;
  std::optional<JsonFault> fault_;
  std::uint64_t unchanged_ = 0;  // bit f set = field f was not sent, being unchanged
  std::uint64_t doubles_ = 0;
  std::string scratch_;
  std::string name_;
};

}  // namespace reckoner
