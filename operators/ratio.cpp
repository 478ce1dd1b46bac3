#include "operators/ratio.hpp"

#include "operators/arithmetic.hpp"

namespace reckoner {

void RatioOperator::process(const Batch& batch, Features& features, Effects&) {
  const std::int64_t* part = features.column(fact_.part_fact);
  const std::int64_t* whole = features.column(fact_.whole_fact);
  std::int64_t* cells = features.column(feature_);
  Mask known = features.known(fact_.part_fact) & features.known(fact_.whole_fact) & Mask::first(batch.rows);
  known.for_each([&](std::size_t row) {
    const bool enough = whole[row] >= std::int64_t{fact_.min_samples};
    if (!enough || !divide_rounded(part[row], whole[row], kRatioScale, cells[row])) known.reset(row);
  });
  features.known(feature_) = known;
}

}  // namespace reckoner
