// What made a row: the record's declared id, event time and coordinates, or, for a timer, the time that came.
#pragma once

#include <string>
#include <vector>

#include "engine/batch.hpp"
#include "engine/outputs.hpp"
#include "engine/schema.hpp"

namespace reckoner {

// `schemas` by input.
void write_trigger(RowWriter& writer, const Batch& batch, std::size_t row, const std::vector<Schema>& schemas);

// The same of a record that is known by its position and its declared id ("" = none), for a row that says `event_time`.
void write_trigger(RowWriter& writer, std::int64_t event_time, std::uint64_t position, const std::string& id, const std::vector<Schema>& schemas);

// The declared id of the record in `row` as text; empty when its input declares none or the record has none.
[[nodiscard]] std::string record_id(const Batch& batch, std::size_t row, const std::vector<Schema>& schemas);

// "input/partition/record": names a record for people, and is part of alert ids where no id is declared.
[[nodiscard]] std::string position_text(std::uint64_t position, const std::vector<Schema>& schemas);

}  // namespace reckoner
