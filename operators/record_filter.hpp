// An input's filter: which records of a decoded block do not go on. Depends on the record alone, so it is decided where blocks are decoded.
#pragma once

#include <functional>

#include "engine/round.hpp"
#include "operators/expression.hpp"

namespace reckoner {

// Fills KeyedBlock::filtered: 1 where the condition is false or unknown; `event_time` is the field with the record's time. The function may be
// called from several threads at once.
[[nodiscard]] std::function<void(KeyedBlock&)> make_record_filter(const Expression& condition, InputId input, std::size_t event_time);

}  // namespace reckoner
