#include "protocol/visited_states.hpp"

#include <algorithm>

namespace reckoner::protocol {

std::pair<std::uint32_t, bool> VisitedStates::insert(Fingerprint state, std::uint32_t parent) {
  if (states_.size() * 2 >= table_.size()) grow();
  std::size_t slot = state.low & (table_.size() - 1);
  while (table_[slot] != kNone) {
    if (states_[table_[slot]] == state) return {table_[slot], false};
    slot = (slot + 1) & (table_.size() - 1);
  }
  const auto number = static_cast<std::uint32_t>(states_.size());
  table_[slot] = number;
  states_.push_back(state);
  parents_.push_back(parent);
  return {number, true};
}

void VisitedStates::grow() {
  std::vector<std::uint32_t> larger(table_.size() * 2, kNone);
  for (std::uint32_t number = 0; number < states_.size(); ++number) {
    std::size_t slot = states_[number].low & (larger.size() - 1);
    while (larger[slot] != kNone) slot = (slot + 1) & (larger.size() - 1);
    larger[slot] = number;
  }
  table_ = std::move(larger);
}

std::vector<Fingerprint> VisitedStates::path_to(std::uint32_t state) const {
  std::vector<Fingerprint> path;
  for (; state != kNone; state = parents_[state]) path.push_back(states_[state]);
  std::reverse(path.begin(), path.end());
  return path;
}

}  // namespace reckoner::protocol
