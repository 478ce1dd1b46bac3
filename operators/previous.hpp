// Facts about the key's previous matching record, in reading order: its value, the time since it, the speed from where it was. `latest`
// counts the current record too. A string is kept whole, up to the field's length_max.
#pragma once

#include <array>
#include <memory>
#include <optional>

#include "engine/operator.hpp"
#include "operators/evaluator.hpp"
#include "operators/evidence.hpp"
#include "operators/plan.hpp"

namespace reckoner {

class PreviousOperator : public Operator, public EvidenceSource {
 public:
  // `text_bytes` is the field's length_max when it is a string.
  PreviousOperator(const FactPlan& fact, std::uint32_t feature, std::uint32_t text_bytes, std::shared_ptr<Evaluator> evaluator);

  void declare(RecordLayout& layout) override;
  void process(const Batch& batch, Features& features, Effects& effects) override;
  std::int64_t advance(const WatermarkStep&, Effects&) override { return kNothingDue; }
  void save(std::byte*, std::byte*, StateWriter&) override {}
  void load(std::byte*, std::string_view, std::string_view) override {}

  // The record that the fact's value was taken from.
  void add_contributions(std::size_t row, std::vector<Contribution>& into) const override;
  [[nodiscard]] std::uint32_t fact() const override { return feature_; }

  // kGeoSpeed: where the record's key was last, in degrees * 10^kDegreeScale, and when.
  struct Whereabouts {
    std::int64_t latitude;
    std::int64_t longitude;
    std::int64_t time_ms;
  };
  [[nodiscard]] std::optional<Whereabouts> whereabouts(const std::byte* record) const;

 private:
  struct State {
    std::int64_t time;
    std::uint64_t place;  // 1 + position; 0 = no record yet
  };

  void show_numbers(const Batch& batch, const Mask& matching, Features& features);
  void show(const Batch& batch, std::size_t row, Features& features);
  void keep(const Batch& batch, std::size_t row);
  [[nodiscard]] std::int64_t speed(const Batch& batch, std::size_t row) const;
  [[nodiscard]] bool has_values(const Batch& batch, std::size_t row) const;
  // What is kept beside the state, as far as the kind needs it: the value (or the length of the text), and the longitude.
  [[nodiscard]] std::int64_t& value(std::byte* record) const { return RecordLayout::at<std::int64_t>(record, value_); }
  [[nodiscard]] std::int64_t& longitude(std::byte* record) const { return RecordLayout::at<std::int64_t>(record, longitude_); }

  FactPlan fact_;
  std::uint32_t feature_;
  std::uint32_t text_bytes_;
  std::shared_ptr<Evaluator> evaluator_;
  Evaluator::NodeId where_ = 0;
  std::uint32_t state_ = 0;
  std::uint32_t value_ = 0;
  std::uint32_t longitude_ = 0;
  std::uint32_t text_ = 0;
  std::uint32_t value_column_ = 0;  // of the batch, where the kind keeps a number
  std::uint32_t longitude_column_ = 0;
  Mask shown_;
  std::array<Contribution, kBatchRows> sources_;  // of rows in shown_
};

// Kilometres on a sphere of 6371 km between two places in degrees * 10^scale: the haversine formula.
[[nodiscard]] double great_circle_km(std::int64_t latitude1, std::int64_t longitude1, std::int64_t latitude2, std::int64_t longitude2, int scale);

}  // namespace reckoner
