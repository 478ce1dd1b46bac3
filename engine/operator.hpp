// An operator: one piece of what is computed for a key. This is the header to read first.
//
// A shard keeps, for each key kind of the rule set, a key space: a table of records and a list of operators in order of dependence. Records
// of the input reach them in batches. An operator
//   - declares, once and before any data, the bytes that it keeps in the record of each key;
//   - is called once a batch and loops over its rows: it reads columns and features computed by operators before it, updates the records,
//     writes its own features, and appends rows to outputs;
//   - is told how far event time has come, to close what is over;
//   - saves and loads what it keeps outside the records.
// Nothing it computes may depend on where a batch ends, on a clock, on a random number or on the order of an unordered container: replaying
// the same records must give the same bytes (docs/architecture.md, determinism).
//
// An operator belongs to one shard and is called by one thread at a time. It keeps no view of a batch.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/batch.hpp"
#include "engine/derived_records.hpp"
#include "engine/key_table.hpp"
#include "engine/outputs.hpp"
#include "engine/record_layout.hpp"
#include "engine/state_writer.hpp"

namespace reckoner {

struct TimerRequest {
  std::uint32_t key = 0;
  std::int64_t due_ms = 0;
};

// What an operator leaves for others besides features and rows.
struct Effects {
  Outputs* outputs = nullptr;
  std::uint8_t* late = nullptr;       // [row of the round]: set to 1 where a total refused the record
  LentFacts* lent = nullptr;          // of the round
  DerivedRecords* derived = nullptr;  // null = nobody asks for them
  std::vector<ListAddition>* additions = nullptr;
  std::vector<TimerRequest> timers;  // each replaces the key's timer; the last one counts
};

// How far event time has come in a shard, and how far to go in closing: what is due at or before `close_through_ms`, and only while
// something else is not due before it. The shard lets its operators take turns, so that rows leave in order of due time.
struct WatermarkStep {
  std::span<const std::int64_t> watermark_ms;   // [watermark group of the key kind]
  std::optional<std::int64_t> end_of_input_ms;  // the input is over: windows that begin at or before this time are due, whatever the watermark
  std::int64_t close_through_ms = 0;
  std::size_t rows_max = 0;         // about how many rows may be written now
  const KeyTable* table = nullptr;  // to name the keys of what closes
};

inline constexpr std::int64_t kNothingDue = std::numeric_limits<std::int64_t>::max();

class Operator {
 public:
  virtual ~Operator() = default;

  virtual void declare(RecordLayout& layout) = 0;
  virtual void process(const Batch& batch, Features& features, Effects& effects) = 0;

  // Closes what is over, within `step`. Returns when the next thing that is due by now was due; kNothingDue when all is closed.
  virtual std::int64_t advance(const WatermarkStep& step, Effects& effects) = 0;

  // Checkpoint. With a record: it was written since the last checkpoint; `image` is the copy of it that will be stored, in which addresses must
  // become names that mean the same after a restart. Without: whatever the operator keeps by itself and changed; called when a checkpoint
  // begins and again between batches until no operator gives anything, so that large things can be given a bounded piece at a time.
  virtual void save(std::byte* record, std::byte* image, StateWriter& writer) = 0;

  // Restore, in order: a record's image is there already, its parts come by name, its tail last; when all are back, an empty part for each
  // record. Without a record, the operator's own parts, then an empty one.
  virtual void load(std::byte* record, std::string_view part, std::string_view value) = 0;
};

}  // namespace reckoner
