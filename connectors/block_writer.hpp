// Fills the decoded part of a RecordBlock row by row. Rows are written in place into columns that grow by doubling, so that a record costs
// no call into a vector. Lives for one decode(), one thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "engine/record_block.hpp"

namespace reckoner {

class BlockWriter {
 public:
  // Drops what an earlier decode() left in the block and zeroes its padding. `rows_expected` is a guess; a wrong one costs time alone.
  BlockWriter(RecordBlock& block, std::size_t fields, std::uint64_t wanted, std::size_t rows_expected);

  [[nodiscard]] std::uint32_t row() const { return row_; }

  // Makes room for one more row; until it is finished, column(field)[row()] may be written.
  void begin_row() {
    if (row_ == capacity_) [[unlikely]]
      grow();
  }
  // Null for a field that is not wanted.
  [[nodiscard]] std::int64_t* column(std::size_t field) const { return columns_[field]; }

  void accept(std::size_t begin, std::size_t length, std::uint64_t present) { finish_row(begin, length, present, 0); }
  void pass_over(std::size_t begin, std::size_t length, SkipCode code);
  void reject(std::size_t begin, std::size_t length, RejectCode code, std::string field, std::string message);

  // Call once, after the last row.
  void finish();

 private:
  void finish_row(std::size_t begin, std::size_t length, std::uint64_t present, std::uint8_t rejected) {
    block_.row_begin[row_] = static_cast<std::uint32_t>(begin);
    block_.row_length[row_] = static_cast<std::uint32_t>(length);
    block_.present[row_] = present;
    block_.rejected[row_] = rejected;
    ++row_;
  }
  void clear_cells();
  void resize(std::size_t rows);
  void grow();

  RecordBlock& block_;
  std::uint64_t wanted_;
  std::array<std::int64_t*, kFieldsMax> columns_{};
  std::uint32_t row_ = 0;
  std::uint32_t capacity_ = 0;
};

}  // namespace reckoner
