#include "connectors/block_writer.hpp"

#include <algorithm>
#include <limits>

#include "engine/check.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kRowsMin = 16;

}  // namespace

BlockWriter::BlockWriter(RecordBlock& block, std::size_t fields, std::uint64_t wanted, std::size_t rows_expected) : block_(block), wanted_(wanted) {
  RECKONER_CHECK(fields <= kFieldsMax, "{} fields", fields);
  RECKONER_CHECK(block.text.size() >= block.text_bytes + kTextPadding, "{} bytes hold no padding after {}", block.text.size(), block.text_bytes);
  RECKONER_CHECK(block.text.size() <= std::numeric_limits<std::uint32_t>::max() / 2, "a block of {} bytes", block.text.size());
  block.text.resize(block.text_bytes + kTextPadding);
  std::fill(block.text.end() - static_cast<std::ptrdiff_t>(kTextPadding), block.text.end(), '\0');
  block.rejects.clear();
  block.columns.resize(fields);
  resize(0);
  resize(std::max(rows_expected, kRowsMin));
}

void BlockWriter::resize(std::size_t rows) {
  block_.row_begin.resize(rows);
  block_.row_length.resize(rows);
  block_.rejected.resize(rows);
  block_.present.resize(rows);
  for (std::size_t field = 0; field < block_.columns.size(); ++field) {
    const bool wanted = (wanted_ >> field & 1U) != 0;
    block_.columns[field].resize(wanted ? rows : 0);
    columns_[field] = wanted ? block_.columns[field].data() : nullptr;
  }
  capacity_ = static_cast<std::uint32_t>(rows);
}

void BlockWriter::grow() { resize(std::size_t{capacity_} * 2); }

void BlockWriter::clear_cells() {
  for (std::size_t column = 0; column < block_.columns.size(); ++column) {
    if (columns_[column] != nullptr) columns_[column][row_] = 0;
  }
}

void BlockWriter::pass_over(std::size_t begin, std::size_t length, SkipCode code) {
  clear_cells();
  finish_row(begin, length, 0, static_cast<std::uint8_t>(code));
}

void BlockWriter::reject(std::size_t begin, std::size_t length, RejectCode code, std::string field, std::string message) {
  clear_cells();
  block_.rejects.push_back({row_, code, std::move(field), std::move(message)});
  finish_row(begin, length, 0, 1);
}

void BlockWriter::finish() {
  resize(row_);
  block_.rows = row_;
}

}  // namespace reckoner
