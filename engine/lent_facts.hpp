// Facts that one key kind keeps and another asks for, by row of a round: those who lend are processed before those who borrow, and write here what
// holds at each record. So a rule by account may ask how many accounts a device had when it was used.
//
// A shard writes the rows of its own keys, all shards at once; the next level of key kinds reads them when all are done. Where shards meet in topics
// alone, what a row was lent goes on with it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/record_block.hpp"

namespace reckoner {

class LentFacts {
 public:
  // What is noted of a cell: below kKnown the fact is unknown for a reason that lender and borrower understand, 0 where the record has no key of
  // the lender's kind.
  static constexpr std::uint32_t kNoKey = 0;
  static constexpr std::uint32_t kKnown = 256;

  // Forgets all; `shards`: one more than the highest number of a shard.
  void begin(std::size_t places, std::size_t rows, std::size_t shards);

  void put(std::size_t place, std::size_t row, std::uint32_t shard, std::int64_t cell) {
    columns_[place].cells[row] = cell;
    columns_[place].notes[row] = kKnown + shard;
  }
  // The cell names a text that lives until begin().
  void put_text(std::size_t place, std::size_t row, std::uint32_t shard, std::string_view text);
  void put_unknown(std::size_t place, std::size_t row, std::uint32_t reason) { columns_[place].notes[row] = reason; }

  [[nodiscard]] std::uint32_t note(std::size_t place, std::size_t row) const { return columns_[place].notes[row]; }
  // Of a cell that is known.
  [[nodiscard]] std::int64_t cell(std::size_t place, std::size_t row) const { return columns_[place].cells[row]; }
  [[nodiscard]] std::string_view text(std::size_t place, std::size_t row) const;

  // All that a row was lent, packed; `is_text` by place. docs/formats.md describes the form.
  void append_row(std::string& bytes, std::size_t row, const std::vector<bool>& is_text) const;
  void put_row(std::size_t row, std::uint32_t shard, std::string_view bytes);

 private:
  struct Column {
    std::vector<std::int64_t> cells;
    std::vector<std::uint32_t> notes;
  };
  std::vector<Column> columns_;
  std::vector<std::vector<char>> texts_;  // by number of the shard
};

}  // namespace reckoner
