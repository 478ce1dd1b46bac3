// Why an expression is unknown in some rows: the first thing in it that is. One key space, one thread, within one batch: after the operators
// that compute what it reads.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "engine/mask.hpp"
#include "operators/evaluator.hpp"
#include "operators/plan.hpp"
#include "operators/sliding.hpp"

namespace reckoner {

class BorrowingOperator;

// Counts of them are stored in checkpoints, in this order: do not renumber.
enum class UnknownReason : std::uint8_t {
  kNoValue = 0,     // a field that the record does not have, a fact over nothing
  kTooOld = 1,      // the record is older than facts can be asked about
  kTruncated = 2,   // the key had more entries than max_per_key
  kArithmetic = 3,  // overflow, or division by zero
  kNoKey = 4,       // the record lacks a field of `by`, so that no key's rules could look at it
  kCannotKnow = 5,  // an input fell silent before it could be told that nothing came
};
inline constexpr std::size_t kUnknownReasons = 6;
using UnknownCounts = std::array<std::uint64_t, kUnknownReasons>;
[[nodiscard]] std::string_view to_text(UnknownReason reason);  // "no value"

class UnknownReasons {
 public:
  // `windows` and `borrowed` (null = nothing is) live as long as this object.
  UnknownReasons(const KeyPlan& key, std::shared_ptr<Evaluator> evaluator, std::vector<const SlidingOperator*> windows,
                 const BorrowingOperator* borrowed);

  // `rows`, in all of which `node` is unknown, by reason.
  using Rows = std::array<Mask, kUnknownReasons>;
  [[nodiscard]] Rows explain(Evaluator::NodeId node, const Mask& rows);
  // The same for a score, by its position in the plan.
  [[nodiscard]] Rows explain_score(std::uint32_t score, const Mask& rows);

 private:
  void explain_node(Evaluator::NodeId node, const Mask& rows, Rows& into);
  void explain_parts(const std::vector<Evaluator::NodeId>& parts, Mask rows, Rows& into);
  void explain_fact(std::uint32_t position, Mask rows, Rows& into) const;
  void explain_choice(const std::vector<Evaluator::NodeId>& arguments, const Mask& rows, Rows& into);

  std::vector<FactKind> facts_;
  std::vector<std::vector<Evaluator::NodeId>> scores_;  // parts of each
  std::shared_ptr<Evaluator> evaluator_;
  std::vector<const SlidingOperator*> windows_;
  const BorrowingOperator* borrowed_;
};

void add_counts(UnknownCounts& counts, const UnknownReasons::Rows& rows);
// Records of `inputs` that had no key, as a batch tells them.
void add_without_key(UnknownCounts& counts, const Batch& batch, std::span<const InputId> inputs);

}  // namespace reckoner
