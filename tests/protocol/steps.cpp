#include "protocol/steps.hpp"

#include "protocol/log.hpp"

namespace reckoner::protocol {
namespace {

// Whether a coarse walk takes `second`, of the same instance, together with `first`. Nothing is lost by a takeover right after the log was read:
// what another sends in between might as well have been sent just before, and be decided later. Two producers are initialised in one go; that an
// instance may stop half-way is left to walks that are not coarse.
bool belongs_to(StepKind second, StepKind first) {
  if (second == StepKind::kTakeOver) return first == StepKind::kReadAgain || first == StepKind::kReadLast;
  return second == first && (second == StepKind::kRenewProducer || second == StepKind::kFence);
}

void take_together(Successor& taken, const Rules& rules) {
  if (taken.step.instance == kNobody || !taken.state.instances[taken.step.instance].up) return;
  Successors following;
  if (taken.step.kind == StepKind::kRenewProducer) {
    add_transaction_steps(taken.state, rules, taken.step.instance, following);
  } else {
    add_acquiring_steps(taken.state, rules, taken.step.instance, following);
  }
  for (const Successor& next : following) {
    if (!belongs_to(next.step.kind, taken.step.kind)) continue;
    taken = next;
    return take_together(taken, rules);
  }
}

}  // namespace

std::vector<Assignment> possible_assignments(const Rules& rules) {
  const Bounds& bounds = rules.bounds;
  std::vector<Assignment> assignments;
  for (std::uint8_t first = 0; first < bounds.instances; ++first) {
    if (bounds.shards == 1) assignments.push_back({first, first});
    for (std::uint8_t second = 0; second < bounds.instances && bounds.shards > 1; ++second) {
      if (first == second || bounds.slot_of[first] != bounds.slot_of[second]) assignments.push_back({first, second});
    }
  }
  return assignments;
}

std::vector<State> initial_states(const Rules& rules) {
  State state{};
  state.faults_left = rules.bounds.faults;
  for (std::uint8_t instance = rules.bounds.instances; instance < kInstances; ++instance) state.instances[instance].up = false;
  std::vector<State> states;
  for (const Assignment& assigned : possible_assignments(rules)) {
    state.assigned = assigned;
    states.push_back(state);
  }
  return states;
}

void find_successors(const State& state, const Rules& rules, Successors& successors) {
  successors.clear();
  for (std::uint8_t instance = 0; instance < rules.bounds.instances; ++instance) {
    if (!state.instances[instance].up) continue;
    add_acquiring_steps(state, rules, instance, successors);
    add_transaction_steps(state, rules, instance, successors);
  }
  add_broker_steps(state, rules, successors);
  add_fault_steps(state, rules, successors);
  for (Successor& successor : successors) {
    if (rules.bounds.coarse) take_together(successor, rules);
    if (!rules.bounds.late_markers) write_all_markers(successor.state, rules);
    audit_state(successor.state);
  }
}

}  // namespace reckoner::protocol
