// ratio: one count as a share of another, from the features of both. Keeps no state.
#pragma once

#include "operators/plan.hpp"
#include "operators/stateless_operator.hpp"

namespace reckoner {

inline constexpr int kRatioScale = 4;

class RatioOperator : public StatelessOperator {
 public:
  RatioOperator(const FactPlan& fact, std::uint32_t feature) : fact_(fact), feature_(feature) {}

  void process(const Batch& batch, Features& features, Effects& effects) override;

 private:
  FactPlan fact_;
  std::uint32_t feature_;
};

}  // namespace reckoner
