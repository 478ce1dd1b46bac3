// What an operator is called with: up to kBatchRows rows of one key kind and shard, as columns: either records, mixed inputs, in recorded
// order; or timers, keys that are looked at because something expired. Views live until the call returns. Results must not depend on where
// a batch ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "engine/mask.hpp"
#include "engine/round.hpp"

namespace reckoner {

struct Batch {
  std::uint32_t number = 0;  // differs from the one before, so that what is computed once a batch knows it
  std::size_t rows = 0;
  bool timers = false;                // rows are timers: they have no input, position or fields
  std::optional<std::uint32_t> turn;  // of the record before which timers fire, where records have turns
  const Round* round = nullptr;
  const std::uint32_t* round_row = nullptr;        // row of the round
  const std::int64_t* event_time = nullptr;        // of a timer: when it is due
  std::span<const std::int64_t* const> watermark;  // [watermark group of the key kind][row], in force when the record was read
  const std::uint64_t* sequence = nullptr;         // place in recorded order
  const std::uint64_t* position = nullptr;         // PackedPosition; 0 for a timer
  const std::uint32_t* key = nullptr;              // index of the key's record
  std::byte* const* record = nullptr;              // the key's record (engine/record_layout.hpp)
  std::span<const Mask> of_input;                  // [input]
  std::span<const std::int64_t* const> numbers;    // [column]: cells of the fields that the key kind's operators asked for
  std::span<const Mask> present;                   // [column]: rows that have a value
  // [input]: live records that have no key of this kind and were read since it was told last, in one shard. Comes alone, in a batch without rows.
  std::span<const std::uint64_t> without_key;

  // Where rows that come of this one belong, by `minor` among themselves.
  [[nodiscard]] RowOrder order(std::size_t row, std::uint64_t minor) const {
    const RowOrder due = RowOrder::before(sequence[row], minor);
    if (timers) return turn ? RowOrder::before_turn(due.place, *turn, minor) : due;
    if (round->place.empty()) return RowOrder::at(sequence[row], minor);
    const std::uint64_t place = round->place[round_row[row]];
    return round->turn.empty() ? RowOrder{place, minor} : RowOrder::in_turn(place, round->turn[round_row[row]], minor);
  }

  // Field of the record in `row`, whose input must have it as a string.
  [[nodiscard]] std::string_view text(std::size_t row, std::uint32_t field) const {
    const RowRef ref = round->rows[round_row[row]];
    return round->blocks[ref.block]->records.string(field, ref.row);
  }
  [[nodiscard]] bool has(std::size_t row, std::uint32_t field) const {
    const RowRef ref = round->rows[round_row[row]];
    return (round->blocks[ref.block]->records.present[ref.row] >> field & 1U) != 0;
  }
};

// A field that operators want as a column of the batch. Strings are not gathered: Batch::text().
struct ColumnSource {
  InputId input = 0;
  std::uint32_t field = 0;
  friend bool operator==(const ColumnSource&, const ColumnSource&) = default;
};

// What facts and scores have computed for each row so far: one column a fact, then one a score.
class Features {
 public:
  explicit Features(std::size_t columns) : cells_(columns * kBatchRows), known_(columns) {}

  [[nodiscard]] std::int64_t* column(std::size_t feature) { return cells_.data() + feature * kBatchRows; }
  [[nodiscard]] const std::int64_t* column(std::size_t feature) const { return cells_.data() + feature * kBatchRows; }
  [[nodiscard]] Mask& known(std::size_t feature) { return known_[feature]; }
  [[nodiscard]] const Mask& known(std::size_t feature) const { return known_[feature]; }
  void clear() {
    known_.assign(known_.size(), Mask{});
    text_.clear();
  }

  // A string that lives until clear(); the cell goes into a column.
  [[nodiscard]] std::int64_t add_text(std::string_view text) {
    const TextRef ref{static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(text.size())};
    text_.insert(text_.end(), text.begin(), text.end());
    return ref.pack();
  }
  [[nodiscard]] std::string_view text(std::int64_t cell) const {
    const TextRef ref = TextRef::unpack(cell);
    return {text_.data() + ref.offset, ref.length};
  }

 private:
  std::vector<std::int64_t> cells_;
  std::vector<Mask> known_;
  std::vector<char> text_;
};

}  // namespace reckoner
