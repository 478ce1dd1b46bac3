#include "protocol/ownership.hpp"

#include <algorithm>

#include "protocol/log.hpp"

namespace reckoner::protocol {
namespace {

// Told by the numbers and hash of its epoch, which must be a section's in the log.
bool is_usable(const Copy& copy, const Rules& rules) {
  if (rules.has(PlantedBug::kCheckpointIgnored)) return false;
  if (rules.has(PlantedBug::kCheckpointNotLookedUp)) return copy.kind != CopyKind::kNone;
  if (rules.has(PlantedBug::kCheckpointKnownByNumber) && copy.kind == CopyKind::kTwin) return true;
  return copy.kind == CopyKind::kInLog;
}

void forget_fencing(Work& work) {
  work.seen = {};
  work.fenced = 0;
}

}  // namespace

void go_live(State& state, const Rules& rules, std::uint8_t instance, std::uint8_t shard, SectionId id) {
  const Copy& copy = state.copies[shard];
  History& history = state.histories[shard];
  const bool used = is_usable(copy, rules);
  audit_restore(state, shard, used);
  Work& work = state.instances[instance].work[shard];
  forget_fencing(work);
  work.stage = Stage::kLive;
  work.seen = id;
  work.stray = used && copy.kind != CopyKind::kInLog;
  if (rules.has(PlantedBug::kCheckpointNotReplayed) && used && !copy.newest) work.stray = true;
  if (history.has_aborted) work.stray = true;
  if (!rules.has(PlantedBug::kGroupOffsetTrusted)) return;
  work.stray = history.hint != history.epochs;
  history.hint = history.epochs;
}

void drop_work(State& state, const Rules& rules, std::uint8_t instance) {
  Instance& self = state.instances[instance];
  self.sending = false;
  self.renewed = 0;
  self.producer = 0;
  self.acquiring = Acquiring::kNothing;
  for (Work& work : self.work) {
    if (work.stage == Stage::kOut) continue;
    if (work.stage == Stage::kReleasing || rules.has(PlantedBug::kFencedShardsForgotten)) {
      leave(work);
      continue;
    }
    if (rules.has(PlantedBug::kOwnerKeptWithNewProducers) && work.stage == Stage::kLive) continue;
    if (work.stage == Stage::kLive || rules.has(PlantedBug::kFencedAgainEachRound)) forget_fencing(work);
    work.stage = Stage::kAssigned;
    work.seen_slot = 0;
    work.stray = false;
  }
}

bool can_send(const State& state, const Rules& rules, std::uint8_t instance) {
  const Instance& self = state.instances[instance];
  const bool is_ready = self.renewed >= (rules.has(PlantedBug::kOneProducerRenewed) ? 1 : kProducers);
  return is_ready && !self.sending && is_idle(state, rules, rules.bounds.slot_of[instance], self.producer);
}

bool begin_transaction(State& state, const Rules& rules, std::uint8_t instance) {
  Instance& self = state.instances[instance];
  const std::uint8_t slot = rules.bounds.slot_of[instance];
  if (self.producer >= self.renewed && is_idle(state, rules, slot, self.producer)) {
    initialise(state, rules, slot, self.producer, instance);
    self.renewed = kProducers;
  }
  if (is_current(state, rules, instance, self.producer)) return true;
  drop_work(state, rules, instance);
  return false;
}

void leave(Work& work) { work = {}; }

bool is_concerned(const State& state, std::uint8_t instance) {
  for (std::uint8_t shard = 0; shard < kShards; ++shard) {
    if (state.assigned[shard] == instance || state.instances[instance].work[shard].stage != Stage::kOut) return true;
  }
  return false;
}

bool has_shards(const Instance& self) {
  for (const Work& work : self.work) {
    if (work.stage != Stage::kOut) return true;
  }
  return false;
}

void give_up_idle_producers(Instance& self) {
  if (has_shards(self)) return;
  self.renewed = 0;
  self.producer = 0;
}

std::uint8_t next_to_fence(const Instance& self) {
  std::uint8_t shard = 0;
  while (shard < kShards && !(self.work[shard].stage == Stage::kAcquiring && self.work[shard].fenced < kProducers)) ++shard;
  return shard;
}

void go_on_acquiring(Instance& self) {
  const bool acquires = std::any_of(self.work.begin(), self.work.end(), [](const Work& work) { return work.stage == Stage::kAcquiring; });
  if (!acquires) {
    self.acquiring = Acquiring::kNothing;
  } else if (self.acquiring == Acquiring::kRead && next_to_fence(self) == kShards) {
    self.acquiring = Acquiring::kFenced;
  }
}

}  // namespace reckoner::protocol
