// The steps of the protocol, of the brokers, and of what goes wrong. Names of an instance's steps are those of the protocol's code.
#pragma once

#include <cstdint>
#include <vector>

#include "protocol/rules.hpp"
#include "protocol/state.hpp"

namespace reckoner::protocol {

enum class StepKind : std::uint8_t {
  // An instance. Any of them that sends something finds out when its producer was fenced, and then drops its work.
  kServeAssignment,  // gets the generation and its shards; a live shard that went to another will be released
  kLoseAssignment,   // the same, but drops such a shard without a release
  kRenewProducer,
  kProbe,
  kReadLast,
  kFence,
  kReadAgain,
  kTakeOver,
  kProduceEpoch,
  kProduceRelease,
  kCommit,
  kRestart,
  // The brokers.
  kTakeLateCommit,  // of a commit request that was under way
  kWriteMarker,     // and whoever waits for its takeover reads it back
  kExpire,          // a transaction that nobody works on times out
  // What goes wrong. kTakeCheckpoint does not, but no run waits for it either.
  kTakeCheckpoint,
  kLoseAnswer,  // of a commit; its request may arrive late, or never
  kAbort,
  kTimeOut,  // of a transaction that is being worked on
  kCrash,
  kRebalance,
  kLoseDisk,
  kMountForeignDisk,
};

struct Step {
  StepKind kind = StepKind::kRestart;
  std::uint8_t instance = kNobody;
  std::uint8_t shard = kNobody;
  std::uint8_t shards = 0;  // as bits
  std::uint8_t slot = kNobody;
  std::uint8_t producer = kNobody;
  bool refused = false;  // the producer was fenced, or the generation is not current
};

struct Successor {
  Step step;
  State state;
};
using Successors = std::vector<Successor>;

// Whether the step is one of those that a run without further faults is made of.
[[nodiscard]] inline bool is_progress(StepKind kind) { return kind < StepKind::kTakeCheckpoint; }

// What the group may assign: any shard to any instance, but never to two of one slot, of which the group refuses the older.
[[nodiscard]] std::vector<Assignment> possible_assignments(const Rules& rules);
// Nothing has been written yet, and nobody knows what it is assigned.
[[nodiscard]] std::vector<State> initial_states(const Rules& rules);
// Every step that can follow `state`, with what it leads to. `successors` is overwritten.
void find_successors(const State& state, const Rules& rules, Successors& successors);

// The parts of find_successors; they append.
void add_acquiring_steps(const State& state, const Rules& rules, std::uint8_t instance, Successors& successors);
void add_transaction_steps(const State& state, const Rules& rules, std::uint8_t instance, Successors& successors);
void add_broker_steps(const State& state, const Rules& rules, Successors& successors);
void add_fault_steps(const State& state, const Rules& rules, Successors& successors);

}  // namespace reckoner::protocol
