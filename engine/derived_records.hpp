// Records that are not read but made: what operators find and others ask about, as alerts that rules count. Here those that one key kind of a
// shard made in a round; engine/derived_inputs.hpp brings them together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/outputs.hpp"
#include "engine/record_block.hpp"

namespace reckoner {

class DerivedRecords {
 public:
  struct Row {
    InputId input = 0;
    RowOrder order;
    std::int64_t event_time = 0;  // ms
    TextRef key;                  // of the key that it tells of
    std::size_t cells = 0;        // where those of its fields begin
    std::uint64_t present = 0;    // bit f set = field f has a value
  };

  // A record of `input`, which has so many fields; the setters that follow are about it.
  void begin(InputId input, std::size_t fields, RowOrder order, std::int64_t event_time, std::string_view key);
  void set(std::size_t field, std::int64_t cell);
  void set_text(std::size_t field, std::string_view text) { set(field, keep(text).pack()); }

  [[nodiscard]] std::span<const Row> rows() const { return rows_; }
  [[nodiscard]] std::int64_t cell(const Row& row, std::size_t field) const { return cells_[row.cells + field]; }
  [[nodiscard]] std::string_view text(TextRef ref) const { return {text_.data() + ref.offset, ref.length}; }
  void clear();

 private:
  TextRef keep(std::string_view text);

  std::vector<Row> rows_;
  std::vector<std::int64_t> cells_;
  std::vector<char> text_;
};

}  // namespace reckoner
