// Mistakes that an implementation of the protocol could make, one switch each, to show that the model would tell.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "protocol/invariants.hpp"

namespace reckoner::protocol {

enum class PlantedBug : std::uint8_t {
  kNone,
  kNothingFenced,
  kOneProducerFenced,
  kOneProducerRenewed,
  kPredecessorIgnored,
  kNotReadBack,
  kReadBackByNumber,
  kReadPastOpenTransaction,
  kReadUncommitted,
  kGroupOffsetTrusted,
  kRestartWithoutTakeover,
  kNumbersFromCheckpoint,
  kOwnerNotRaised,
  kOwnerKeptWithNewProducers,
  kProducerKeptAfterLostAnswer,
  kLostAnswerTakenForAbort,
  kLostAnswerTakenForCommit,
  kNextEpochBeforeAnswer,
  kToldBeforeCommit,
  kCheckpointBeforeCommit,
  kCheckpointNotLookedUp,
  kCheckpointKnownByNumber,
  kCheckpointNotReplayed,
  kCheckpointIgnored,
  kFencedAgainEachRound,
  kGenerationUnchecked,
  kFencedShardsForgotten,
  kMembershipUnchecked,
  kNotProbed,
  kTakeoverUnchecked,
  kNotReadAgain,
};

struct BugDescription {
  PlantedBug bug;
  std::string_view text;
  Invariant breaks;  // kNone: nothing; the protocol only does more in vain
};

// All but kNone.
[[nodiscard]] std::span<const BugDescription> planted_bugs();

}  // namespace reckoner::protocol
