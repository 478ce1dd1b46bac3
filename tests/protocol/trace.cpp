#include "protocol/trace.hpp"

#include <fmt/format.h>

#include <string_view>

#include "engine/check.hpp"
#include "protocol/log.hpp"
#include "protocol/steps.hpp"
#include "protocol/symmetry.hpp"

namespace reckoner::protocol {
namespace {

char letter(std::uint8_t instance) { return static_cast<char>('A' + instance); }

std::string text(SectionId id) { return fmt::format("({}, {})", id.owner, id.epoch); }

std::string_view text(SectionKind kind) {
  switch (kind) {
    case SectionKind::kNone:
      return "nothing";
    case SectionKind::kTakeover:
      return "takeover";
    case SectionKind::kEpoch:
      return "epoch";
    case SectionKind::kRelease:
      return "release";
  }
  RECKONER_UNREACHABLE("section kind");
}

std::string shards_text(std::uint8_t shards) {
  if (shards == 3) return "shards 0 and 1";
  return fmt::format("shard {}", shards == 2 ? 1 : 0);
}

// The sections that the instance has in its open transaction.
std::string sections_text(const State& state, std::uint8_t instance) {
  std::string list;
  for (std::uint8_t i = 0; i < state.tail_size; ++i) {
    const Record& record = state.tail[i];
    if (record.instance != instance || record.status != RecordStatus::kOpen) continue;
    for (std::uint8_t shard = 0; shard < kShards; ++shard) {
      const Section& section = record.sections[shard];
      if (section.kind == SectionKind::kNone) continue;
      if (!list.empty()) list += ", ";
      list += fmt::format("shard {} {} {} after {}", shard, text(section.kind), text(section.id), text(section.previous));
    }
  }
  return list;
}

std::string last_text(const History& history) {
  if (history.kind == SectionKind::kNone) return "nothing";
  return fmt::format("{} {} by slot {}", text(history.kind), text(history.last), letter(history.slot));
}

// What a reader finds of the shards that `acquirer` has the instance acquire.
std::string log_text(const State& state, const State& acquirer, const Rules& rules, std::uint8_t instance) {
  std::string list;
  for (std::uint8_t shard = 0; shard < rules.bounds.shards; ++shard) {
    if (acquirer.instances[instance].work[shard].stage != Stage::kAcquiring) continue;
    if (!list.empty()) list += ", ";
    list += fmt::format("shard {} to its end: {}", shard, last_text(read_to_end(state, rules, shard)));
  }
  return list;
}

std::string assignment_text(const State& state, const Rules& rules) {
  std::string list = fmt::format("shard 0 to {}", letter(state.assigned[0]));
  if (rules.bounds.shards > 1) list += fmt::format(", shard 1 to {}", letter(state.assigned[1]));
  return list;
}

std::string instance_step_text(const State& before, const State& after, const Step& step, const Rules& rules) {
  const std::string_view refused = step.refused ? ": refused" : "";
  switch (step.kind) {
    case StepKind::kServeAssignment:
      return fmt::format("serves the assignment ({})", assignment_text(after, rules));
    case StepKind::kLoseAssignment:
      return fmt::format("serves the assignment and drops what it lost ({})", assignment_text(after, rules));
    case StepKind::kRenewProducer:
      return fmt::format("initialises its producer {}", step.producer);
    case StepKind::kProbe:
      return fmt::format("probes its assignment{}", refused);
    case StepKind::kReadLast:
      return fmt::format("reads {}", log_text(before, after, rules, step.instance));
    case StepKind::kFence:
      return fmt::format("fences producer {} of slot {}", step.producer, letter(step.slot));
    case StepKind::kReadAgain:
      return fmt::format("reads again {}", log_text(before, before, rules, step.instance));
    case StepKind::kTakeOver:
      if (step.refused) return "sends a takeover: refused";
      return fmt::format("sends {}", sections_text(after, step.instance));
    case StepKind::kProduceEpoch:
    case StepKind::kProduceRelease:
      if (step.refused) return fmt::format("sends {}: refused, drops its work", shards_text(step.shards));
      return fmt::format("sends {}", sections_text(after, step.instance));
    case StepKind::kCommit:
      return step.refused ? std::string("commits: refused, drops its work") : fmt::format("commits {}", sections_text(before, step.instance));
    case StepKind::kRestart:
      return "starts again";
    case StepKind::kTakeCheckpoint:
      return fmt::format("writes a checkpoint of shard {}", step.shard);
    case StepKind::kLoseAnswer:
      return fmt::format("commits {}, and gets no answer", sections_text(before, step.instance));
    case StepKind::kAbort:
      return fmt::format("aborts {}", sections_text(before, step.instance));
    case StepKind::kCrash:
      return "crashes";
    default:
      RECKONER_UNREACHABLE("not an instance's step");
  }
}

std::string step_text(const State& before, const State& after, const Step& step, const Rules& rules) {
  switch (step.kind) {
    case StepKind::kTakeLateCommit:
      return fmt::format("the commit of slot {}'s producer {} arrives", letter(step.slot), step.producer);
    case StepKind::kWriteMarker:
      return fmt::format("the marker of slot {}'s producer {} is written to log partition {}", letter(step.slot), step.producer, step.shard);
    case StepKind::kExpire:
    case StepKind::kTimeOut:
      return fmt::format("the transaction of slot {}'s producer {} times out", letter(step.slot), step.producer);
    case StepKind::kRebalance:
      return fmt::format("the group assigns {}", assignment_text(after, rules));
    case StepKind::kLoseDisk:
      return fmt::format("the disk with the checkpoint of shard {} is lost", step.shard);
    case StepKind::kMountForeignDisk:
      return fmt::format("a disk is mounted with a checkpoint of shard {} that is of another log{}", step.shard,
                         after.copies[step.shard].kind == CopyKind::kTwin ? ", of numbers that this one has too" : "");
    default:
      return fmt::format("{} {}", letter(step.instance), instance_step_text(before, after, step, rules));
  }
}

std::string changes_text(const State& before, const State& after) {
  std::string changes;
  for (std::uint8_t shard = 0; shard < kShards; ++shard) {
    if (before.histories[shard].last != after.histories[shard].last)
      changes += fmt::format("      shard {}'s last section is now {}\n", shard, last_text(after.histories[shard]));
    for (std::uint8_t instance = 0; instance < kInstances; ++instance) {
      const Stage was = before.instances[instance].work[shard].stage;
      const Stage is = after.instances[instance].work[shard].stage;
      if (was != Stage::kLive && was != Stage::kReleasing && is == Stage::kLive)
        changes += fmt::format("      {} is live on shard {}\n", letter(instance), shard);
      if (was == Stage::kCommitted && is == Stage::kAssigned)
        changes += fmt::format("      {}'s takeover of shard {} is void\n", letter(instance), shard);
    }
  }
  return changes;
}

const State& matching(const std::vector<State>& states, const Symmetry& symmetry, Fingerprint wanted) {
  for (const State& state : states) {
    if (fingerprint(symmetry.canonical(state)) == wanted) return state;
  }
  RECKONER_UNREACHABLE("a trace that no steps follow");
}

}  // namespace

std::string describe(const Walk& walk, const Rules& rules) {
  const Symmetry symmetry(rules);
  State state = matching(initial_states(rules), symmetry, walk.trace.front());
  std::string lines = fmt::format("broken: {}\n  0. the group assigns {}\n", name_of(walk.broken), assignment_text(state, rules));
  Successors successors;
  for (std::size_t i = 1; i < walk.trace.size(); ++i) {
    if (walk.round > 0 && i + walk.round == walk.trace.size()) lines += "      from here round and round, but for names and numbers:\n";
    find_successors(state, rules, successors);
    std::size_t taken = 0;
    while (taken < successors.size() && fingerprint(symmetry.canonical(successors[taken].state)) != walk.trace[i]) ++taken;
    RECKONER_CHECK(taken < successors.size(), "no step leads to state {} of the trace", i);
    const Successor& next = successors[taken];
    lines += fmt::format("{:>3}. {}\n{}", i, step_text(state, next.state, next.step, rules), changes_text(state, next.state));
    state = next.state;
  }
  return lines;
}

}  // namespace reckoner::protocol
