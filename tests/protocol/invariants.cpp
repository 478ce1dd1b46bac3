#include "protocol/invariants.hpp"

#include "engine/check.hpp"
#include "protocol/state.hpp"

namespace reckoner::protocol {
namespace {

void note(State& state, Invariant broken) {
  if (state.broken == Invariant::kNone) state.broken = broken;
}

// Sections of `instance` for the shard that are committed and not yet readable.
int committed_in_tail(const State& state, std::uint8_t instance, std::uint8_t shard) {
  int sections = 0;
  for (std::uint8_t i = 0; i < state.tail_size; ++i) {
    const Record& record = state.tail[i];
    sections += record.instance == instance && record.status != RecordStatus::kOpen && record.sections[shard].kind != SectionKind::kNone;
  }
  return sections;
}

void audit_live(State& state, std::uint8_t instance, std::uint8_t shard) {
  const Work& work = state.instances[instance].work[shard];
  if (work.stage != Stage::kLive) return;
  const bool is_ahead = work.seen.epoch > state.histories[shard].last.epoch + committed_in_tail(state, instance, shard);
  if (work.stray || is_ahead) note(state, Invariant::kStateIsHistory);
}

}  // namespace

std::string_view name_of(Invariant invariant) {
  switch (invariant) {
    case Invariant::kNone:
      return "nothing";
    case Invariant::kEpochsGapless:
      return "a shard's epochs are numbered without a gap, and none is committed twice";
    case Invariant::kOwnersGrow:
      return "owner numbers grow with each takeover";
    case Invariant::kStateIsHistory:
      return "the state of a live owner is the history";
    case Invariant::kOutputsReproducible:
      return "outputs that were released are those that the history gives, once";
    case Invariant::kCheckpointInLog:
      return "a checkpoint is usable if and only if its epoch is in the log";
    case Invariant::kEveryEpochIsCommitted:
      return "the assigned instance becomes live and commits the next epoch";
    case Invariant::kRunsEnd:
      return "without further faults no run goes on for ever";
  }
  RECKONER_UNREACHABLE("invariant");
}

void audit_section(State& state, const History& before, const Section& section, bool valid) {
  if (!valid) {
    if (section.kind != SectionKind::kEpoch) return;
    const bool is_repeated = section.id.owner == before.last.owner && section.id.epoch <= before.last.epoch;
    note(state, is_repeated ? Invariant::kEpochsGapless : Invariant::kOutputsReproducible);
    return;
  }
  if (section.id.epoch != before.last.epoch + 1) note(state, Invariant::kEpochsGapless);
  if (section.id.owner != before.last.owner + (section.kind == SectionKind::kTakeover ? 1 : 0)) note(state, Invariant::kOwnersGrow);
  if (section.stray) note(state, Invariant::kStateIsHistory);
}

void audit_abort(State& state, const Record& record) {
  if (record.told) note(state, Invariant::kOutputsReproducible);
}

void audit_restore(State& state, std::uint8_t shard, bool used) {
  if (used != (state.copies[shard].kind == CopyKind::kInLog)) note(state, Invariant::kCheckpointInLog);
}

void audit_state(State& state) {
  for (std::uint8_t shard = 0; shard < kShards; ++shard) {
    if (state.copies[shard].kind == CopyKind::kAborted) note(state, Invariant::kCheckpointInLog);
    for (std::uint8_t instance = 0; instance < kInstances; ++instance) audit_live(state, instance, shard);
  }
}

}  // namespace reckoner::protocol
