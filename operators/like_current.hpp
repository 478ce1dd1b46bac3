// Aggregates over the records of a window (t - within, t] that are like the one at hand, as those with its amount: a condition about each record
// of the window and the current one. Every record that passes the plain condition is kept with the values that the other needs, and looked at for
// each record at hand: so the cost grows with the window, which per_key_max bounds.
//
// Known at records of the fact's own input. Unknown for a record older than the watermark less the slack, and where the window reaches back to
// records that had to be dropped for want of room.
#pragma once

#include <memory>
#include <optional>

#include "engine/operator.hpp"
#include "operators/bound_condition.hpp"
#include "operators/evidence.hpp"
#include "operators/kept_record.hpp"
#include "operators/plan.hpp"
#include "operators/spread.hpp"

namespace reckoner {

class LikeCurrentOperator : public Operator, public EvidenceSource {
 public:
  LikeCurrentOperator(const KeyPlan& key, std::uint32_t position, std::int64_t slack_ms, std::shared_ptr<Evaluator> evaluator,
                      std::span<const ColumnSource> columns);

  void declare(RecordLayout& layout) override { states_.declare(layout); }
  void process(const Batch& batch, Features& features, Effects& effects) override;
  std::int64_t advance(const WatermarkStep&, Effects&) override { return kNothingDue; }
  void save(std::byte* record, std::byte* image, StateWriter& writer) override { states_.save(record, image, writer); }
  void load(std::byte* record, std::string_view part, std::string_view value) override { states_.load(record, part, value); }

  [[nodiscard]] std::uint32_t fact() const override { return feature_; }
  void add_contributions(std::size_t row, std::vector<Contribution>& into) const override { shown_.add_to(into, row); }
  [[nodiscard]] std::uint64_t dropped() const override { return states_.dropped(); }

 private:
  struct State {
    std::vector<KeptRecord> records;  // in order of event time
    std::int64_t lost_until = 0;      // records up to this time were dropped
    bool lost = false;
    [[nodiscard]] bool is_empty() const { return records.empty() && !lost; }
    void append_to(std::string& bytes) const;
    [[nodiscard]] static State take(std::string_view& bytes);
  };

  void process_row(const Batch& batch, std::size_t row, bool counts, Features& features);
  void forget(std::byte* record, std::int64_t cut);
  void keep(const Batch& batch, std::size_t row);
  void show(const Batch& batch, std::size_t row, Features& features);
  void gather(const State& state, const Batch& batch, std::size_t row, const Features& features);
  [[nodiscard]] std::optional<std::int64_t> answer();

  static constexpr std::size_t kContributionsKept = 16;  // the newest

  FactPlan fact_;
  std::uint32_t feature_;
  std::int64_t slack_ms_;
  std::uint32_t per_key_max_;
  std::shared_ptr<Evaluator> evaluator_;
  std::optional<Evaluator::NodeId> where_;
  ValueType value_type_;
  BoundCondition condition_;
  KeptStates<State> states_;
  std::vector<const KeptRecord*> like_;  // the current record, oldest first
  std::vector<std::int64_t> values_;     // theirs
  RowContributions shown_;               // of the last batch
};

}  // namespace reckoner
