// What must hold in every state that the model reaches. They are stated over what any reader of the log and of the outputs sees, and over what
// the instances hold; they take no part in the protocol, and know nothing of its steps.
#pragma once

#include <cstdint>
#include <string_view>

namespace reckoner::protocol {

struct History;
struct Record;
struct Section;
struct State;

enum class Invariant : std::uint8_t {
  kNone,
  kEpochsGapless,          // a shard's valid sections are numbered without a gap, and no number of an owner is committed twice
  kOwnersGrow,             // a takeover raises the owner number by one, and nothing else changes it
  kStateIsHistory,         // an instance that is live, and every epoch, stand on exactly the state that the history gives
  kOutputsReproducible,    // what a reader of the outputs gets, or was told, is what the valid sections give, once
  kCheckpointInLog,        // a checkpoint is used if and only if its epoch is in the log, and none of another epoch is written
  kEveryEpochIsCommitted,  // when nothing is left to do, every shard is live where it is assigned, and all of its epochs are committed
  kRunsEnd,                // without further faults, no run goes on for ever
};

[[nodiscard]] std::string_view name_of(Invariant invariant);

// The log's reader has got to a section and judged it. Notes in `state` what that breaks.
void audit_section(State& state, const History& before, const Section& section, bool valid);
// A transaction was aborted whose record this is.
void audit_abort(State& state, const Record& record);
// An instance has gone live on a shard; `used` says whether it started from the shard's checkpoint.
void audit_restore(State& state, std::uint8_t shard, bool used);
// Notes in `state` what it breaks as it stands.
void audit_state(State& state);

}  // namespace reckoner::protocol
