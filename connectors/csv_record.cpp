#include "connectors/csv_record.hpp"

#include <algorithm>
#include <bit>

#include "connectors/byte_scan.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kNone = std::string_view::npos;

struct Split {
  std::string_view record;
  char delimiter;
  std::size_t at = 0;  // where the next cell begins
  std::optional<CsvFault> fault;

  CsvCell fail(std::size_t where, std::string_view text) {
    fault = CsvFault{where, text};
    return {};
  }

  CsvCell quoted() {
    CsvCell cell{{}, true, false};
    const std::size_t begin = at + 1;
    std::size_t quote = record.find('"', begin);
    for (; quote != kNone && quote + 1 < record.size() && record[quote + 1] == '"'; quote = record.find('"', quote + 2)) cell.doubled = true;
    if (quote == kNone) return fail(at, "the quote that opens here is not closed; close it, or double quotes inside a quoted cell");
    cell.text = record.substr(begin, quote - begin);
    at = quote + 1;
    if (at < record.size() && record[at] != delimiter) return fail(at, "bytes after a closing quote; double quotes inside a quoted cell");
    return cell;
  }

  CsvCell bare() {
    const std::size_t end = std::min(record.find(delimiter, at), record.size());
    const CsvCell cell{record.substr(at, end - at), false, false};
    at = end;
    return cell;
  }
};

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t'; }

// Control bytes other than tabs; line ends are fine in quotes.
std::optional<std::size_t> find_control(const CsvCell& cell) {
  const auto* const found =
      std::find_if(cell.text.begin(), cell.text.end(), [&](char c) { return is_control(c) && !(cell.quoted && (c == '\n' || c == '\r')); });
  return found == cell.text.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - cell.text.begin()));
}

}  // namespace

std::optional<std::size_t> split_plain_csv_record(std::string_view text, std::size_t begin, char delimiter, std::vector<CsvCell>& cells) {
  cells.clear();
  const char* cell = text.data() + begin;
  for (const char* chunk = cell;; chunk += 32) {
    for (std::uint32_t stops = csv_stops(chunk, delimiter); stops != 0; stops &= stops - 1) {
      const char* const stop = chunk + std::countr_zero(stops);
      if (*stop == '\t' && delimiter != '\t') continue;
      const bool line_end = *stop == '\n' || (*stop == '\r' && stop[1] == '\n');
      if (*stop != delimiter && !line_end) return std::nullopt;
      cells.push_back({{cell, static_cast<std::size_t>(stop - cell)}, false, false});
      if (line_end) return static_cast<std::size_t>(stop - text.data()) - begin;
      cell = stop + 1;
    }
  }
}

std::optional<CsvFault> split_csv_record(std::string_view record, char delimiter, std::vector<CsvCell>& cells) {
  cells.clear();
  Split split{record, delimiter, 0, std::nullopt};
  while (true) {
    const std::size_t begin = split.at;
    const bool quoted = begin < record.size() && record[begin] == '"';
    cells.push_back(quoted ? split.quoted() : split.bare());
    if (split.fault) return split.fault;
    if (const auto control = find_control(cells.back())) return CsvFault{begin + *control, "a control byte in a cell; remove it"};
    if (split.at >= record.size()) return std::nullopt;
    ++split.at;
  }
}

void append_content(const CsvCell& cell, std::string& out) {
  for (std::size_t at = 0; at < cell.text.size(); ++at) {
    out.push_back(cell.text[at]);
    if (cell.doubled && cell.text[at] == '"') ++at;
  }
}

}  // namespace reckoner
