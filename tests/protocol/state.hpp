// The model's state: everything that matters to the commit protocol at one moment, as plain bytes without padding, so that two states are equal
// if and only if their bytes are. What is left out: the input (an epoch is told by its number and by what state it was made from), the rows.
//
// The log is kept as a reader at read_committed sees it: what lies before the last stable offset is folded into one History a shard, and only
// the records from the first undecided one on are kept one by one. An aborted record leaves no trace, as such a reader never gets it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "protocol/invariants.hpp"

namespace reckoner::protocol {

inline constexpr std::uint8_t kInstances = 3;
inline constexpr std::uint8_t kShards = 2;
inline constexpr std::uint8_t kProducers = 2;    // rotating, of a slot: each has a transactional id of its own
inline constexpr std::uint8_t kTailRecords = 6;  // behind the last stable offset at once
inline constexpr std::uint8_t kNobody = 0xff;

// Numbers of a section within its shard, as in engine/decision_record.hpp. Every section, a takeover too, takes the next epoch number.
struct SectionId {
  std::uint8_t owner = 0;
  std::uint8_t epoch = 0;
  friend bool operator==(const SectionId&, const SectionId&) = default;
};

enum class SectionKind : std::uint8_t { kNone, kTakeover, kEpoch, kRelease };

// A shard's part of a record. Only an epoch has outputs.
struct Section {
  SectionKind kind = SectionKind::kNone;
  SectionId id;
  SectionId previous;
  bool stray = false;  // made from a state that is not what the history up to `previous` gives
  friend bool operator==(const Section&, const Section&) = default;
};

// kDecided: the coordinator has taken the commit, and may have answered; the partition's marker is not written yet, so no reader gets by.
enum class RecordStatus : std::uint8_t { kOpen, kDecided, kMarked };

// What a transaction wrote to one partition of the log; its outputs share its fate.
struct Record {
  std::uint8_t partition = 0;
  std::uint8_t instance = 0;
  std::uint8_t producer = 0;
  RecordStatus status = RecordStatus::kOpen;
  bool told = false;  // outputs of it have left by a way that no abort undoes
  std::array<Section, kShards> sections;
  friend bool operator==(const Record&, const Record&) = default;
};

// A shard's log up to the last stable offset.
struct History {
  SectionId last;  // valid section
  SectionKind kind = SectionKind::kNone;
  std::uint8_t slot = 0;    // whose producers `last` names
  std::uint8_t epochs = 0;  // valid sections that are epochs
  // Kept only where somebody reads them, which the protocol forbids.
  std::uint8_t hint = 0;     // epochs that the group's own offsets tell of
  bool has_aborted = false;  // there is an aborted epoch
};

// What an instance does about a shard.
enum class Stage : std::uint8_t {
  kOut,         // not its own, as far as it knows
  kAssigned,    // to be acquired
  kAcquiring,   // among the shards that the instance acquires just now
  kTakingOver,  // its takeover is in an open transaction
  kCommitted,   // the takeover's commit was answered, and it has to be read back
  kLive,        // `seen` is its own last committed section, and the state in memory is that of its end
  kReleasing,   // live, but assigned to another
};

// How far an instance is with the shards that it acquires together.
enum class Acquiring : std::uint8_t {
  kNothing,
  kProbed,   // the group has confirmed the assignment
  kRead,     // `seen` is each shard's last valid section, and the producers that they name are being fenced
  kFenced,   // all are
  kChecked,  // the log is where it was: the takeover may be sent
};

struct Work {
  Stage stage = Stage::kOut;
  SectionId seen;
  std::uint8_t seen_slot = 0;  // whose producers are being fenced, while they are
  std::uint8_t fenced = 0;     // producers of `seen` that this instance has fenced since `seen` was committed
  bool stray = false;          // the state in memory is not what the history gives
};

struct Instance {
  bool up = true;
  bool informed = false;      // has the group's current generation
  std::uint8_t renewed = 0;   // producers that it has initialised: all, or it can send nothing
  std::uint8_t producer = 0;  // of its next transaction
  bool sending = false;       // has a transaction open
  Acquiring acquiring = Acquiring::kNothing;
  std::array<Work, kShards> work;
};

// What the transaction coordinator knows of an id, beside open records.
struct TransactionalId {
  std::uint8_t holder = kNobody;  // the instance that initialised it last, kNobody when that was to fence it
  bool end_underway = false;      // a commit request of the holder that the coordinator has not got yet, and may never get
};

// The newest checkpoint of a shard that is to be found, on whatever disk. A copy that is in the log may be of any age.
enum class CopyKind : std::uint8_t {
  kNone,
  kInLog,        // its epoch is in the history
  kUncommitted,  // its epoch is in an open transaction
  kAborted,      // its epoch was in a transaction that was aborted
  kTwin,         // of no epoch of this history, but the history has one of the same numbers
  kForeign,      // of no epoch of this history, and of other numbers
};

struct Copy {
  CopyKind kind = CopyKind::kNone;
  bool newest = false;  // no epoch was committed since
  SectionId id;         // of a copy whose epoch is not in the history yet
};

inline constexpr std::uint8_t kAnyNumber = 0xff;

// How often each of these may still happen, and how often any of them.
struct FaultsLeft {
  std::uint8_t crashes = 0;
  std::uint8_t lost_answers = 0;
  std::uint8_t aborts = 0;
  std::uint8_t time_outs = 0;
  std::uint8_t rebalances = 0;
  std::uint8_t disk_events = 0;
  std::uint8_t in_all = kAnyNumber;

  void use_up(std::uint8_t FaultsLeft::* kind) {
    --(this->*kind);
    if (in_all != kAnyNumber && --in_all == 0) *this = {.in_all = 0};
  }
};

using Assignment = std::array<std::uint8_t, kShards>;  // the instance that each shard is assigned to

struct State {
  Assignment assigned{};
  std::array<Instance, kInstances> instances;
  std::array<std::array<TransactionalId, kProducers>, kInstances> ids;  // by slot; there are as many slots as instances or fewer
  std::array<History, kShards> histories;
  std::array<Copy, kShards> copies;
  std::uint8_t tail_size = 0;
  std::array<Record, kTailRecords> tail;  // in log order within a partition
  FaultsLeft faults_left;
  Invariant broken = Invariant::kNone;  // by the step that led here
};

static_assert(std::has_unique_object_representations_v<State> && std::is_trivially_copyable_v<State>);

}  // namespace reckoner::protocol
