// ratio: one count as a share of another, from the features of both. Keeps no state.
#pragma once

#include "engine/operator.hpp"
#include "operators/plan.hpp"

namespace reckoner {

inline constexpr int kRatioScale = 4;

class RatioOperator : public Operator {
 public:
  RatioOperator(const FactPlan& fact, std::uint32_t feature) : fact_(fact), feature_(feature) {}

  void declare(RecordLayout&) override {}
  void process(const Batch& batch, Features& features, Effects& effects) override;
  std::int64_t advance(const WatermarkStep&, Effects&) override { return kNothingDue; }
  void save(std::byte*, std::byte*, StateWriter&) override {}
  void load(std::byte*, std::string_view, std::string_view) override {}

 private:
  FactPlan fact_;
  std::uint32_t feature_;
};

}  // namespace reckoner
