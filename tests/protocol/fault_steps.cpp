// What goes wrong, each as often as the bounds allow; and checkpoints, which are taken at any time or never.
#include <algorithm>

#include "protocol/log.hpp"
#include "protocol/ownership.hpp"
#include "protocol/steps.hpp"

namespace reckoner::protocol {
namespace {

void take_checkpoint(State& state, const Rules& rules, const Step& step) {
  const Instance& self = state.instances[step.instance];
  const Work& work = self.work[step.shard];
  Copy& copy = state.copies[step.shard];
  if (rules.has(PlantedBug::kCheckpointBeforeCommit) && self.sending) {
    copy = {CopyKind::kUncommitted, false, {work.seen.owner, static_cast<std::uint8_t>(work.seen.epoch + 1)}};
    return;
  }
  copy = {CopyKind::kInLog, work.seen.epoch >= state.histories[step.shard].last.epoch, {}};
}

// The commit may or may not have been taken, now or later. The protocol leaves that to new producers and the log.
void lose_answer(State& state, const Rules& rules, std::uint8_t instance) {
  Instance& self = state.instances[instance];
  state.faults_left.use_up(&FaultsLeft::lost_answers);
  id_of(state, rules, instance, self.producer).end_underway = true;
  const bool is_epoch = std::none_of(self.work.begin(), self.work.end(), [](const Work& work) { return work.stage == Stage::kTakingOver; });
  if (is_epoch && rules.has(PlantedBug::kProducerKeptAfterLostAnswer)) {
    abort_transaction(state, rules, rules.bounds.slot_of[instance], self.producer);
    self.sending = false;
  } else if (is_epoch && rules.has(PlantedBug::kLostAnswerTakenForAbort)) {
    self.producer ^= 1U;
    self.sending = false;
  } else if (is_epoch && rules.has(PlantedBug::kLostAnswerTakenForCommit)) {
    for (Work& work : self.work) {
      if (work.stage == Stage::kLive) ++work.seen.epoch;
    }
    self.sending = false;
  } else {
    drop_work(state, rules, instance);
  }
}

// By the instance, after an error that asks for it; the answer is certain, and producer and owner stay.
void abort(State& state, const Rules& rules, std::uint8_t instance) {
  Instance& self = state.instances[instance];
  state.faults_left.use_up(&FaultsLeft::aborts);
  abort_transaction(state, rules, rules.bounds.slot_of[instance], self.producer);
  self.sending = false;
  for (Work& work : self.work) {
    if (work.stage == Stage::kTakingOver) work.stage = Stage::kAssigned;
  }
}

void crash(State& state, std::uint8_t instance) {
  state.faults_left.use_up(&FaultsLeft::crashes);
  state.instances[instance] = {};
  state.instances[instance].up = false;
}

void add_faults_of(const State& state, const Rules& rules, std::uint8_t instance, Successors& successors) {
  const FaultsLeft& left = state.faults_left;
  const Instance& self = state.instances[instance];
  const auto add = [&](StepKind kind) -> State& { return successors.emplace_back(Successor{{kind, instance}, state}).state; };
  if (!self.up) {
    add(StepKind::kRestart).instances[instance].up = true;
    return;
  }
  if (left.crashes > 0) crash(add(StepKind::kCrash), instance);
  if (self.sending && is_current(state, rules, instance, self.producer)) {
    if (left.lost_answers > 0) lose_answer(add(StepKind::kLoseAnswer), rules, instance);
    if (left.aborts > 0) abort(add(StepKind::kAbort), rules, instance);
  }
  if (rules.bounds.faults.disk_events == 0) return;
  for (std::uint8_t shard = 0; shard < rules.bounds.shards; ++shard) {
    if (self.work[shard].stage != Stage::kLive) continue;
    Successor& next = successors.emplace_back(Successor{{StepKind::kTakeCheckpoint, instance, shard}, state});
    take_checkpoint(next.state, rules, next.step);
  }
}

void add_disk_events(const State& state, const Rules& rules, Successors& successors) {
  if (state.faults_left.disk_events == 0) return;
  for (std::uint8_t shard = 0; shard < rules.bounds.shards; ++shard) {
    const auto add = [&](StepKind kind, CopyKind copy) {
      Successor& next = successors.emplace_back(Successor{{kind, kNobody, shard}, state});
      next.state.faults_left.use_up(&FaultsLeft::disk_events);
      next.state.copies[shard] = {copy, false, {}};
    };
    if (state.copies[shard].kind != CopyKind::kNone) add(StepKind::kLoseDisk, CopyKind::kNone);
    add(StepKind::kMountForeignDisk, CopyKind::kForeign);
    if (state.histories[shard].kind != SectionKind::kNone) add(StepKind::kMountForeignDisk, CopyKind::kTwin);
  }
}

}  // namespace

void add_fault_steps(const State& state, const Rules& rules, Successors& successors) {
  for (std::uint8_t instance = 0; instance < rules.bounds.instances; ++instance) add_faults_of(state, rules, instance, successors);
  add_disk_events(state, rules, successors);
  if (state.faults_left.rebalances == 0) return;
  for (const auto& assigned : possible_assignments(rules)) {
    if (assigned == state.assigned) continue;
    State& next = successors.emplace_back(Successor{{StepKind::kRebalance}, state}).state;
    next.assigned = assigned;
    next.faults_left.use_up(&FaultsLeft::rebalances);
    for (Instance& instance : next.instances) instance.informed = false;
  }
}

}  // namespace reckoner::protocol
