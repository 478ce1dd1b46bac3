#include "operators/trigger_columns.hpp"

#include <fmt/format.h>

#include "engine/check.hpp"

namespace reckoner {

std::string record_id(const Batch& batch, std::size_t row, const std::vector<Schema>& schemas) {
  if (batch.timers) return {};
  const PartitionId partition = PackedPosition::partition(batch.position[row]);
  const Schema& schema = schemas[partition.input];
  if (!schema.id) return {};
  const auto field = static_cast<std::uint32_t>(*schema.id);
  if (!batch.has(row, field)) return {};
  if (schema.fields[field].type.kind == ValueKind::kString) return std::string(batch.text(row, field));
  const RowRef ref = batch.round->rows[batch.round_row[row]];
  return to_text(schema.fields[field].type, batch.round->blocks[ref.block]->records.columns[field][ref.row]);
}

std::string position_text(std::uint64_t position, const std::vector<Schema>& schemas) {
  const PartitionId partition = PackedPosition::partition(position);
  return fmt::format("{}/{}/{}", schemas[partition.input].input, partition.partition, PackedPosition::record(position));
}

void write_trigger(RowWriter& writer, const Batch& batch, std::size_t row, const std::vector<Schema>& schemas) {
  if (batch.timers) {
    writer.text("trigger", "expiry");
    return writer.integer("event_time", batch.event_time[row]);
  }
  write_trigger(writer, batch.event_time[row], batch.position[row], record_id(batch, row, schemas), schemas);
}

void write_trigger(RowWriter& writer, std::int64_t event_time, std::uint64_t position, const std::string& id, const std::vector<Schema>& schemas) {
  const Schema& schema = schemas[PackedPosition::partition(position).input];
  if (!id.empty()) {
    RECKONER_CHECK(schema.id.has_value(), "an id, {}, of input {}, which declares none", id, schema.input);
    writer.text(schema.fields[*schema.id].name, id);
  }
  writer.integer("event_time", event_time);
  writer.text("trigger", position_text(position, schemas));
}

}  // namespace reckoner
