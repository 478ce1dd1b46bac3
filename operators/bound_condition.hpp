// A condition about a record at hand and values kept of earlier ones (kBound leaves), asked for many of those at once: each becomes a row
// of a small batch in which the record at hand stands in every row, so that the evaluator's rules are the only ones. Rare: a plain condition
// has let the record through before. One key space, one thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "operators/evaluator.hpp"
#include "operators/kept_record.hpp"

namespace reckoner {

class BoundCondition {
 public:
  // `columns` of the key kind's batches, `facts` of it, and the types of bound values by position.
  BoundCondition(const Expression& condition, std::span<const ColumnSource> columns, std::size_t facts, std::span<const ValueType> bound);

  // Which of `kept` (each the bound values by position, at most kBatchRows) make the condition true with the record in `row`.
  [[nodiscard]] Mask test(const Batch& batch, std::size_t row, const Features& features, std::span<const std::vector<KeptValue>* const> kept);

 private:
  void copy_record(const Batch& batch, std::size_t row, std::size_t rows);
  void copy_fact(const Features& features, std::uint32_t fact, std::size_t row, std::size_t rows);
  void put_bound(std::uint32_t position, std::span<const std::vector<KeptValue>* const> kept);

  using Cells = std::array<std::int64_t, kBatchRows>;
  std::vector<ColumnSource> columns_;
  std::size_t facts_;
  std::vector<ValueType> bound_types_;
  std::vector<std::uint32_t> fields_read_;                  // columns
  std::vector<std::pair<std::uint32_t, bool>> facts_read_;  // positions, and whether they are strings
  std::vector<std::uint32_t> bound_read_;
  Evaluator evaluator_;
  Evaluator::NodeId node_ = 0;
  std::uint32_t number_ = 0;
  std::vector<std::unique_ptr<Cells>> cells_;  // by column; null where it is not read
  std::vector<const std::int64_t*> numbers_;
  std::vector<Mask> present_;
  std::vector<Mask> of_input_;
  std::array<std::uint32_t, kBatchRows> round_row_{};
  Cells event_time_{};
  Cells watermark_{};
  const std::int64_t* watermarks_ = watermark_.data();
  std::array<std::uint64_t, kBatchRows> sequence_{};
  Features features_;
};

}  // namespace reckoner
