// One CSV record -> its cells.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reckoner {

struct CsvCell {
  std::string_view text;  // without the quotes around it; doubled quotes are still doubled
  bool quoted = false;
  bool doubled = false;  // holds "" for "
};

struct CsvFault {
  std::size_t at = 0;  // offset in the record
  std::string_view text;
};

// The record that begins at `begin` in `text`, when it is plain: no quote, no control byte but tabs, a line end. Fills `cells` with views
// into it and returns its length without the line end; else nothing, and the record needs record_end() and split_csv_record(). One pass.
// 32 bytes behind `text` must be readable, the first of them a NUL.
[[nodiscard]] std::optional<std::size_t> split_plain_csv_record(std::string_view text, std::size_t begin, char delimiter,
                                                                std::vector<CsvCell>& cells);

// Fills `cells` with views into `record`, which comes without its line end. A fault leaves them unspecified.
[[nodiscard]] std::optional<CsvFault> split_csv_record(std::string_view record, char delimiter, std::vector<CsvCell>& cells);

// Appends what the cell holds, doubled quotes made single.
void append_content(const CsvCell& cell, std::string& out);

}  // namespace reckoner
