#include "connectors/csv_decoder.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <string>
#include <utility>

#include "connectors/block_writer.hpp"
#include "connectors/csv_record.hpp"
#include "connectors/record_framing.hpp"
#include "connectors/utf8.hpp"
#include "engine/check.hpp"

namespace reckoner {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

struct CsvScratch : Decoder::Scratch {
  explicit CsvScratch(const TopicFields& topic_fields) : beside(topic_fields) {}

  TopicFieldReader beside;
  std::vector<CsvCell> cells;
  std::string unescaped;             // of the row's wanted strings that had doubled quotes, and of the cell at hand
  std::uint64_t record_bytes = 128;  // of a record of the block before, on average
};

struct RowFault {
  RejectCode code = RejectCode::kNone;
  int field = -1;
  std::size_t column = 0;  // byte of the record, from 1
  std::string text;
};

std::string_view without_line_end(std::string_view record) {
  if (record.ends_with('\n')) record.remove_suffix(1);
  if (record.ends_with('\r')) record.remove_suffix(1);
  return record;
}

std::string cell_text(const CsvCell& cell) {
  std::string text;
  append_content(cell, text);
  return text;
}

// The first name that is empty or occurs twice, as a complaint.
std::optional<std::string> name_problem(const std::vector<std::string>& names) {
  for (std::size_t at = 0; at < names.size(); ++at) {
    if (names[at].empty()) return fmt::format("column {} has no name; name every column", at + 1);
    if (std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(at), names[at]) != names.begin() + static_cast<std::ptrdiff_t>(at)) {
      return fmt::format("two columns are called {}; rename one", printable(names[at]));
    }
  }
  return std::nullopt;
}

// One decode() of one block.
class CsvReading {
 public:
  CsvReading(const RecordPlan& plan, const CsvLayout& layout, const std::vector<int>& fields, RecordBlock& block, std::uint64_t wanted,
             CsvScratch& scratch)
      : plan_(plan),
        layout_(layout),
        fields_(fields),
        block_(block),
        scratch_(scratch),
        writer_(block, plan.schema.fields.size(), wanted, block.text_bytes / scratch.record_bytes + 1) {}

  void run();

 private:
  [[nodiscard]] std::string_view text() const { return {block_.text.data(), block_.text_bytes}; }
  void read_text();
  void read_topic();
  [[nodiscard]] bool is_plain(std::size_t begin, std::size_t length);
  // `split`: the scratch holds the record's cells already.
  void read_row(std::size_t begin, std::string_view record, bool split);
  std::optional<RowFault> read_cells(std::string_view record, bool split, std::uint64_t& present);
  std::optional<RowFault> read_cell(const CsvCell& cell, int field, std::size_t column, std::uint64_t& present);

  const RecordPlan& plan_;
  const CsvLayout& layout_;
  const std::vector<int>& fields_;
  RecordBlock& block_;
  CsvScratch& scratch_;
  BlockWriter writer_;
  bool all_utf8_ = false;
};

void CsvReading::run() {
  all_utf8_ = simdjson::validate_utf8(block_.text.data(), block_.text_bytes);
  if (block_.topic_records.empty())
    read_text();
  else
    read_topic();
  if (writer_.row() > 0) scratch_.record_bytes = block_.text_bytes / writer_.row() + 1;
  writer_.finish();
}

bool CsvReading::is_plain(std::size_t begin, std::size_t length) {
  return split_plain_csv_record(text(), begin, layout_.delimiter, scratch_.cells) == length;
}

// A value is one row, with or without a line end behind it.
void CsvReading::read_topic() {
  for (const TopicRecord& record : block_.topic_records) {
    const std::size_t begin = record.value.offset;
    if (!record.has_value) {
      writer_.begin_row();
      writer_.pass_over(begin, 0, SkipCode::kTombstone);
      continue;
    }
    const std::string_view row = without_line_end(text().substr(begin, record.value.length));
    read_row(begin, row, is_plain(begin, row.size()));
  }
}

void CsvReading::read_text() {
  const Framing framing{FramingKind::kCsv, layout_.delimiter};
  std::size_t at = 0;
  while (at < block_.text_bytes) {
    if (const std::optional<std::size_t> length = split_plain_csv_record(text(), at, layout_.delimiter, scratch_.cells)) {
      if (*length > 0) read_row(at, text().substr(at, *length), true);
      at += *length + (block_.text[at + *length] == '\r' ? 2 : 1);
      continue;
    }
    const std::size_t end = std::min(record_end(text(), at, framing), block_.text_bytes);
    const std::string_view record = without_line_end(text().substr(at, end - at));
    if (!record.empty()) read_row(at, record, false);
    at = end;
  }
}

void CsvReading::read_row(std::size_t begin, std::string_view record, bool split) {
  writer_.begin_row();
  scratch_.unescaped.clear();
  std::uint64_t present = 0;
  if (const std::optional<RowFault> fault = read_cells(record, split, present)) {
    writer_.reject(begin, record.size(), fault->code, std::string(plan_.field_name(fault->field)),
                   fmt::format("byte {}: {}", fault->column, fault->text));
    return;
  }
  block_.text.insert(block_.text.end(), scratch_.unescaped.begin(), scratch_.unescaped.end());
  scratch_.beside.complete(block_, writer_, begin, record.size(), present);
}

std::optional<RowFault> CsvReading::read_cells(std::string_view record, bool split, std::uint64_t& present) {
  if (record.size() > kRecordBytesMax) {
    return RowFault{RejectCode::kTooLarge, -1, kRecordBytesMax + 1,
                    fmt::format("{} bytes, at most {} allowed; split the record, or close its quotes", record.size(), kRecordBytesMax)};
  }
  if (!all_utf8_ && !simdjson::validate_utf8(record.data(), record.size())) {
    return RowFault{RejectCode::kBadUtf8, -1, find_invalid_utf8(record) + 1, "not UTF-8; write the file in UTF-8"};
  }
  const std::optional<CsvFault> bad = split ? std::nullopt : split_csv_record(record, layout_.delimiter, scratch_.cells);
  if (bad) return RowFault{RejectCode::kBadCsv, -1, bad->at + 1, std::string(bad->text)};
  const std::size_t cells = scratch_.cells.size();
  if (cells != fields_.size()) {
    return RowFault{RejectCode::kBadCsv, -1, record.size() + 1,
                    fmt::format("{} cells for {} columns; quote cells that hold the delimiter", cells, fields_.size())};
  }
  std::optional<RowFault> first;
  for (std::size_t at = 0; at < cells && !first; ++at) {
    if (fields_[at] < 0) continue;
    const CsvCell& cell = scratch_.cells[at];
    first = read_cell(cell, fields_[at], static_cast<std::size_t>(cell.text.data() - record.data()) + 1, present);
  }
  if (first) return first;
  const std::uint64_t missing = plan_.required & ~present;
  if (missing == 0) return std::nullopt;
  return RowFault{RejectCode::kMissingField, std::countr_zero(missing), record.size() + 1, "empty; send a value, or make it optional in the schema"};
}

std::optional<RowFault> CsvReading::read_cell(const CsvCell& cell, int field, std::size_t column, std::uint64_t& present) {
  const auto index = static_cast<std::size_t>(field);
  std::int64_t* const target = writer_.column(index);
  if (!cell.quoted && cell.text.empty()) {
    if (target != nullptr) target[writer_.row()] = 0;
    return std::nullopt;
  }
  const std::size_t unescaped_at = scratch_.unescaped.size();
  std::string_view content = cell.text;
  if (cell.doubled) {
    append_content(cell, scratch_.unescaped);
    content = std::string_view(scratch_.unescaped).substr(unescaped_at);
  }
  const FieldReader& reader = plan_.readers[index];
  ParsedCell parsed = reader.from_csv(content);
  if (!parsed.ok()) return RowFault{parsed.code, field, column, reader.explain(parsed.code, content)};
  present |= std::uint64_t{1} << index;
  const bool is_text = target != nullptr && reader.field().type.kind == ValueKind::kString;
  if (is_text) {
    const std::size_t offset = cell.doubled ? block_.text.size() + unescaped_at : static_cast<std::size_t>(content.data() - block_.text.data());
    parsed.cell = TextRef{static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(content.size())}.pack();
  }
  if (target != nullptr) target[writer_.row()] = parsed.cell;
  if (!is_text) scratch_.unescaped.resize(unescaped_at);
  return std::nullopt;
}

}  // namespace

Result<std::vector<std::string>> read_csv_header(std::string_view text, char delimiter) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const std::string_view row = without_line_end(text.substr(0, record_end(text, 0, {FramingKind::kCsv, delimiter})));
  std::vector<CsvCell> cells;
  if (row.empty()) return fail(ErrorKind::kData, "no header row; begin the file with the names of its columns");
  if (const auto fault = split_csv_record(row, delimiter, cells))
    return fail(ErrorKind::kData, fmt::format("header row, byte {}: {}", fault->at + 1, fault->text));
  std::vector<std::string> names(cells.size());
  std::transform(cells.begin(), cells.end(), names.begin(), cell_text);
  if (const auto problem = name_problem(names)) return fail(ErrorKind::kData, fmt::format("header row: {}", *problem));
  return names;
}

CsvDecoder::CsvDecoder(RecordPlan plan, TopicFields topic_fields, CsvLayout layout, std::vector<int> fields)
    : plan_(std::move(plan)), topic_fields_(std::move(topic_fields)), layout_(std::move(layout)), fields_(std::move(fields)) {}

Result<std::unique_ptr<CsvDecoder>> CsvDecoder::make(Schema schema, CsvLayout layout) {
  const auto bad = [&](std::string text) { return fail(ErrorKind::kConfiguration, fmt::format("input {}: {}", printable(schema.input), text)); };
  const unsigned char delimiter = static_cast<unsigned char>(layout.delimiter);
  const bool usable = delimiter == '\t' || (delimiter >= ' ' && delimiter < 0x7f && delimiter != '"');
  if (!usable) return bad("the delimiter must be a tab or one printable ASCII character other than a quote");
  if (layout.columns.empty()) return bad("no columns; list them, or give the files a header row");
  if (const auto problem = name_problem(layout.columns)) return bad(*problem);
  Result<TopicFields> topic_fields = TopicFields::make(schema);
  if (!topic_fields) return std::unexpected(std::move(topic_fields.error()));
  std::vector<int> fields(layout.columns.size(), -1);
  for (std::size_t field = 0; field < schema.fields.size(); ++field) {
    if ((topic_fields->columns() >> field & 1U) != 0) continue;
    const auto found = std::find(layout.columns.begin(), layout.columns.end(), schema.fields[field].path);
    const bool needed = schema.fields[field].required || field == schema.event_time;
    if (found != layout.columns.end()) {
      fields[static_cast<std::size_t>(found - layout.columns.begin())] = static_cast<int>(field);
    } else if (needed) {
      return bad(fmt::format("there is no column {} for a field that is required; correct the columns, or the schema",
                             printable(schema.fields[field].path)));
    }
  }
  const auto unknown = std::find(fields.begin(), fields.end(), -1);
  if (unknown != fields.end() && schema.unknown_fields == UnknownFields::kReject) {
    const std::string& column = layout.columns[static_cast<std::size_t>(unknown - fields.begin())];
    return bad(fmt::format("the schema has no field for the column {}; declare it, or ignore unknown fields", printable(column)));
  }
  Result<RecordPlan> plan = RecordPlan::make(std::move(schema), topic_fields->columns());
  if (!plan) return std::unexpected(std::move(plan.error()));
  return std::unique_ptr<CsvDecoder>(new CsvDecoder(std::move(*plan), std::move(*topic_fields), std::move(layout), std::move(fields)));
}

std::unique_ptr<Decoder::Scratch> CsvDecoder::make_scratch() const { return std::make_unique<CsvScratch>(topic_fields_); }

void CsvDecoder::decode(RecordBlock& block, std::uint64_t wanted, Scratch& scratch) const {
  auto* const own = dynamic_cast<CsvScratch*>(&scratch);
  RECKONER_CHECK(own != nullptr, "a scratch of another kind of decoder");
  CsvReading(plan_, layout_, fields_, block, wanted, *own).run();
}

}  // namespace reckoner
