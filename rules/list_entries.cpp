#include "rules/list_entries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>

#include "engine/check.hpp"
#include "rules/literals.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kValueBytesMax = 1024;

struct Cell {
  std::string text;
  std::size_t begin = 0;  // byte in the whole text
};

// Cells of the lines of a CSV text, one line after the other.
class CsvLines {
 public:
  explicit CsvLines(std::string_view text) : text_(text) {}

  // False at the end. Blank lines are passed over.
  bool next(std::vector<Cell>& cells) {
    while (at_ < text_.size() && take_line_end()) {
    }
    cells.clear();
    if (at_ == text_.size()) return false;
    do {
      cells.push_back(is_at('"') ? quoted() : plain());
    } while (take(','));
    if (at_ < text_.size() && !take_line_end() && !fault_) fault_ = at_;
    while (fault_ && at_ < text_.size() && !is_at('\n')) ++at_;  // the rest of the line says nothing more
    return true;
  }

  // Where the line just read leaves CSV: behind a closing quote, or at a quote that is not closed.
  [[nodiscard]] std::optional<std::size_t> take_fault() { return std::exchange(fault_, std::nullopt); }

 private:
  [[nodiscard]] bool is_at(char letter) const { return at_ < text_.size() && text_[at_] == letter; }
  bool take(char letter) {
    if (!is_at(letter)) return false;
    ++at_;
    return true;
  }
  bool take_line_end() {
    if (text_.substr(at_).starts_with("\r\n")) ++at_;
    return take('\n');
  }

  Cell plain() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '\n' && !text_.substr(at_).starts_with("\r\n")) ++at_;
    return {std::string(text_.substr(begin, at_ - begin)), begin};
  }

  Cell quoted() {
    Cell cell{{}, at_++};
    while (at_ < text_.size()) {
      if (take('"') && !is_at('"')) return cell;
      cell.text += text_[at_++];
    }
    fault_ = cell.begin;
    return cell;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::optional<std::size_t> fault_;
};

class EntryReader {
 public:
  EntryReader(const ListSettings& settings, const std::function<void(const ExpressionFault&)>& report) : settings_(settings), report_(report) {
    names_[kValue] = settings.value_column;
  }

  std::optional<std::vector<ListEntry>> read(std::string_view text) {
    CsvLines lines(text);
    std::vector<Cell> cells;
    if (!lines.next(cells) || !read_header(cells)) {
      if (cells.empty()) tell(0, "the list has no line that names its columns");
      return std::nullopt;
    }
    while (lines.next(cells) && entries_.size() < kListEntriesMax) {
      if (const std::optional<std::size_t> fault = lines.take_fault())
        tell(*fault, "a quote that is not closed, or something behind a closing one", "close it, and write a quote inside of quotes twice");
      else
        read_entry(cells);
    }
    if (!cells.empty()) tell(cells.front().begin, fmt::format("more than {} entries", kListEntriesMax), {}, DiagnosticCode::kTooMany);
    if (faulty_) return std::nullopt;
    return std::move(entries_);
  }

 private:
  enum Column : std::size_t { kValue, kFrom, kUntil, kBy, kReason, kColumns };

  void tell(std::size_t position, std::string text, std::string advice = {}, DiagnosticCode code = DiagnosticCode::kBadList) {
    faulty_ = true;
    report_({position, code, std::move(text), std::move(advice)});
  }

  bool read_header(const std::vector<Cell>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const auto found = std::find(names_.begin(), names_.end(), cells[i].text);
      if (found == names_.end()) {
        tell(cells[i].begin, fmt::format("a list has no column '{}'", cells[i].text), name_advice(cells[i].text, names_));
        continue;
      }
      std::optional<std::size_t>& place = places_[static_cast<std::size_t>(found - names_.begin())];
      if (place) tell(cells[i].begin, fmt::format("column '{}' is there twice", cells[i].text), "remove one");
      place = i;
    }
    columns_ = cells.size();
    if (!faulty_ && !places_[kValue])
      tell(cells.front().begin, fmt::format("no column is named '{}'", names_[kValue]), "name the column with the values, or say key: COLUMN");
    return !faulty_;
  }

  // Empty when the list has no such column, or nothing in it here.
  [[nodiscard]] const Cell* cell(const std::vector<Cell>& cells, Column column) const {
    const std::optional<std::size_t> place = places_[column];
    return place && !cells[*place].text.empty() ? &cells[*place] : nullptr;
  }

  void read_entry(const std::vector<Cell>& cells) {
    if (cells.size() != columns_)
      return tell(cells.front().begin, fmt::format("{} values where the first line names {} columns", cells.size(), columns_),
                  "put a value with a comma in it into quotes");
    ListEntry entry;
    const std::optional<std::size_t>& place = places_[kValue];
    RECKONER_CHECK(place.has_value(), "no column of the list has its values");
    const Cell& value = cells[*place];
    entry.value = value.text;
    if (entry.value.empty()) return tell(value.begin, "an entry without a value");
    if (entry.value.size() > kValueBytesMax) return tell(value.begin, fmt::format("a value of more than {} bytes", kValueBytesMax));
    if (!values_.insert(entry.value).second) return tell(value.begin, fmt::format("'{}' is in the list already", entry.value), "keep one of the two");
    if (const Cell* by = cell(cells, kBy)) entry.by = by->text;
    if (const Cell* reason = cell(cells, kReason)) entry.reason = reason->text;
    const Cell* from = cell(cells, kFrom);
    const Cell* until = cell(cells, kUntil);
    if ((from != nullptr && !read_time(*from, entry.from_ms)) || (until != nullptr && !read_time(*until, entry.until_ms))) return;
    if (until == nullptr && settings_.entry_ttl_ms > 0) {
      if (from == nullptr) return tell(value.begin, "entry_ttl needs the day on which the entry began", "add from, or until");
      entry.until_ms = entry.from_ms + settings_.entry_ttl_ms;
    }
    if (from != nullptr && entry.until_ms <= entry.from_ms) return tell(until->begin, "the entry ends before it begins", "correct from or until");
    entries_.push_back(std::move(entry));
  }

  bool read_time(const Cell& cell, std::int64_t& time_ms) {
    const std::optional<std::int64_t> time = parse_day_or_moment(cell.text);
    if (time)
      time_ms = *time;
    else
      tell(cell.begin, fmt::format("'{}' is no time", cell.text), "write a day, 2026-12-31, or a moment, 2026-12-31T18:00:00Z");
    return time.has_value();
  }

  ListSettings settings_;
  const std::function<void(const ExpressionFault&)>& report_;
  std::array<std::string, kColumns> names_{"value", "from", "until", "by", "reason"};
  std::array<std::optional<std::size_t>, kColumns> places_{};
  std::size_t columns_ = 0;
  std::set<std::string> values_;
  std::vector<ListEntry> entries_;
  bool faulty_ = false;
};

}  // namespace

std::optional<std::vector<ListEntry>> read_list_entries(std::string_view text, const ListSettings& settings,
                                                        const std::function<void(const ExpressionFault&)>& report) {
  return EntryReader(settings, report).read(text);
}

}  // namespace reckoner
