// A score of a key: start + the sum of its parts, recomputed at each record of its inputs (and when something expires, if the plan says so),
// and put into a band. A row leaves when the band is not the one of the last row, or as the plan says otherwise (operators/score_publisher.hpp). A
// part that is unknown makes the score unknown: no row, no change of band, counted by reason since the job was created. An expiry follows the
// watermark, so a record may have been scored at a later time already, with all that had expired by then: such an expiry says nothing new and is
// passed over.
#pragma once

#include <memory>

#include "engine/operator.hpp"
#include "operators/evaluator.hpp"
#include "operators/plan.hpp"
#include "operators/score_publisher.hpp"
#include "operators/unknown_reasons.hpp"

namespace reckoner {

class ScoreOperator : public Operator {
 public:
  // `windows` and `borrowed` (null = nothing is) say why a fact is unknown; they live as long as this operator, as does `before`, which sets
  // timers before it (null = none does).
  ScoreOperator(const Plan& plan, const KeyPlan& key, std::uint32_t score, std::shared_ptr<Evaluator> evaluator,
                std::vector<const SlidingOperator*> windows, const BorrowingOperator* borrowed, const KeyTimer* before);

  void declare(RecordLayout& layout) override;
  void process(const Batch& batch, Features& features, Effects& effects) override;
  std::int64_t advance(const WatermarkStep&, Effects&) override { return kNothingDue; }
  void save(std::byte* record, std::byte* image, StateWriter& writer) override;
  void load(std::byte* record, std::string_view part, std::string_view value) override;

  [[nodiscard]] const UnknownCounts& unknown() const { return unknown_; }
  // Null when it sets no timers.
  [[nodiscard]] const KeyTimer* timer() const { return sets_timers() ? &publisher_ : nullptr; }

 private:
  struct Scored {       // for scores that are computed on expiry too
    std::int64_t at;    // event time of the last record that was scored
    std::uint32_t any;  // 1 = there was one
  };

  [[nodiscard]] Mask rows_to_score(const Batch& batch) const;
  void combine(std::int64_t* cells, Mask& known);
  void add_parts(const Batch& batch, std::int64_t* cells, Mask& known);
  void raise_to_floors(const Batch& batch, std::int64_t* cells, Mask& known);
  [[nodiscard]] std::int64_t noisy_or(std::size_t row);
  [[nodiscard]] bool sets_timers() const { return publishes_ && score_.on_expiry; }
  [[gnu::always_inline]] std::int64_t note_scored(const Batch& batch, std::size_t row) const;
  void tell_changes(const Batch& batch, const std::int64_t* cells, const Mask& known, Effects& effects);
  void publish(const Batch& batch, const std::int64_t* cells, const Mask& known, Effects& effects);
  struct Told {
    std::int64_t score;
    std::uint32_t from;  // bands
    std::uint32_t to;
    const BandOverride* override_by = nullptr;
    const ListEntry* entry = nullptr;  // of its list
  };
  void write_row(const Batch& batch, std::size_t row, const Told& told, Effects& effects);

  KeyPlan key_;
  ScorePlan score_;
  std::uint32_t number_;
  std::uint32_t feature_;
  std::vector<Schema> schemas_;
  std::shared_ptr<Evaluator> evaluator_;
  std::vector<Evaluator::NodeId> parts_;
  std::vector<Evaluator::NodeId> floors_;
  bool publishes_;
  ScorePublisher publisher_;
  std::uint32_t scored_ = 0;
  std::uint32_t band_ = 0;  // 1 + band of the last row; 0 = none
  std::string version_text_;
  UnknownReasons reasons_;
  UnknownCounts unknown_{};
};

}  // namespace reckoner
