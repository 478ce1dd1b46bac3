#include "engine/round.hpp"

namespace reckoner {

void Round::clear() {
  blocks.clear();
  rows.clear();
  state.clear();
  place.clear();
  turn.clear();
  let_go_by = nullptr;
  event_time.clear();
  for (auto& column : watermark) column.clear();
  for (auto& column : late) column.clear();
}

}  // namespace reckoner
