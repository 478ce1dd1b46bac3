// Conditions on a record alone, decided for whole blocks: an input's filter, where blocks are decoded, and which records are transfers.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "engine/round.hpp"
#include "operators/expression.hpp"

namespace reckoner {

// Fills the vector, by row: 1 where the condition is false or unknown; `event_time` is the field with the record's time. The function may be called
// from several threads at once.
[[nodiscard]] std::function<void(KeyedBlock&, std::vector<std::uint8_t>&)> make_record_condition(const Expression& condition, InputId input,
                                                                                                 std::size_t event_time);

// The same into KeyedBlock::filtered.
[[nodiscard]] std::function<void(KeyedBlock&)> make_record_filter(const Expression& condition, InputId input, std::size_t event_time);

}  // namespace reckoner
