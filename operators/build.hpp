// From a plan to the key spaces of a shard: which operators, in which order, reading which columns.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/derived_inputs.hpp"
#include "engine/key_space.hpp"
#include "operators/absence.hpp"
#include "operators/alerts.hpp"
#include "operators/baseline.hpp"
#include "operators/cycle_watch.hpp"
#include "operators/dedupe.hpp"
#include "operators/first_seen.hpp"
#include "operators/lending.hpp"
#include "operators/like_current.hpp"
#include "operators/plan.hpp"
#include "operators/previous.hpp"
#include "operators/ratio.hpp"
#include "operators/score.hpp"
#include "operators/sequence.hpp"
#include "operators/silence_watch.hpp"
#include "operators/sliding.hpp"
#include "operators/together.hpp"
#include "operators/tumbling.hpp"

namespace reckoner {

// Inputs whose watermarks a group takes the minimum of, ascending. Stamped on records by the reader.
using WatermarkGroup = std::vector<InputId>;

// All groups that the plan's operators need; build_key_space() refers to them by place.
[[nodiscard]] std::vector<WatermarkGroup> watermark_groups(const Plan& plan);

// The inputs, as the rule set numbers them, whose watermarks tell how far a key kind is: with an order, of all that share it.
[[nodiscard]] WatermarkGroup timing_inputs(const Plan& plan, std::size_t key_kind);
// Those whose records anything of a key kind looks at, ascending; and those at whose records others ask a key kind for facts, ascending.
[[nodiscard]] WatermarkGroup looked_at_inputs(const Plan& plan, std::size_t key_kind);
[[nodiscard]] WatermarkGroup lending_inputs(const Plan& plan, std::size_t key_kind);
// The same as the reader numbers them, with what is put into lists that a key kind asks.
[[nodiscard]] WatermarkGroup timing_group(const Plan& plan, std::size_t key_kind);
[[nodiscard]] std::uint32_t place_of(const std::vector<WatermarkGroup>& groups, const WatermarkGroup& group);
// The number among all of that which tells how far a key kind is.
[[nodiscard]] std::size_t watermark_group_of(const Plan& plan, std::size_t key_kind);

// A key space and, for reports, typed views of some of its operators (owned by it).
struct BuiltKeySpace {
  std::unique_ptr<KeySpace> space;
  std::vector<const SlidingOperator*> windows;
  std::vector<const TumblingOperator*> totals;  // by position in the plan
  std::vector<const PreviousOperator*> sequences;
  std::vector<const FirstSeenOperator*> first_sights;
  std::vector<const AbsenceOperator*> absences;
  std::vector<const EvidenceSource*> evidence;  // of facts that keep records
  std::vector<const RowUsuals*> usuals;         // of facts that say how unusual a value is
  std::vector<const ScoreOperator*> scores;     // by position in the plan
  const AlertsOperator* alerts = nullptr;
  const BorrowingOperator* borrowed = nullptr;  // null = no fact is
};

// Positions of the windowed facts whose expiry some score of the key kind waits for, ascending: the records of keys have timers for them.
[[nodiscard]] std::vector<std::uint32_t> expiring_facts(const KeyPlan& key);

// Null when the plan has none.
[[nodiscard]] std::unique_ptr<DerivedInputs> build_derived_inputs(const Plan& plan);
[[nodiscard]] std::unique_ptr<AddedEntries> build_added_entries(const Plan& plan);

// Null when no input asks for dedupe.
[[nodiscard]] std::unique_ptr<DedupeScreen> build_screen(const Plan& plan, std::uint32_t shards);

[[nodiscard]] BuiltKeySpace build_key_space(const Plan& plan, std::size_t key_kind, std::uint32_t shard, std::size_t batch_rows);

}  // namespace reckoner
