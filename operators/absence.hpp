// absence: a record of the first step ("after") that no record of the second step ("expect") follows within the span, that one at exactly its end
// included. Decided by the watermark alone, when no record up to the end of the span can come any more in time, whatever the order in which
// the records were read. Each first record is decided on its own, at a timer row of its key.
//
// The fact is true there when nothing came; unknown when it cannot be told: the input of the second step fell silent before the end of the
// span (its own watermark did not get there), or records of it had to be dropped for want of room. Elsewhere it is false. A key keeps
// open_max records of each step: beyond that the earliest is dropped, and counted. A first record older than the watermark less the slack is
// not looked at, and counted.
#pragma once

#include <memory>
#include <optional>

#include "engine/operator.hpp"
#include "operators/evidence.hpp"
#include "operators/key_timer.hpp"
#include "operators/pattern_records.hpp"

namespace reckoner {

struct AbsenceSettings {
  std::int64_t slack_ms = 0;
  std::uint32_t expected_group = 0;  // watermark group of the key kind: the second step's input alone
  const KeyTimer* before = nullptr;  // an operator before this one that sets timers too
};

// Counted since the job was created, so kept with the state.
struct AbsenceCounts {
  std::uint64_t absent = 0;
  std::uint64_t met = 0;
  std::uint64_t cannot_know = 0;
  std::uint64_t too_old = 0;  // first records that were not looked at
};

class AbsenceOperator : public Operator, public EvidenceSource, public KeyTimer {
 public:
  AbsenceOperator(const Plan& plan, const KeyPlan& key, std::uint32_t position, AbsenceSettings settings, std::shared_ptr<Evaluator> evaluator,
                  std::span<const ColumnSource> columns);

  void declare(RecordLayout& layout) override { states_.declare(layout); }
  void process(const Batch& batch, Features& features, Effects& effects) override;
  std::int64_t advance(const WatermarkStep&, Effects&) override { return kNothingDue; }
  void save(std::byte* record, std::byte* image, StateWriter& writer) override;
  void load(std::byte* record, std::string_view part, std::string_view value) override;

  [[nodiscard]] std::int64_t timer(const std::byte* record) const override;
  [[nodiscard]] std::uint32_t fact() const override { return feature_; }
  void add_contributions(std::size_t row, std::vector<Contribution>& into) const override;
  [[nodiscard]] std::uint64_t dropped() const override { return states_.dropped(); }
  // Timer rows of the last batch in which a first record was decided.
  [[nodiscard]] const Mask& decided() const { return decided_rows_; }
  // The first record that was decided in such a row, and its declared id ("" = none).
  [[nodiscard]] std::uint64_t decided_position(std::size_t row) const { return decided_[row].position; }
  [[nodiscard]] std::string_view decided_id(std::size_t row) const { return decided_[row].id; }
  // Where the fact is unknown in such a row: whether the input of the second step fell silent, else records of it were dropped.
  [[nodiscard]] bool is_silent(std::size_t row) const { return decided_[row].silent; }
  [[nodiscard]] InputId expected_input() const;
  [[nodiscard]] const AbsenceCounts& counts() const { return counts_; }

 private:
  struct Pending {
    KeptRecord record;
    std::string id;
    std::int64_t due = 0;
    bool uncertain = false;  // a record that would have met it may have been dropped
  };
  struct State {
    std::vector<Pending> pending;      // in order of records
    std::vector<KeptRecord> expected;  // in order: records of the second step that a first one may still come before
    std::int64_t lost_until = 0;       // records of the second step up to this time were dropped
    bool lost = false;
    [[nodiscard]] bool is_empty() const { return pending.empty() && expected.empty() && !lost; }
    void append_to(std::string& bytes) const;
    [[nodiscard]] static State take(std::string_view& bytes);
  };
  struct Decided {
    std::int64_t event_time = 0;
    std::uint64_t position = 0;
    std::string id;
    bool silent = false;
  };

  // The last moment at which a record of the second step counts for a first one of this time.
  [[nodiscard]] std::int64_t deadline(std::int64_t event_time) const;
  void decide(const Batch& batch, std::size_t row, Features& features);
  void process_row(const Batch& batch, std::size_t row, const std::vector<Mask>& fitting, const Features& features);
  void forget(State& state, std::int64_t oldest);
  void meet(State& state, const Batch& batch, std::size_t row, const Features& features);
  void keep_expected(State& state, const Batch& batch, std::size_t row);
  void open(State& state, const Batch& batch, std::size_t row, const Features& features);
  [[nodiscard]] bool is_met(const State& state, const Batch& batch, std::size_t row, const Features& features);

  std::uint32_t feature_;
  std::int64_t within_ms_;
  AbsenceSettings settings_;
  std::vector<Schema> schemas_;
  PatternRecords records_;
  std::unique_ptr<BoundCondition> reversed_;    // the second step's condition where its record was read before the first one's
  std::vector<std::uint32_t> expected_fields_;  // what it needs of that record
  std::vector<ValueType> expected_types_;
  std::vector<ShownBinding> shown_bindings_;
  KeptStates<State> states_;
  AbsenceCounts counts_;
  Mask decided_rows_;
  std::vector<Decided> decided_;  // [row of the batch]
};

}  // namespace reckoner
