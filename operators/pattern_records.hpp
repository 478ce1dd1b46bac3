// What the operators of patterns share: which steps the rows of a batch fit, what is kept of a record, and how a completed pattern shows.
// One key space, one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "operators/bound_condition.hpp"
#include "operators/evaluator.hpp"
#include "operators/kept_record.hpp"
#include "operators/plan.hpp"

namespace reckoner {

// A kBinding fact: where the value of one of the pattern's bindings is shown.
struct ShownBinding {
  std::uint32_t feature = 0;
  std::uint32_t binding = 0;
};
[[nodiscard]] std::vector<ShownBinding> shown_bindings(const KeyPlan& key, std::uint32_t pattern_fact);

class PatternRecords {
 public:
  PatternRecords(const PatternPlan& pattern, std::shared_ptr<Evaluator> evaluator, std::span<const ColumnSource> columns, std::size_t facts);

  // [step]: rows of records that fit it as far as its plain condition goes.
  [[nodiscard]] const std::vector<Mask>& fitting(const Batch& batch, const Features& features);
  // Which of `kept` the record in `row`, which fits the step, goes with.
  [[nodiscard]] Mask goes_with(std::uint32_t step, const Batch& batch, std::size_t row, const Features& features,
                               std::span<const std::vector<KeptValue>* const> kept);
  // Takes the record's values into the bindings of `step` that are of its first or its last record.
  void keep_values(std::uint32_t step, BoundValue what, const Batch& batch, std::size_t row, std::vector<KeptValue>& values) const;
  [[nodiscard]] std::vector<KeptValue> no_values() const { return std::vector<KeptValue>(pattern_.bindings.size()); }
  // Shows kept values in `row`.
  void show(std::span<const ShownBinding> shown, const std::vector<KeptValue>& values, std::size_t row, Features& features) const;

  [[nodiscard]] const PatternPlan& plan() const { return pattern_; }

 private:
  PatternPlan pattern_;
  std::shared_ptr<Evaluator> evaluator_;
  std::vector<std::optional<Evaluator::NodeId>> wheres_;     // by step
  std::vector<std::unique_ptr<BoundCondition>> conditions_;  // by step; null = none
  std::vector<Mask> fitting_;
};

}  // namespace reckoner
