// Every planted bug is told, by the promise that it breaks. The traces are printed; they say best what each step of the protocol is for.
#include "protocol/planted_bugs.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <set>

#include "protocol/search.hpp"
#include "protocol/trace.hpp"
#include "support/catch.hpp"

namespace reckoner::protocol {
namespace {

constexpr std::size_t kStatesMax = 3'000'000;

// As little as it takes for the bug to show, so that the trace has nothing else in it.
Bounds bounds_for(PlantedBug bug) {
  Bounds bounds{.epochs = 2, .instances = 2, .shards = 1, .faults = {.rebalances = 1}};
  switch (bug) {
    case PlantedBug::kOneProducerRenewed:
    case PlantedBug::kMembershipUnchecked:
      bounds.slot_of = {0, 0, 1};
      break;
    case PlantedBug::kOwnerKeptWithNewProducers:
      bounds.faults = {.rebalances = 2};
      break;
    case PlantedBug::kRestartWithoutTakeover:
      bounds.faults = {.crashes = 1, .rebalances = 2};
      break;
    case PlantedBug::kProducerKeptAfterLostAnswer:
    case PlantedBug::kLostAnswerTakenForAbort:
    case PlantedBug::kLostAnswerTakenForCommit:
      bounds.faults = {.lost_answers = 1};
      break;
    case PlantedBug::kReadUncommitted:
    case PlantedBug::kToldBeforeCommit:
      bounds.faults = {.aborts = 1, .rebalances = 1};
      break;
    case PlantedBug::kCheckpointBeforeCommit:
      bounds.faults = {.aborts = 1, .disk_events = 1};
      break;
    case PlantedBug::kCheckpointNotLookedUp:
    case PlantedBug::kCheckpointKnownByNumber:
      bounds.faults = {.rebalances = 1, .disk_events = 1};
      break;
    case PlantedBug::kCheckpointNotReplayed:
    case PlantedBug::kCheckpointIgnored:
      bounds.faults = {.crashes = 1, .disk_events = 1};
      break;
    case PlantedBug::kFencedAgainEachRound:
      bounds.shards = 2;
      bounds.epochs = 1;
      bounds.late_markers = false;
      break;
    default:
      break;
  }
  return bounds;
}

}  // namespace

TEST_CASE("each planted bug of the protocol breaks the promise that it should") {
  for (const BugDescription& planted : planted_bugs()) {
    const Rules rules{bounds_for(planted.bug), planted.bug};
    const Walk walked = walk(rules, kStatesMax);
    const bool is_caught = walked.broken != Invariant::kNone;
    fmt::print("{}\n{}\n", planted.text, is_caught ? describe(walked, rules) : "harmless\n");
    INFO(planted.text << ": " << name_of(walked.broken));
    CHECK(walked.broken == planted.breaks);
    CHECK((is_caught || walked.is_complete));
  }
}

TEST_CASE("every promise is broken by some planted bug") {
  std::set<Invariant> broken;
  for (const BugDescription& planted : planted_bugs()) broken.insert(planted.breaks);
  for (auto promise = Invariant::kEpochsGapless; promise <= Invariant::kRunsEnd; promise = static_cast<Invariant>(static_cast<int>(promise) + 1)) {
    INFO(name_of(promise));
    CHECK(broken.contains(promise));
  }
}

}  // namespace reckoner::protocol
