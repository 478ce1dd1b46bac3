#include "operators/lending.hpp"

#include <algorithm>

#include "engine/check.hpp"

namespace reckoner {

namespace {

std::size_t place_of(const std::vector<LentFact>& lent, LentFact fact) {
  const auto found = std::lower_bound(lent.begin(), lent.end(), fact);
  RECKONER_CHECK(found != lent.end() && *found == fact, "fact {} of key kind {} is lent to nobody", fact.fact, fact.key);
  return static_cast<std::size_t>(found - lent.begin());
}

// As noted for a borrower: 0 is a record without a key.
constexpr std::uint32_t note_of(std::size_t reason) { return static_cast<std::uint32_t>(reason) + 1; }
constexpr std::size_t reason_of(std::uint32_t note) {
  return note == LentFacts::kNoKey ? static_cast<std::size_t>(UnknownReason::kNoKey) : std::size_t{note} - 1;
}

}  // namespace

std::vector<LentFact> lent_facts(const Plan& plan) {
  std::vector<LentFact> lent;
  for (const KeyPlan& key : plan.keys) {
    for (const FactPlan& fact : key.facts) {
      if (fact.kind == FactKind::kBorrowed) lent.push_back({fact.lender, fact.lent_fact});
    }
  }
  std::sort(lent.begin(), lent.end());
  lent.erase(std::unique(lent.begin(), lent.end()), lent.end());
  return lent;
}

LendingOperator::LendingOperator(const Plan& plan, std::uint32_t key_kind, std::uint32_t shard, std::shared_ptr<Evaluator> evaluator,
                                 UnknownReasons reasons)
    : shard_(shard), evaluator_(std::move(evaluator)), reasons_(std::move(reasons)) {
  const std::vector<LentFact> all = lent_facts(plan);
  for (const LentFact& one : all) {
    if (one.key != key_kind) continue;
    Expression leaf;
    leaf.operation = Operation::kFact;
    leaf.type = plan.keys[key_kind].facts[one.fact].type;
    leaf.position = one.fact;
    lent_.push_back({place_of(all, one), one.fact, leaf.type.kind == ValueKind::kString, evaluator_->add(leaf)});
  }
}

void LendingOperator::process(const Batch& batch, Features& features, Effects& effects) {
  if (batch.timers || batch.rows == 0) return;
  RECKONER_CHECK(effects.lent != nullptr, "a round that lends nothing");
  evaluator_->begin(batch, features);
  const Mask rows = Mask::first(batch.rows);
  for (const Lent& one : lent_) {
    const Mask& known = features.known(one.fact);
    const std::int64_t* const cells = features.column(one.fact);
    known.for_each([&](std::size_t row) {
      if (one.is_text)
        effects.lent->put_text(one.place, batch.round_row[row], shard_, features.text(cells[row]));
      else
        effects.lent->put(one.place, batch.round_row[row], shard_, cells[row]);
    });
    const Mask unknown = rows - known;
    if (unknown.none()) continue;
    const UnknownReasons::Rows why = reasons_.explain(one.node, unknown);
    for (std::size_t reason = 0; reason < kUnknownReasons; ++reason)
      why[reason].for_each([&](std::size_t row) { effects.lent->put_unknown(one.place, batch.round_row[row], note_of(reason)); });
  }
}

BorrowingOperator::BorrowingOperator(const Plan& plan, std::uint32_t key_kind) {
  const std::vector<LentFact> all = lent_facts(plan);
  const std::vector<FactPlan>& facts = plan.keys[key_kind].facts;
  for (std::uint32_t position = 0; position < facts.size(); ++position) {
    const FactPlan& fact = facts[position];
    if (fact.kind != FactKind::kBorrowed) continue;
    borrowed_.push_back({place_of(all, {fact.lender, fact.lent_fact}), position, fact.type.kind == ValueKind::kString, {}});
  }
}

void BorrowingOperator::process(const Batch& batch, Features& features, Effects&) {
  for (Borrowed& one : borrowed_) {
    one.unknown = {};
    Mask& known = features.known(one.fact);
    if (batch.timers) {  // no record, so nothing that others say of it
      one.unknown[static_cast<std::size_t>(UnknownReason::kNoValue)] = Mask::first(batch.rows);
      continue;
    }
    const LentFacts& lent = batch.round->lent;
    for (std::size_t row = 0; row < batch.rows; ++row) {
      const std::uint32_t at = batch.round_row[row];
      const std::uint32_t note = lent.note(one.place, at);
      if (note < LentFacts::kKnown) {
        one.unknown[reason_of(note)].set(row);
        continue;
      }
      features.column(one.fact)[row] = one.is_text ? features.add_text(lent.text(one.place, at)) : lent.cell(one.place, at);
      known.set(row);
    }
  }
}

const UnknownReasons::Rows& BorrowingOperator::unknown(std::uint32_t fact) const {
  const auto found = std::find_if(borrowed_.begin(), borrowed_.end(), [&](const Borrowed& one) { return one.fact == fact; });
  RECKONER_CHECK(found != borrowed_.end(), "fact {} is not borrowed", fact);
  return found->unknown;
}

}  // namespace reckoner
