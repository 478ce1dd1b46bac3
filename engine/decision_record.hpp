// D(owner, epoch): what an epoch decided that its input does not say. Input + decision records = everything; the rest can be computed again.
// encode() and decode_decision_record() define the stored form, described in docs/formats.md; its first byte is a version.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/error.hpp"
#include "engine/record_block.hpp"
#include "engine/source.hpp"

namespace reckoner {

// Orders commits: a new owner's epochs follow all of the one before.
struct EpochId {
  std::uint64_t owner = 0;
  std::uint64_t epoch = 0;
  friend auto operator<=>(const EpochId&, const EpochId&) = default;
};

// A signed 128-bit sum as two halves, so that its stored form is plain.
struct WideSum {
  std::int64_t high = 0;
  std::uint64_t low = 0;
  friend bool operator==(const WideSum&, const WideSum&) = default;
};

// The buckets of conservation (P1), counted once a record at the reader; sums are of the input's declared amount, in its unscaled unit.
// A rejected record has no amount.
enum class Bucket : std::uint8_t { kProcessed = 0, kLate = 1, kDuplicate = 2, kFiltered = 3, kRejected = 4 };
inline constexpr std::size_t kBuckets = 5;

struct Conservation {
  std::uint64_t read = 0;
  std::array<std::uint64_t, kBuckets> records{};
  WideSum read_sum;
  std::array<WideSum, kBuckets> sums{};
  friend bool operator==(const Conservation&, const Conservation&) = default;
};

// Where one partition stands after an epoch. Counts are totals since the job was created.
struct PartitionProgress {
  PartitionId id;
  Position next;
  std::int64_t high_ms = 0;  // highest event time seen; meaningless until started
  bool started = false;      // a record with a valid event time was read
  bool released = false;     // ended or idle: does not hold the watermark back
  Conservation counts;
  friend bool operator==(const PartitionProgress&, const PartitionProgress&) = default;
};

// What was there to read when a step began: the merge takes records of these partitions up to these record numbers, by (event time of the
// head, input, partition, offset), until all are used up or the epoch ends. kUnlimited = the partition had ended, all of it was there.
struct ReadLimit {
  static constexpr std::uint64_t kUnlimited = ~std::uint64_t{0};
  PartitionId id;
  std::uint64_t until_record = kUnlimited;
  friend bool operator==(const ReadLimit&, const ReadLimit&) = default;
};

struct ReadStep {
  std::vector<ReadLimit> limits;
  std::uint64_t records = 0;  // how many the merge took in this step
  friend bool operator==(const ReadStep&, const ReadStep&) = default;
};

// Decisions of a clock or an operator. They take effect after `records` records of the epoch. Values are stored: do not renumber.
enum class ClockDecisionKind : std::uint8_t {
  kReleaseIdle = 1,  // partition stops holding the watermark back
  kFlushIdle = 2,    // every input was idle: the watermark moves to watermark_ms
  kEndOfInput = 3,   // all windows up to the last open end close; the watermark stays
  kEnded = 4,        // partition was found to have ended where no record was read: it stops holding the watermark back
  kTell = 5,         // the shard partition.partition is told how far event time has come here (engine/exchange.hpp)
  kEndOfHop = 6,     // nothing comes at hop partition.partition any more: what waits there for its turn in order of event time has it
};

struct ClockDecision {
  ClockDecisionKind kind = ClockDecisionKind::kReleaseIdle;
  std::uint64_t records = 0;
  PartitionId partition;
  std::int64_t watermark_ms = 0;
  friend bool operator==(const ClockDecision&, const ClockDecision&) = default;
};

// What a shard wrote to one output up to the end of the epoch; bytes and rows are totals, the hash covers this epoch's bytes (XXH3-64).
struct OutputProgress {
  std::uint16_t output = 0;
  std::uint64_t bytes = 0;
  std::uint64_t rows = 0;
  std::uint64_t epoch_hash = 0;
  friend bool operator==(const OutputProgress&, const OutputProgress&) = default;
};

struct ShardSection {
  std::uint32_t shard = 0;
  std::vector<OutputProgress> outputs;
  friend bool operator==(const ShardSection&, const ShardSection&) = default;
};

struct DecisionRecord {
  EpochId id;
  EpochId previous;                           // of the record before this one; {0, 0} for the first
  std::uint64_t plan_hash = 0;                // of the resolved rule set, kept beside the log
  std::uint64_t sequence = 0;                 // records read since the job was created, at the end of the epoch
  std::int64_t watermark_ms = 0;              // at the end of the epoch
  std::vector<PartitionInfo> new_partitions;  // first read in this epoch
  std::vector<ReadStep> steps;
  std::vector<ClockDecision> clock;
  std::vector<std::uint64_t> future_records;  // rejected for a time too far ahead: PackedPosition of those read and of those next in line
  std::vector<PartitionProgress> partitions;  // all, by id
  std::vector<ShardSection> sections;         // all, by shard
  friend bool operator==(const DecisionRecord&, const DecisionRecord&) = default;
};

// The stored form's first byte. A record of changes lacks what engine/decision_stream.hpp leaves out.
enum class DecisionForm : std::uint8_t { kWhole = 1, kChanges = 2 };

[[nodiscard]] std::string encode(const DecisionRecord& record, DecisionForm form = DecisionForm::kWhole);
// Of that form alone.
[[nodiscard]] Result<DecisionRecord> decode_decision_record(std::span<const char> bytes, DecisionForm form = DecisionForm::kWhole);

}  // namespace reckoner
