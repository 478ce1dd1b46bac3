#include "operators/unknown_reasons.hpp"

#include "engine/check.hpp"
#include "operators/lending.hpp"

namespace reckoner {

namespace {

constexpr std::array<std::string_view, kUnknownReasons> kTexts = {"no value", "too old", "truncated", "arithmetic", "no key", "cannot know"};

Mask& of(UnknownReasons::Rows& rows, UnknownReason reason) { return rows[static_cast<std::size_t>(reason)]; }

void put(UnknownReasons::Rows& rows, UnknownReason reason, const Mask& more) { of(rows, reason) = of(rows, reason) | more; }

}  // namespace

std::string_view to_text(UnknownReason reason) { return kTexts[static_cast<std::size_t>(reason)]; }

UnknownReasons::UnknownReasons(const KeyPlan& key, std::shared_ptr<Evaluator> evaluator, std::vector<const SlidingOperator*> windows,
                               const BorrowingOperator* borrowed)
    : evaluator_(std::move(evaluator)), windows_(std::move(windows)), borrowed_(borrowed) {
  for (const FactPlan& fact : key.facts) facts_.push_back(fact.kind);
  for (const ScorePlan& score : key.scores) {
    std::vector<Evaluator::NodeId>& parts = scores_.emplace_back();
    for (const ScorePart& part : score.parts) parts.push_back(evaluator_->add(part.value));
  }
}

void add_counts(UnknownCounts& counts, const UnknownReasons::Rows& rows) {
  for (std::size_t reason = 0; reason < kUnknownReasons; ++reason) counts[reason] += rows[reason].count();
}

void add_without_key(UnknownCounts& counts, const Batch& batch, std::span<const InputId> inputs) {
  if (batch.without_key.empty()) return;
  for (const InputId input : inputs) counts[static_cast<std::size_t>(UnknownReason::kNoKey)] += batch.without_key[input];
}

UnknownReasons::Rows UnknownReasons::explain(Evaluator::NodeId node, const Mask& rows) {
  Rows found;
  explain_node(node, rows, found);
  return found;
}

UnknownReasons::Rows UnknownReasons::explain_score(std::uint32_t score, const Mask& rows) {
  Rows found;
  explain_parts(scores_[score], rows, found);
  return found;
}

void UnknownReasons::explain_node(Evaluator::NodeId node, const Mask& rows, Rows& into) {
  if (rows.none()) return;
  switch (evaluator_->operation(node)) {
    case Operation::kField:
    case Operation::kMeasure:
      return put(into, UnknownReason::kNoValue, rows);
    case Operation::kFact:
      return explain_fact(evaluator_->position(node), rows, into);
    case Operation::kScore:
      return explain_parts(scores_[evaluator_->position(node)], rows, into);
    case Operation::kIf:
      return explain_choice(evaluator_->arguments(node), rows, into);
    default:
      return explain_parts(evaluator_->arguments(node), rows, into);
  }
}

void UnknownReasons::explain_parts(const std::vector<Evaluator::NodeId>& parts, Mask rows, Rows& into) {
  for (const Evaluator::NodeId part : parts) {
    const Mask unknown = rows - evaluator_->evaluate(part).known;
    explain_node(part, unknown, into);
    rows = rows - unknown;
  }
  put(into, UnknownReason::kArithmetic, rows);  // all of it is known, so the operation itself failed
}

void UnknownReasons::explain_fact(std::uint32_t position, Mask rows, Rows& into) const {
  for (const SlidingOperator* window : windows_) {
    if (!window->holds(position)) continue;
    put(into, UnknownReason::kTooOld, rows & window->too_old());
    rows = rows - window->too_old();
    const Mask truncated = window->truncated(position);
    put(into, UnknownReason::kTruncated, rows & truncated);
    rows = rows - truncated;
  }
  const FactKind kind = facts_[position];
  if (kind == FactKind::kBorrowed) {
    RECKONER_CHECK(borrowed_ != nullptr, "fact {} is borrowed from nobody", position);
    for (std::size_t reason = 0; reason < kUnknownReasons; ++reason) into[reason] = into[reason] | (rows & borrowed_->unknown(position)[reason]);
    return;
  }
  put(into,
      kind == FactKind::kSum        ? UnknownReason::kArithmetic
      : kind == FactKind::kAbsence  ? UnknownReason::kCannotKnow
      : kind == FactKind::kTogether ? UnknownReason::kTooOld
                                    : UnknownReason::kNoValue,
      rows);
}

// The branch that was not taken has no say.
void UnknownReasons::explain_choice(const std::vector<Evaluator::NodeId>& arguments, const Mask& rows, Rows& into) {
  const Evaluated condition = evaluator_->evaluate(arguments[0]);
  explain_node(arguments[0], rows - condition.known, into);
  explain_node(arguments[1], rows & condition.truth, into);
  explain_node(arguments[2], rows & (condition.known - condition.truth), into);
}

}  // namespace reckoner
