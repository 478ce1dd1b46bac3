// Facts of one key kind that rules of another ask for. The lender writes what they are at each record of a round, the borrower reads it
// (engine/lent_facts.hpp); a fact that is unknown keeps its reason on the way.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/operator.hpp"
#include "operators/evaluator.hpp"
#include "operators/plan.hpp"
#include "operators/unknown_reasons.hpp"

namespace reckoner {

// A fact that some other key kind asks for. Its place in LentFacts is that in lent_facts().
struct LentFact {
  std::uint32_t key = 0;
  std::uint32_t fact = 0;
  friend auto operator<=>(const LentFact&, const LentFact&) = default;
};
[[nodiscard]] std::vector<LentFact> lent_facts(const Plan& plan);  // ascending, each once

// The last operator of the facts of a key kind that lends. Keeps nothing.
class LendingOperator : public Operator {
 public:
  LendingOperator(const Plan& plan, std::uint32_t key_kind, std::uint32_t shard, std::shared_ptr<Evaluator> evaluator, UnknownReasons reasons);

  void declare(RecordLayout&) override {}
  void process(const Batch& batch, Features& features, Effects& effects) override;
  std::int64_t advance(const WatermarkStep&, Effects&) override { return kNothingDue; }
  void save(std::byte*, std::byte*, StateWriter&) override {}
  void load(std::byte*, std::string_view, std::string_view) override {}

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

// The first operator of a key kind that borrows. Keeps nothing.
class BorrowingOperator : public Operator {
 public:
  BorrowingOperator(const Plan& plan, std::uint32_t key_kind);

  void declare(RecordLayout&) override {}
  void process(const Batch& batch, Features& features, Effects& effects) override;
  std::int64_t advance(const WatermarkStep&, Effects&) override { return kNothingDue; }
  void save(std::byte*, std::byte*, StateWriter&) override {}
  void load(std::byte*, std::string_view, std::string_view) override {}

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
