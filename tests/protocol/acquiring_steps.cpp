// From an assignment to a takeover that is committed. One instance may be anywhere in this for one shard, and live in another.
#include "engine/check.hpp"
#include "protocol/log.hpp"
#include "protocol/ownership.hpp"
#include "protocol/steps.hpp"

namespace reckoner::protocol {
namespace {

// The group has moved on without it, which it may not know; where the check is left out, it does not get to know.
bool is_stale(const Instance& self, const Rules& rules, PlantedBug unchecked) {
  return !self.informed && !rules.has(unchecked) && !rules.has(PlantedBug::kGenerationUnchecked);
}

bool is_acquiring(const Instance& self, std::uint8_t shard) { return self.work[shard].stage == Stage::kAcquiring; }

bool has_assigned(const Instance& self) {
  for (const Work& work : self.work) {
    if (work.stage == Stage::kAssigned) return true;
  }
  return false;
}

void end_acquiring(Instance& self, Stage stage) {
  self.acquiring = Acquiring::kNothing;
  for (Work& work : self.work) {
    if (work.stage != Stage::kAcquiring) continue;
    work.stage = stage;
    if (stage == Stage::kOut) leave(work);
  }
  give_up_idle_producers(self);
}

// A small transaction of its own, with the group's offsets, for nothing but the generation check. A stale member stops here, before it fences.
void probe(State& state, const Rules& rules, Step& step) {
  step.refused = !begin_transaction(state, rules, step.instance);
  if (step.refused) return;
  Instance& self = state.instances[step.instance];
  for (Work& work : self.work) {
    if (work.stage == Stage::kAssigned) work.stage = Stage::kAcquiring;
  }
  self.acquiring = Acquiring::kProbed;
  step.refused = is_stale(self, rules, PlantedBug::kNotProbed);
  if (step.refused) end_acquiring(self, Stage::kOut);
}

void read_last_of(State& state, const Rules& rules, std::uint8_t instance, std::uint8_t shard) {
  Work& work = state.instances[instance].work[shard];
  const History history = read_to_end(state, rules, shard);
  if (work.seen != history.last) work.fenced = 0;
  work.seen = history.last;
  const bool was_left = history.kind == SectionKind::kNone || history.kind == SectionKind::kRelease;
  // Producers of the own slot are the instance's own: it initialised them before it read this.
  const bool is_own = !was_left && history.slot == rules.bounds.slot_of[instance];
  if (was_left || is_own || rules.has(PlantedBug::kNothingFenced)) work.fenced = kProducers;
  work.seen_slot = work.fenced == kProducers ? std::uint8_t{0} : history.slot;
  if (is_own && rules.has(PlantedBug::kRestartWithoutTakeover)) go_live(state, rules, instance, shard, history.last);
}

void read_last(State& state, const Rules& rules, const Step& step) {
  Instance& self = state.instances[step.instance];
  for (std::uint8_t shard = 0; shard < kShards; ++shard) {
    if (is_acquiring(self, shard)) read_last_of(state, rules, step.instance, shard);
  }
  go_on_acquiring(self);
  if (self.acquiring == Acquiring::kNothing) return;
  // What was fenced before it was read need not be read again.
  self.acquiring = next_to_fence(self) == kShards ? Acquiring::kChecked : Acquiring::kRead;
}

void fence(State& state, const Rules& rules, const Step& step) {
  Instance& self = state.instances[step.instance];
  initialise(state, rules, step.slot, step.producer, kNobody);
  for (std::uint8_t shard = 0; shard < kShards; ++shard) {
    Work& work = self.work[shard];
    if (!is_acquiring(self, shard) || work.fenced != step.producer || work.seen_slot != step.slot) continue;
    work.fenced = rules.has(PlantedBug::kOneProducerFenced) ? kProducers : static_cast<std::uint8_t>(work.fenced + 1);
    if (work.fenced == kProducers) work.seen_slot = 0;
  }
  if (next_to_fence(self) == kShards) self.acquiring = Acquiring::kFenced;
}

void read_again(State& state, const Rules& rules, const Step& step) {
  Instance& self = state.instances[step.instance];
  self.acquiring = Acquiring::kChecked;
  if (rules.has(PlantedBug::kNotReadAgain)) return;
  for (std::uint8_t shard = 0; shard < kShards; ++shard) {
    if (is_acquiring(self, shard) && read_to_end(state, rules, shard).last != self.work[shard].seen) return end_acquiring(self, Stage::kAssigned);
  }
}

Section takeover_after(SectionId seen, const Rules& rules) {
  Section section;
  section.kind = SectionKind::kTakeover;
  section.previous = seen;
  section.id.owner = static_cast<std::uint8_t>(seen.owner + (rules.has(PlantedBug::kOwnerNotRaised) ? 0 : 1));
  section.id.epoch = static_cast<std::uint8_t>(seen.epoch + (rules.has(PlantedBug::kNumbersFromCheckpoint) ? 0 : 1));
  return section;
}

Sections takeovers(const Instance& self, const Rules& rules) {
  Sections sections;
  for (std::uint8_t shard = 0; shard < kShards; ++shard) {
    if (is_acquiring(self, shard)) sections[shard] = takeover_after(self.work[shard].seen, rules);
  }
  return sections;
}

void take_over(State& state, const Rules& rules, Step& step) {
  step.refused = !begin_transaction(state, rules, step.instance);
  if (step.refused) return;
  Instance& self = state.instances[step.instance];
  step.refused = is_stale(self, rules, PlantedBug::kTakeoverUnchecked);
  if (step.refused) return end_acquiring(self, Stage::kOut);
  append(state, rules, step.instance, takeovers(self, rules));
  end_acquiring(self, Stage::kTakingOver);
  self.sending = true;
}

}  // namespace

void add_acquiring_steps(const State& state, const Rules& rules, std::uint8_t instance, Successors& successors) {
  const Instance& self = state.instances[instance];
  const auto add = [&](StepKind kind) -> Successor& { return successors.emplace_back(Successor{{kind, instance}, state}); };
  if (self.acquiring == Acquiring::kNothing && has_assigned(self) && can_send(state, rules, instance)) {
    Successor& next = add(StepKind::kProbe);
    probe(next.state, rules, next.step);
  } else if (self.acquiring == Acquiring::kProbed) {
    Successor& next = add(StepKind::kReadLast);
    read_last(next.state, rules, next.step);
  } else if (self.acquiring == Acquiring::kRead) {
    const std::uint8_t shard = next_to_fence(self);
    RECKONER_CHECK(shard < kShards);
    const Work& work = self.work[shard];
    if (!is_idle(state, rules, work.seen_slot, work.fenced)) return;
    Successor& next = add(StepKind::kFence);
    next.step.slot = work.seen_slot;
    next.step.producer = work.fenced;
    fence(next.state, rules, next.step);
  } else if (self.acquiring == Acquiring::kFenced) {
    Successor& next = add(StepKind::kReadAgain);
    read_again(next.state, rules, next.step);
  } else if (self.acquiring == Acquiring::kChecked && can_send(state, rules, instance) && has_room(state, rules, takeovers(self, rules))) {
    Successor& next = add(StepKind::kTakeOver);
    take_over(next.state, rules, next.step);
  }
}

}  // namespace reckoner::protocol
