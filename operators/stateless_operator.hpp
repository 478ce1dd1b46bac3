// An operator that keeps nothing of a key: what it computes is made of what others computed in the same batch.
#pragma once

#include "engine/operator.hpp"

namespace reckoner {

class StatelessOperator : public Operator {
 public:
  void declare(RecordLayout&) final {}
  std::int64_t advance(const WatermarkStep&, Effects&) final { return kNothingDue; }
  void save(std::byte*, std::byte*, StateWriter&) final {}
  void load(std::byte*, std::string_view, std::string_view) final {}
};

}  // namespace reckoner
