#include "operators/record_filter.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "operators/evaluator.hpp"

namespace reckoner {

namespace {

void find_failing(const Expression& condition, InputId input, std::size_t event_time, KeyedBlock& block, std::vector<std::uint8_t>& fails) {
  std::vector<ColumnSource> columns;
  collect_columns(condition, columns);
  Evaluator evaluator(columns, 0);
  const Evaluator::NodeId node = evaluator.add(condition);
  const RecordBlock& records = block.records;
  fails.assign(records.rows, 1);

  Round round;  // strings are read through it
  round.blocks.push_back(std::shared_ptr<KeyedBlock>(&block, [](KeyedBlock*) {}));
  std::vector<std::array<std::int64_t, kBatchRows>> numbers(columns.size());
  std::vector<const std::int64_t*> pointers;
  pointers.reserve(numbers.size());
  for (const auto& column : numbers) pointers.push_back(column.data());
  std::array<std::uint32_t, kBatchRows> round_row;
  std::vector<Mask> present(columns.size());
  std::vector<Mask> of_input(std::size_t{input} + 1);
  const Features features(0);
  for (std::uint32_t first = 0; first < records.rows; first += kBatchRows) {
    Batch batch;
    batch.rows = std::min<std::size_t>(kBatchRows, records.rows - first);
    batch.number = first / static_cast<std::uint32_t>(kBatchRows) + 1;
    round.rows.clear();
    std::fill(present.begin(), present.end(), Mask{});
    of_input[input] = {};
    for (std::uint32_t i = 0; i < batch.rows; ++i) {
      const std::uint32_t row = first + i;
      round.rows.push_back({0, row});
      round_row[i] = i;
      if (records.rejected[row] != 0) continue;
      of_input[input].set(i);
      for (std::size_t c = 0; c < columns.size(); ++c) {
        if ((records.present[row] >> columns[c].field & 1U) == 0) continue;
        numbers[c][i] = records.columns[columns[c].field][row];
        present[c].set(i);
      }
    }
    batch.round = &round;
    batch.round_row = round_row.data();
    batch.event_time = records.columns[event_time].data() + first;
    batch.of_input = of_input;
    batch.numbers = pointers;
    batch.present = present;
    evaluator.begin(batch, features);
    const Evaluated& value = evaluator.evaluate(node);
    (value.truth & of_input[input]).for_each([&](std::size_t i) { fails[first + i] = 0; });
  }
}

}  // namespace

std::function<void(KeyedBlock&, std::vector<std::uint8_t>&)> make_record_condition(const Expression& condition, InputId input,
                                                                                   std::size_t event_time) {
  return [condition, input, event_time](KeyedBlock& block, std::vector<std::uint8_t>& fails) {
    find_failing(condition, input, event_time, block, fails);
  };
}

std::function<void(KeyedBlock&)> make_record_filter(const Expression& condition, InputId input, std::size_t event_time) {
  return [condition, input, event_time](KeyedBlock& block) { find_failing(condition, input, event_time, block, block.filtered); };
}

}  // namespace reckoner
