// first_seen: whether a value is none of those the key remembers, in reading order. The key keeps its remember_count most recently first-seen
// values; bounded by age too, a value is forgotten when it was not seen for remember_ms of event time, and is then first seen again.
// The key's very first value is no news, but is remembered. Values are kept as 64-bit hashes. With learning_ms, nothing is known of a key before its
// first value is so old.
#pragma once

#include <memory>
#include <optional>

#include "engine/operator.hpp"
#include "operators/evaluator.hpp"
#include "operators/plan.hpp"

namespace reckoner {

class FirstSeenOperator : public Operator {
 public:
  FirstSeenOperator(const FactPlan& fact, std::uint32_t feature, std::shared_ptr<Evaluator> evaluator);

  void declare(RecordLayout& layout) override;
  void process(const Batch& batch, Features& features, Effects& effects) override;
  std::int64_t advance(const WatermarkStep&, Effects&) override { return kNothingDue; }
  void save(std::byte*, std::byte*, StateWriter&) override {}
  void load(std::byte*, std::string_view, std::string_view) override {}

  [[nodiscard]] std::uint32_t fact() const { return feature_; }  // position in the plan
  // Values of the record's key that would not be news at `at_ms`.
  [[nodiscard]] std::uint32_t remembered(const std::byte* record, std::int64_t at_ms) const;

 private:
  struct State {
    std::uint32_t next = 0;        // place that the next new value takes
    std::uint32_t count : 31 = 0;  // values remembered
    std::uint32_t any : 1 = 0;     // a value was ever seen
  };

  [[nodiscard]] std::uint32_t find(std::byte* record, const State& state, std::uint64_t hash) const;
  void remember(std::byte* record, State& state, std::uint64_t hash, std::int64_t event_time) const;
  void forget(std::byte* record, State& state, std::uint32_t place) const;
  [[nodiscard]] std::uint64_t hash(const Batch& batch, std::size_t row) const;

  FactPlan fact_;
  std::uint32_t feature_;
  std::shared_ptr<Evaluator> evaluator_;
  Evaluator::NodeId where_ = 0;
  std::optional<std::uint32_t> column_;  // of the batch; a string has none
  std::uint32_t state_ = 0;
  std::uint32_t hashes_ = 0;  // remember_count words
  std::uint32_t times_ = 0;   // as many, when bounded by age
  std::uint32_t first_ = 0;   // event time of the key's first value, when it learns
};

}  // namespace reckoner
