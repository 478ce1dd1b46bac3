#include "engine/derived_records.hpp"

namespace reckoner {

void DerivedRecords::begin(InputId input, std::size_t fields, RowOrder order, std::int64_t event_time, std::string_view key) {
  rows_.push_back({input, order, event_time, keep(key), cells_.size(), 0});
  cells_.resize(cells_.size() + fields);
}

void DerivedRecords::set(std::size_t field, std::int64_t cell) {
  cells_[rows_.back().cells + field] = cell;
  rows_.back().present |= std::uint64_t{1} << field;
}

TextRef DerivedRecords::keep(std::string_view text) {
  const TextRef ref{static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(text.size())};
  text_.insert(text_.end(), text.begin(), text.end());
  return ref;
}

void DerivedRecords::clear() {
  rows_.clear();
  cells_.clear();
  text_.clear();
}

}  // namespace reckoner
