// What the brokers do in their own time.
#include "protocol/log.hpp"
#include "protocol/steps.hpp"

namespace reckoner::protocol {
namespace {

// Whether the process that opened it is going to end it.
bool is_worked_on(const State& state, const Rules& rules, std::uint8_t slot, std::uint8_t producer) {
  const std::uint8_t holder = state.ids[slot][producer].holder;
  if (holder >= rules.bounds.instances) return false;
  const Instance& instance = state.instances[holder];
  return instance.up && instance.sending && instance.producer == producer;
}

void add_steps_of_id(const State& state, const Rules& rules, std::uint8_t slot, std::uint8_t producer, Successors& successors) {
  const TransactionalId& id = state.ids[slot][producer];
  if (id.end_underway) {
    Successor& next = successors.emplace_back(Successor{{StepKind::kTakeLateCommit, kNobody, kNobody, 0, slot, producer}, state});
    next.state.ids[slot][producer].end_underway = false;
    decide_commit(next.state, rules, slot, producer);
  }
  if (!has_open_transaction(state, rules, slot, producer)) return;
  const bool is_fault = is_worked_on(state, rules, slot, producer);
  if (is_fault && state.faults_left.time_outs == 0) return;
  const StepKind kind = is_fault ? StepKind::kTimeOut : StepKind::kExpire;
  Successor& next = successors.emplace_back(Successor{{kind, kNobody, kNobody, 0, slot, producer}, state});
  if (is_fault) next.state.faults_left.use_up(&FaultsLeft::time_outs);
  initialise(next.state, rules, slot, producer, kNobody);
}

}  // namespace

void add_broker_steps(const State& state, const Rules& rules, Successors& successors) {
  for (std::uint8_t index = 0; index < state.tail_size; ++index) {
    const Record& record = state.tail[index];
    if (record.status != RecordStatus::kDecided) continue;
    const std::uint8_t slot = rules.bounds.slot_of[record.instance];
    Successor& next = successors.emplace_back(Successor{{StepKind::kWriteMarker, kNobody, kNobody, 0, slot, record.producer}, state});
    next.step.shard = record.partition;
    write_marker(next.state, rules, index);
  }
  for (std::uint8_t slot = 0; slot < kInstances; ++slot) {
    for (std::uint8_t producer = 0; producer < kProducers; ++producer) add_steps_of_id(state, rules, slot, producer, successors);
  }
}

}  // namespace reckoner::protocol
