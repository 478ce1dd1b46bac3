// Decoder of change events as Debezium writes them in JSON, one a line (LF or CRLF, blank lines skipped), in all the forms of
// connectors/change_event.hpp. A field's path names a column of the row: of `after`, and of `before` where a row was deleted. "$.before.COLUMN"
// is the column before the change, "$.op", "$.source.lsn" and the like what the envelope says; of an unwrapped row these are the fields that
// ExtractNewRecordState added (__op, __source_lsn). Tombstones, truncations, messages, heartbeats and the marks of transactions are passed over
// with their reason. Of a topic's record, "$.key.COLUMN" is of its key, and other paths of connectors/topic_fields.hpp are of what it has besides.
// What is JSON the strict reader decides (connectors/json_strict.hpp), also in the parts that nobody reads.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "connectors/change_columns.hpp"
#include "connectors/record_plan.hpp"
#include "connectors/topic_fields.hpp"
#include "engine/decoder.hpp"
#include "engine/error.hpp"

namespace reckoner {

// What the image before a change holds, as the table's REPLICA IDENTITY says. An event does not show it: the columns that are not there have
// made-up values in a delete.
enum class ReplicaIdentity : std::uint8_t {
  kDefault,  // the columns of the primary key alone
  kFull,
};

struct DebeziumForm {
  ReplicaIdentity identity = ReplicaIdentity::kDefault;
  DecimalForm decimals = DecimalForm::kText;                 // where an event has no schema part
  std::string unavailable = "__debezium_unavailable_value";  // unavailable.value.placeholder: an unchanged large column
};

class DebeziumDecoder : public Decoder {
 public:
  // kConfiguration errors as RecordPlan::make and TopicFields::make say, and: a field that reads the image before a change, which kDefault does not have.
  [[nodiscard]] static Result<std::unique_ptr<DebeziumDecoder>> make(Schema schema, DebeziumForm form);

  [[nodiscard]] std::unique_ptr<Scratch> make_scratch() const override;
  void decode(RecordBlock& block, std::uint64_t wanted, Scratch& scratch) const override;
  [[nodiscard]] std::vector<std::string> warnings() const override;

 private:
  DebeziumDecoder(RecordPlan plan, TopicFields topic_fields, DebeziumForm form);

  RecordPlan plan_;
  TopicFields topic_fields_;
  DebeziumForm form_;
  ColumnForms declared_;
  // Fields of the envelope by the names that ExtractNewRecordState gives them.
  NameTable added_names_;
  std::vector<int> added_fields_;
  mutable std::atomic<std::uint64_t> doubles_ = 0;  // amounts that went through a float; for warnings() alone
};

}  // namespace reckoner
