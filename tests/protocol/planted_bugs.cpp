#include "protocol/planted_bugs.hpp"

#include <array>

namespace reckoner::protocol {
namespace {

using enum PlantedBug;

constexpr std::array kPlantedBugs = {
    BugDescription{kNothingFenced, "a taker fences nobody", Invariant::kOutputsReproducible},
    BugDescription{kOneProducerFenced, "a taker fences one of the two producers", Invariant::kOutputsReproducible},
    BugDescription{kOneProducerRenewed, "a process initialises its second producer when it first needs it", Invariant::kOutputsReproducible},
    BugDescription{kPredecessorIgnored, "readers take a section for valid by its owner number alone", Invariant::kEpochsGapless},
    BugDescription{kNotReadBack, "a taker goes live when its commit is answered", Invariant::kEpochsGapless},
    BugDescription{kReadBackByNumber, "a taker takes another's takeover of the same numbers for its own", Invariant::kEpochsGapless},
    BugDescription{kReadPastOpenTransaction, "readers of the log do not wait for open transactions", Invariant::kEpochsGapless},
    BugDescription{kReadUncommitted, "the log is replayed with aborted records", Invariant::kStateIsHistory},
    BugDescription{kGroupOffsetTrusted, "a taker restores up to the offsets of the group", Invariant::kStateIsHistory},
    BugDescription{kRestartWithoutTakeover, "a restarted process goes on under its old owner number", Invariant::kOutputsReproducible},
    BugDescription{kNumbersFromCheckpoint, "a taker counts epochs on from its checkpoint", Invariant::kEpochsGapless},
    BugDescription{kOwnerNotRaised, "a takeover keeps the owner number", Invariant::kOwnersGrow},
    BugDescription{kOwnerKeptWithNewProducers, "a process with new producers goes on without a takeover", Invariant::kOutputsReproducible},
    BugDescription{kProducerKeptAfterLostAnswer, "after a lost answer a process aborts and goes on with the same producer",
                   Invariant::kEpochsGapless},
    BugDescription{kLostAnswerTakenForAbort, "a lost answer is taken for an abort", Invariant::kEpochsGapless},
    BugDescription{kLostAnswerTakenForCommit, "a lost answer is taken for a commit", Invariant::kStateIsHistory},
    BugDescription{kNextEpochBeforeAnswer, "the next epoch is begun before the last was answered", Invariant::kStateIsHistory},
    BugDescription{kToldBeforeCommit, "alerts leave before the commit", Invariant::kOutputsReproducible},
    BugDescription{kCheckpointBeforeCommit, "a checkpoint is written of an epoch that is not committed", Invariant::kCheckpointInLog},
    BugDescription{kCheckpointNotLookedUp, "a checkpoint is used without a look into the log", Invariant::kCheckpointInLog},
    BugDescription{kCheckpointKnownByNumber, "a checkpoint is looked up by (owner, epoch) alone", Invariant::kCheckpointInLog},
    BugDescription{kCheckpointNotReplayed, "a checkpoint is used as it is, without what the log has since", Invariant::kStateIsHistory},
    BugDescription{kCheckpointIgnored, "a checkpoint of another owner's epoch is not used", Invariant::kCheckpointInLog},
    BugDescription{kFencedAgainEachRound, "a taker fences again what it has fenced before", Invariant::kRunsEnd},
    BugDescription{kGenerationUnchecked, "a taker acts on an assignment that may be old", Invariant::kRunsEnd},
    BugDescription{kFencedShardsForgotten, "a fenced process drops its shards and does not acquire them anew", Invariant::kEveryEpochIsCommitted},
    BugDescription{kMembershipUnchecked, "a fenced process initialises its producers before it asks the group", Invariant::kRunsEnd},
    BugDescription{kNotProbed, "a taker has its assignment checked with the takeover alone, after it has fenced", Invariant::kRunsEnd},
    BugDescription{kTakeoverUnchecked, "a taker has its assignment checked by the probe alone", Invariant::kNone},
    BugDescription{kNotReadAgain, "a taker does not read the log again after it has fenced", Invariant::kNone},
};

}  // namespace

std::span<const BugDescription> planted_bugs() { return kPlantedBugs; }

}  // namespace reckoner::protocol
