#include "operators/dedupe.hpp"

#include <fmt/format.h>

#include "engine/big_endian.hpp"
#include "engine/check.hpp"
#include "engine/dead_letter.hpp"
#include "operators/key_columns.hpp"

namespace reckoner {

DedupeScreen::DedupeScreen(const Plan& plan, const std::vector<std::size_t>& watermark_group, std::uint32_t shards)
    : inputs_(plan.inputs.size()), version_text_(fmt::format(",\"rule_set\":\"{}\",\"version\":{}}}\n", plan.rule_set, plan.version)) {
  for (std::size_t i = 0; i < plan.inputs.size(); ++i) {
    const InputPlan& input = plan.inputs[i];
    if (!input.dedupe) continue;
    RECKONER_CHECK(input.schema.id.has_value(), "dedupe of {} without an id", input.schema.input);
    inputs_[i] = std::make_unique<Input>(Input{input.schema, input.driver_key, watermark_group[i], static_cast<std::uint32_t>(*input.schema.id),
                                               plan.keys[input.driver_key].by,
                                               RecentIds(input.dedupe->within_ms, input.dedupe->bytes_max / shards / RecentIds::kBytesAnId)});
  }
}

std::optional<std::size_t> DedupeScreen::key_kind(InputId input) const {
  return inputs_[input] ? std::optional(inputs_[input]->key_kind) : std::nullopt;
}

void DedupeScreen::screen(Round& round, std::span<const std::uint32_t> rows, Outputs& outputs) {
  batch_.clear();
  for (const std::uint32_t row : rows) {
    Input& input = *inputs_[round.input(row)];
    const std::optional<RecentId>& id = batch_.emplace_back(identity(round, row, input));
    if (id) input.ids.prefetch(*id);
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::optional<RecentId>& id = batch_[i];
    if (!id) continue;
    const std::uint32_t row = rows[i];
    Input& input = *inputs_[round.input(row)];
    input.ids.advance(round.watermark[input.watermark_group][row]);
    const RecentId* first = input.ids.find_or_add(*id);
    if (first == nullptr) continue;
    round.state[row] = RowState::kDuplicate;
    write_row(round, row, input, *first, outputs);
  }
}

std::optional<RecentId> DedupeScreen::identity(const Round& round, std::uint32_t row, const Input& input) {
  const KeyedBlock& block = round.block(row);
  const std::uint32_t at = round.rows[row].row;
  if ((block.records.present[at] >> input.id_field & 1U) == 0) return std::nullopt;
  const std::string_view key = block.key(input.key_kind, at);
  text_.clear();
  char* length = text_.room(sizeof(std::uint32_t));
  store_big_endian(length, static_cast<std::uint32_t>(key.size()));
  text_.advance_to(length + sizeof(std::uint32_t));
  text_.append(key);
  if (input.schema.fields[input.id_field].type.kind == ValueKind::kString) {
    text_.append(block.records.string(input.id_field, at));
  } else {
    append_integer(text_, block.records.columns[input.id_field][at]);
  }
  RecentId id = RecentIds::identity(text_.text());
  id.event_time = round.event_time[row];
  id.position = round.position(row);
  return id;
}

void DedupeScreen::write_row(const Round& round, std::uint32_t row, const Input& input, const RecentId& first, Outputs& outputs) const {
  const KeyedBlock& block = round.block(row);
  const std::uint32_t at = round.rows[row].row;
  RowWriter writer(outputs.begin_row(OutputId::kDuplicates));
  writer.begin();
  writer.text("input", input.schema.input);
  write_key(writer, input.by, block.key(input.key_kind, at));
  const Field& id = input.schema.fields[input.id_field];
  if (id.type.kind == ValueKind::kString) {
    writer.text("id", block.records.string(input.id_field, at));
  } else {
    writer.integer("id", block.records.columns[input.id_field][at]);
  }
  writer.integer("event_time", round.event_time[row]);
  writer.integer("partition", block.records.partition.partition);
  writer.integer("record", static_cast<std::int64_t>(PackedPosition::record(round.position(row))));
  writer.integer("first_event_time", first.event_time);
  writer.integer("first_partition", PackedPosition::partition(first.position).partition);
  writer.integer("first_record", static_cast<std::int64_t>(PackedPosition::record(first.position)));
  write_raw(writer, block.records.raw(at));
  writer.verbatim(version_text_);
  outputs.end_row(OutputId::kDuplicates, {});
}

void DedupeScreen::save(StateWriter& writer) {
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (!inputs_[i]) continue;
    std::string prefix;
    append_big_endian(prefix, static_cast<std::uint16_t>(i));
    inputs_[i]->ids.save(writer, prefix);
  }
}

void DedupeScreen::load(std::string_view part, std::string_view value) {
  const auto input = take_big_endian<std::uint16_t>(part);
  RECKONER_CHECK(input < inputs_.size() && inputs_[input] != nullptr, "ids of input {}", input);
  inputs_[input]->ids.load(part, value);
}

std::uint64_t DedupeScreen::forgotten_early() const {
  std::uint64_t ids = 0;
  for (const auto& input : inputs_) ids += input ? input->ids.forgotten_early() : 0;
  return ids;
}

std::size_t DedupeScreen::bytes() const {
  std::size_t bytes = 0;
  for (const auto& input : inputs_) bytes += input ? input->ids.bytes() : 0;
  return bytes;
}

}  // namespace reckoner
