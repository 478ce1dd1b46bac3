// sequence: whether a record completes the steps of a pattern, one behind the other, within a span. Records are taken as they are read; one that
// comes before the last record of an attempt (by event time, then by input, partition and place) does nothing for that attempt.
//
// Each record that fits the first step opens an attempt. An attempt waits for the next record that fits its next step and passes over all
// others (but for those of a `never` step); a record that fits both the step that is still counted and the next one leads on. It lapses when
// the watermark has passed its span. A key keeps open_max attempts: beyond that the oldest is dropped, and counted.
#pragma once

#include <memory>
#include <optional>

#include "engine/operator.hpp"
#include "operators/evidence.hpp"
#include "operators/pattern_records.hpp"

namespace reckoner {

class SequenceOperator : public Operator, public EvidenceSource {
 public:
  SequenceOperator(const KeyPlan& key, std::uint32_t position, std::shared_ptr<Evaluator> evaluator, std::span<const ColumnSource> columns);

  void declare(RecordLayout& layout) override { states_.declare(layout); }
  void process(const Batch& batch, Features& features, Effects& effects) override;
  std::int64_t advance(const WatermarkStep&, Effects&) override { return kNothingDue; }
  void save(std::byte* record, std::byte* image, StateWriter& writer) override { states_.save(record, image, writer); }
  void load(std::byte* record, std::string_view part, std::string_view value) override { states_.load(record, part, value); }

  [[nodiscard]] std::uint32_t fact() const override { return feature_; }
  void add_contributions(std::size_t row, std::vector<Contribution>& into) const override { fired_.add_to(into, row); }
  [[nodiscard]] std::uint64_t dropped() const override { return states_.dropped(); }

 private:
  struct Attempt {
    std::int64_t first_time = 0;
    std::uint32_t step = 0;             // begun last
    std::vector<std::uint32_t> counts;  // by step
    std::vector<KeptValue> values;      // by binding
    std::vector<Contribution> records;  // the last kRecordsKept of them; never empty
  };
  struct State {
    std::vector<Attempt> attempts;  // oldest first
    [[nodiscard]] bool is_empty() const { return attempts.empty(); }
    void append_to(std::string& bytes) const;
    [[nodiscard]] static State take(std::string_view& bytes);
  };
  enum class Move : std::uint8_t { kNone, kCount, kLead, kEnd };
  struct Row {
    const Batch* batch;
    std::size_t row;
    std::int64_t time;
    std::uint64_t position;
  };

  void process_row(const Row& row, const std::vector<Mask>& fitting, Features& features);
  void decide_moves(const Row& row, const std::vector<Mask>& fitting, const Features& features, const State& state);
  void decide_move(std::uint32_t step, Move move, const Row& row, const Features& features, const State& state);
  [[nodiscard]] bool can_take(const Attempt& attempt, const Row& row) const;
  [[nodiscard]] std::uint32_t next_step(std::uint32_t step) const;
  [[nodiscard]] bool is_satisfied(const Attempt& attempt) const;
  [[nodiscard]] bool is_complete(const Attempt& attempt) const;
  void take_record(Attempt& attempt, std::uint32_t step, const Row& row) const;
  [[nodiscard]] std::optional<Attempt> follow_moves(const Row& row, State& state);
  void show(const Row& row, const Attempt& completed, Features& features);
  void add_attempt(State& state, Attempt attempt);

  static constexpr std::size_t kRecordsKept = 16;

  std::uint32_t feature_;
  std::int64_t within_ms_;
  PatternRecords records_;
  std::vector<ShownBinding> shown_bindings_;
  std::uint32_t last_step_ = 0;
  KeptStates<State> states_;
  std::vector<Move> moves_;  // by attempt, of the row at hand
  RowContributions fired_;   // of the last batch
};

}  // namespace reckoner
