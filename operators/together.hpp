// together: whether a record is one of a pattern's, and for each other step there is one within the span (t - within, t], in any order and of what
// has been read. One record may stand for several steps. A key keeps open_max records a step: beyond that the earliest is dropped, and counted.
// A record older than the watermark less the slack finds no others that may be there still, and is not asked: the fact is unknown.
#pragma once

#include <memory>

#include "engine/operator.hpp"
#include "operators/evidence.hpp"
#include "operators/pattern_records.hpp"

namespace reckoner {

class TogetherOperator : public Operator, public EvidenceSource {
 public:
  // `slack_ms`: how much older than the watermark a record may be.
  TogetherOperator(const KeyPlan& key, std::uint32_t position, std::int64_t slack_ms, std::shared_ptr<Evaluator> evaluator,
                   std::span<const ColumnSource> columns);

  void declare(RecordLayout& layout) override { states_.declare(layout); }
  void process(const Batch& batch, Features& features, Effects& effects) override;
  std::int64_t advance(const WatermarkStep&, Effects&) override { return kNothingDue; }
  void save(std::byte* record, std::byte* image, StateWriter& writer) override { states_.save(record, image, writer); }
  void load(std::byte* record, std::string_view part, std::string_view value) override { states_.load(record, part, value); }

  [[nodiscard]] std::uint32_t fact() const override { return feature_; }
  void add_contributions(std::size_t row, std::vector<Contribution>& into) const override { fired_.add_to(into, row); }
  [[nodiscard]] std::uint64_t dropped() const override { return states_.dropped(); }

 private:
  struct State {
    std::vector<std::vector<KeptRecord>> steps;  // in order
    [[nodiscard]] bool is_empty() const;
    void append_to(std::string& bytes) const;
    [[nodiscard]] static State take(std::string_view& bytes);
  };

  void process_row(const Batch& batch, std::size_t row, const std::vector<Mask>& fitting, Features& features);
  void add_record(State& state, std::uint32_t step, const Batch& batch, std::size_t row);
  [[nodiscard]] bool find_set(const State& state, std::int64_t time, std::uint64_t position);
  void show(std::size_t row, Features& features);

  std::uint32_t feature_;
  std::int64_t within_ms_;
  std::int64_t slack_ms_;
  PatternRecords records_;
  std::vector<ShownBinding> shown_bindings_;
  KeptStates<State> states_;
  std::vector<const KeptRecord*> set_;  // of the row at hand, by step: the last before it
  RowContributions fired_;              // of the last batch
};

}  // namespace reckoner
