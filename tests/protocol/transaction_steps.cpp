// What a live instance does: serves the group, keeps its producers, commits epochs and releases. It has one transaction at a time, and begins the
// next, on the other producer, when the commit of the one before was answered.
#include <algorithm>

#include "protocol/log.hpp"
#include "protocol/ownership.hpp"
#include "protocol/steps.hpp"

namespace reckoner::protocol {
namespace {

SectionId after(SectionId id) { return {id.owner, static_cast<std::uint8_t>(id.epoch + 1)}; }

// Epochs of the shard so far, those included that may yet be aborted.
int epochs_of(const State& state, std::uint8_t shard) {
  int epochs = state.histories[shard].epochs;
  for (std::uint8_t i = 0; i < state.tail_size; ++i) epochs += state.tail[i].sections[shard].kind == SectionKind::kEpoch;
  return epochs;
}

Sections sections_of(const Instance& self, SectionKind kind, std::uint8_t shards) {
  Sections sections;
  for (std::uint8_t shard = 0; shard < kShards; ++shard) {
    const Work& work = self.work[shard];
    if ((shards >> shard & 1) != 0) sections[shard] = {kind, after(work.seen), work.seen, work.stray};
  }
  return sections;
}

void produce(State& state, const Rules& rules, Step& step, const Sections& sections) {
  step.refused = !begin_transaction(state, rules, step.instance);
  if (step.refused) return;
  append(state, rules, step.instance, sections);
  state.instances[step.instance].sending = true;
}

void add_sending(const State& state, const Rules& rules, Step step, SectionKind kind, Successors& successors) {
  const Sections sections = sections_of(state.instances[step.instance], kind, step.shards);
  if (!has_room(state, rules, sections)) return;
  Successor& next = successors.emplace_back(Successor{step, state});
  produce(next.state, rules, next.step, sections);
}

void add_epochs_and_releases(const State& state, const Rules& rules, std::uint8_t instance, Successors& successors) {
  const Instance& self = state.instances[instance];
  unsigned with_work = 0;
  unsigned leaving = 0;
  for (std::uint8_t shard = 0; shard < rules.bounds.shards; ++shard) {
    const Stage stage = self.work[shard].stage;
    if (stage == Stage::kLive && epochs_of(state, shard) < rules.bounds.epochs) with_work |= 1U << shard;
    if (stage == Stage::kReleasing) leaving |= 1U << shard;
  }
  for (unsigned shards = 1; shards <= with_work; ++shards) {
    if ((shards & ~with_work) != 0) continue;
    add_sending(state, rules, {StepKind::kProduceEpoch, instance, kNobody, static_cast<std::uint8_t>(shards)}, SectionKind::kEpoch, successors);
  }
  if (leaving == 0) return;
  add_sending(state, rules, {StepKind::kProduceRelease, instance, kNobody, static_cast<std::uint8_t>(leaving)}, SectionKind::kRelease, successors);
}

// The answer came: what the transaction held is committed.
void take_answer(State& state, const Rules& rules, std::uint8_t instance) {
  Instance& self = state.instances[instance];
  for (std::uint8_t i = 0; i < state.tail_size; ++i) {
    const Record record = state.tail[i];
    if (record.instance != instance || record.producer != self.producer || record.status == RecordStatus::kMarked) continue;
    for (std::uint8_t shard = 0; shard < kShards; ++shard) {
      const Section& section = record.sections[shard];
      Work& work = self.work[shard];
      if (section.kind == SectionKind::kEpoch) work.seen = section.id;
      if (section.kind == SectionKind::kRelease) leave(work);
      if (section.kind != SectionKind::kTakeover || work.stage != Stage::kTakingOver) continue;
      work.stage = Stage::kCommitted;
      if (rules.has(PlantedBug::kNotReadBack)) go_live(state, rules, instance, shard, section.id);
    }
  }
  self.sending = false;
  self.producer ^= 1U;
  give_up_idle_producers(self);
}

bool is_epoch(const Instance& self) {
  return std::none_of(self.work.begin(), self.work.end(), [](const Work& work) { return work.stage == Stage::kTakingOver; });
}

void commit(State& state, const Rules& rules, Step& step) {
  Instance& self = state.instances[step.instance];
  step.refused = !is_current(state, rules, step.instance, self.producer);
  if (step.refused) return drop_work(state, rules, step.instance);
  if (rules.has(PlantedBug::kNextEpochBeforeAnswer) && is_epoch(self)) {
    id_of(state, rules, step.instance, self.producer).end_underway = true;
  } else {
    decide_commit(state, rules, rules.bounds.slot_of[step.instance], self.producer);
  }
  take_answer(state, rules, step.instance);
}

void renew_producer(State& state, const Rules& rules, const Step& step) {
  Instance& self = state.instances[step.instance];
  initialise(state, rules, step.slot, step.producer, step.instance);
  ++self.renewed;
  if (self.renewed < kProducers || !rules.has(PlantedBug::kOwnerKeptWithNewProducers)) return;
  for (std::uint8_t shard = 0; shard < kShards; ++shard) {
    Work& work = self.work[shard];
    if (work.stage != Stage::kLive) continue;
    const SectionId last = state.histories[shard].last;
    if (last.owner == work.seen.owner) {
      work.seen = last;
    } else {
      work = {Stage::kAssigned, {}, 0, 0, false};
    }
  }
}

void serve_assignment(State& state, const Rules& rules, const Step& step) {
  Instance& self = state.instances[step.instance];
  self.informed = true;
  for (std::uint8_t shard = 0; shard < rules.bounds.shards; ++shard) {
    Work& work = self.work[shard];
    const bool is_assigned = state.assigned[shard] == step.instance;
    const bool is_live = work.stage == Stage::kLive || work.stage == Stage::kReleasing;
    if (is_assigned && work.stage == Stage::kOut) work.stage = Stage::kAssigned;
    if (is_assigned && is_live) work.stage = Stage::kLive;
    if (is_assigned) continue;
    if (is_live && step.kind == StepKind::kServeAssignment) {
      work.stage = Stage::kReleasing;
    } else {
      leave(work);
    }
  }
  go_on_acquiring(self);
  give_up_idle_producers(self);
}

// To initialise the own producers fences whoever else has the slot, so the group is asked first whether this is still the slot's member.
bool is_member(const Instance& self, const Rules& rules) {
  return self.informed || self.renewed > 0 || rules.has(PlantedBug::kMembershipUnchecked) || rules.has(PlantedBug::kGenerationUnchecked);
}

bool loses_live_shard(const State& state, std::uint8_t instance) {
  for (std::uint8_t shard = 0; shard < kShards; ++shard) {
    const Stage stage = state.instances[instance].work[shard].stage;
    if (state.assigned[shard] != instance && (stage == Stage::kLive || stage == Stage::kReleasing)) return true;
  }
  return false;
}

}  // namespace

void add_transaction_steps(const State& state, const Rules& rules, std::uint8_t instance, Successors& successors) {
  const Instance& self = state.instances[instance];
  const auto add = [&](StepKind kind) -> Successor& { return successors.emplace_back(Successor{{kind, instance}, state}); };
  if (self.sending) {
    Successor& next = add(StepKind::kCommit);
    commit(next.state, rules, next.step);
    return;
  }
  if (!self.informed && is_concerned(state, instance)) {
    Successor& next = add(StepKind::kServeAssignment);
    serve_assignment(next.state, rules, next.step);
    if (loses_live_shard(state, instance)) {
      Successor& lost = add(StepKind::kLoseAssignment);
      serve_assignment(lost.state, rules, lost.step);
    }
  }
  const std::uint8_t slot = rules.bounds.slot_of[instance];
  if (can_send(state, rules, instance)) {
    add_epochs_and_releases(state, rules, instance, successors);
  } else if (self.renewed < kProducers && has_shards(self) && is_member(self, rules) && is_idle(state, rules, slot, self.renewed)) {
    Successor& next = add(StepKind::kRenewProducer);
    next.step.slot = slot;
    next.step.producer = self.renewed;
    renew_producer(next.state, rules, next.step);
  }
}

}  // namespace reckoner::protocol
