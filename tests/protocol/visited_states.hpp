// The states that a walk has seen, numbered in the order in which they were found.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "protocol/search.hpp"

namespace reckoner::protocol {

class VisitedStates {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;

  VisitedStates() : table_(std::size_t{1} << 16, kNone) {}

  // The state's number, and whether it is new. `parent` is where it was reached from.
  std::pair<std::uint32_t, bool> insert(Fingerprint state, std::uint32_t parent);

  [[nodiscard]] std::size_t size() const { return states_.size(); }
  // From an initial state to `state`, both included.
  [[nodiscard]] std::vector<Fingerprint> path_to(std::uint32_t state) const;
  [[nodiscard]] Fingerprint operator[](std::uint32_t state) const { return states_[state]; }

 private:
  void grow();

  std::vector<Fingerprint> states_;
  std::vector<std::uint32_t> parents_;
  std::vector<std::uint32_t> table_;  // open addressing, a power of two, at most half full
};

}  // namespace reckoner::protocol
