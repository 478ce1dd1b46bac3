// Walks every state that can be reached, breadth first, so that the first violation found has a shortest trace.
//
// A state is remembered by 128 bits of hash alone: that two of ten million states share them has odds of one in 10^24. Beside it are kept where it
// was first reached from, and which states its protocol and broker steps lead to; from these the walk ends with whether every run without further
// faults ends, and ends well.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "protocol/invariants.hpp"
#include "protocol/rules.hpp"

namespace reckoner::protocol {

struct Fingerprint {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

[[nodiscard]] Fingerprint fingerprint(const State& state);

struct Walk {
  std::size_t states = 0;
  std::size_t steps = 0;
  std::size_t depth = 0;     // of the state farthest from the beginning
  bool is_complete = false;  // every reachable state was seen
  Invariant broken = Invariant::kNone;
  // From an initial state to the violation. For kRunsEnd: into the round that never ends, and once around it.
  std::vector<Fingerprint> trace;
  std::size_t round = 0;  // length of that round, in steps
};

// Stops at the first violation, or, incomplete, when `states_max` were seen.
[[nodiscard]] Walk walk(const Rules& rules, std::size_t states_max);

}  // namespace reckoner::protocol
