#include "operators/bound_condition.hpp"

#include <algorithm>

#include "engine/check.hpp"

namespace reckoner {

namespace {

void visit_leaves(const Expression& expression, const auto& visit) {
  if (expression.arguments.empty()) visit(expression);
  for (const Expression& argument : expression.arguments) visit_leaves(argument, visit);
}

template <typename T>
void add_once(std::vector<T>& values, const T& value) {
  if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
}

}  // namespace

BoundCondition::BoundCondition(const Expression& condition, std::span<const ColumnSource> columns, std::size_t facts,
                               std::span<const ValueType> bound)
    : columns_(columns.begin(), columns.end()),
      facts_(facts),
      bound_types_(bound.begin(), bound.end()),
      evaluator_(columns_, facts),
      cells_(columns.size()),
      numbers_(columns.size()),
      present_(columns.size()),
      features_(facts + bound.size()) {
  node_ = evaluator_.add(condition);
  visit_leaves(condition, [&](const Expression& leaf) {
    const bool text = leaf.type.kind == ValueKind::kString;
    if (leaf.operation == Operation::kFact) add_once(facts_read_, {leaf.position, text});
    if (leaf.operation == Operation::kBound) add_once(bound_read_, leaf.position);
    if (leaf.operation == Operation::kField && !text) add_once(fields_read_, evaluator_.column(leaf.input, leaf.position));
  });
  for (const std::uint32_t column : fields_read_) {
    cells_[column] = std::make_unique<Cells>();
    numbers_[column] = cells_[column]->data();
  }
}

Mask BoundCondition::test(const Batch& batch, std::size_t row, const Features& features, std::span<const std::vector<KeptValue>* const> kept) {
  RECKONER_CHECK(kept.size() <= kBatchRows, "{} kept records in one batch", kept.size());
  if (kept.empty()) return {};
  copy_record(batch, row, kept.size());
  features_.clear();
  for (const auto& [fact, is_text] : facts_read_) copy_fact(features, fact, row, kept.size());
  for (const std::uint32_t position : bound_read_) put_bound(position, kept);
  Batch mine;
  mine.number = ++number_;
  mine.rows = kept.size();
  mine.round = batch.round;
  mine.round_row = round_row_.data();
  mine.event_time = event_time_.data();
  mine.watermark = {&watermarks_, 1};
  mine.sequence = sequence_.data();
  mine.of_input = of_input_;
  mine.numbers = numbers_;
  mine.present = present_;
  evaluator_.begin(mine, features_);
  const Evaluated& result = evaluator_.evaluate(node_);
  return result.truth & result.known & Mask::first(kept.size());
}

void BoundCondition::copy_record(const Batch& batch, std::size_t row, std::size_t rows) {
  std::fill_n(round_row_.begin(), rows, batch.round_row[row]);
  std::fill_n(event_time_.begin(), rows, batch.event_time[row]);
  std::fill_n(watermark_.begin(), rows, batch.watermark[0][row]);
  std::fill_n(sequence_.begin(), rows, batch.sequence[row]);
  of_input_.assign(batch.of_input.size(), Mask{});
  for (std::size_t input = 0; input < batch.of_input.size(); ++input) {
    if (batch.of_input[input].test(row)) of_input_[input] = Mask::first(rows);
  }
  for (const std::uint32_t column : fields_read_) {
    const bool known = batch.present[column].test(row);
    present_[column] = known ? Mask::first(rows) : Mask{};
    std::fill_n(cells_[column]->begin(), rows, known ? batch.numbers[column][row] : 0);
  }
}

void BoundCondition::copy_fact(const Features& features, std::uint32_t fact, std::size_t row, std::size_t rows) {
  if (!features.known(fact).test(row)) return;
  const auto read = std::find_if(facts_read_.begin(), facts_read_.end(), [&](const auto& one) { return one.first == fact; });
  std::int64_t cell = features.column(fact)[row];
  if (read->second) cell = features_.add_text(features.text(cell));
  std::fill_n(features_.column(fact), rows, cell);
  features_.known(fact) = Mask::first(rows);
}

void BoundCondition::put_bound(std::uint32_t position, std::span<const std::vector<KeptValue>* const> kept) {
  const bool is_text = bound_types_[position].kind == ValueKind::kString;
  std::int64_t* cells = features_.column(facts_ + position);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const KeptValue& value = (*kept[i])[position];
    cells[i] = 0;
    if (!value.known) continue;
    features_.known(facts_ + position).set(i);
    cells[i] = is_text ? features_.add_text(value.text) : value.number;
  }
}

}  // namespace reckoner
