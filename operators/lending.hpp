// Facts of one key kind that rules of another ask for. The lender writes what they are at each record of a round, the borrower reads it
// (engine/lent_facts.hpp); a fact that is unknown keeps its reason on the way.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "operators/evaluator.hpp"
#include "operators/plan.hpp"
#include "operators/stateless_operator.hpp"
#include "operators/unknown_reasons.hpp"

namespace reckoner {

// A fact that some other key kind asks for. Its place in LentFacts is that in lent_facts().
struct LentFact {
  std::uint32_t key = 0;
  std::uint32_t fact = 0;
  friend auto operator<=>(const LentFact&, const LentFact&) = default;
};
[[nodiscard]] std::vector<LentFact> lent_facts(const Plan& plan);  // ascending, each once

// The last operator of the facts of a key kind that lends.
class LendingOperator : public StatelessOperator {
 public:
  LendingOperator(const Plan& plan, std::uint32_t key_kind, std::uint32_t shard, std::shared_ptr<Evaluator> evaluator, UnknownReasons reasons);

  void process(const Batch& batch, Features& features, Effects& effects) override;

 private:
  struct Lent {
    std::size_t place;
    std::uint32_t fact;
    bool is_text;
    Evaluator::NodeId node;
  };

  std::uint32_t shard_;
  std::shared_ptr<Evaluator> evaluator_;
  UnknownReasons reasons_;
  std::vector<Lent> lent_;
};

// The first operator of a key kind that borrows.
class BorrowingOperator : public StatelessOperator {
 public:
  BorrowingOperator(const Plan& plan, std::uint32_t key_kind);

  void process(const Batch& batch, Features& features, Effects& effects) override;

  // Rows of the last batch in which a borrowed fact is unknown, by reason.
  [[nodiscard]] const UnknownReasons::Rows& unknown(std::uint32_t fact) const;

 private:
  struct Borrowed {
    std::size_t place;
    std::uint32_t fact;
    bool is_text;
    UnknownReasons::Rows unknown;
  };
  std::vector<Borrowed> borrowed_;
};

}  // namespace reckoner
