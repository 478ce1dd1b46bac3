// baseline: a statistic of what a key usually does in a bucket of time, as a day. Buckets begin at multiples of their length since 1970-01-01
// 00:00 UTC. At a record, the value is the mean, median or another statistic over the buckets (b - over, b), where b is the record's own bucket,
// which does not count, so that no record is measured against itself. A bucket in which nothing was counted is no sample. Over fewer than min_samples
// buckets the fact is unknown; as it is for a record older than the watermark less the slack.
//
// A key keeps a count and a sum for each bucket that may still be asked about: at most within / bucket, and those of the slack.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/int128.hpp"
#include "engine/operator.hpp"
#include "operators/evaluator.hpp"
#include "operators/kept_record.hpp"
#include "operators/plan.hpp"
#include "operators/spread.hpp"

namespace reckoner {

class BaselineOperator : public Operator {
 public:
  BaselineOperator(const KeyPlan& key, std::uint32_t position, std::int64_t slack_ms, std::shared_ptr<Evaluator> evaluator);

  void declare(RecordLayout& layout) override { states_.declare(layout); }
  void process(const Batch& batch, Features& features, Effects& effects) override;
  std::int64_t advance(const WatermarkStep&, Effects&) override { return kNothingDue; }
  void save(std::byte* record, std::byte* image, StateWriter& writer) override { states_.save(record, image, writer); }
  void load(std::byte* record, std::string_view part, std::string_view value) override { states_.load(record, part, value); }

  [[nodiscard]] const RowUsuals& usuals() const { return usuals_; }  // of the last batch: over the buckets

 private:
  struct Bucket {
    std::int64_t number = 0;
    std::uint64_t count = 0;
    Int128 sum = 0;
  };
  struct State {
    std::vector<Bucket> buckets;  // in order
    [[nodiscard]] bool is_empty() const { return buckets.empty(); }
    void append_to(std::string& bytes) const;
    [[nodiscard]] static State take(std::string_view& bytes);
  };

  [[nodiscard]] std::int64_t bucket_of(std::int64_t time) const;
  void add(std::byte* record, std::int64_t number, std::int64_t value);
  [[nodiscard]] std::optional<std::int64_t> look(const std::byte* record, std::int64_t number);
  [[nodiscard]] std::optional<std::int64_t> mean() const;

  FactPlan fact_;
  std::uint32_t feature_;
  std::int64_t slack_ms_;
  std::int64_t buckets_;  // that are looked at
  std::shared_ptr<Evaluator> evaluator_;
  std::optional<Evaluator::NodeId> where_;
  std::optional<std::uint32_t> column_;  // of the batch; empty for a count
  KeptStates<State> states_;
  std::vector<ValueCount> values_;  // of one look
  RowUsuals usuals_;
};

}  // namespace reckoner
