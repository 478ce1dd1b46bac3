// Decoder of CSV (RFC 4180): quoted cells with doubled quotes, delimiters and line ends in them; LF or CRLF; empty lines skipped. Records end
// where connectors/record_framing.hpp says. An empty cell without quotes is absent; "" in quotes is the empty text. A quote that does not begin
// its cell is a byte like any other. Rejects: a row with more or fewer cells than columns, bytes behind a closing quote, a quote that is not
// closed, invalid UTF-8, control bytes other than tabs (and line ends within quotes). A topic's record is one row, or no value: a tombstone, which
// is passed over; what it has beside its value is read by the paths of connectors/topic_fields.hpp.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/record_plan.hpp"
#include "connectors/topic_fields.hpp"
#include "engine/decoder.hpp"
#include "engine/error.hpp"

namespace reckoner {

// A header row is no part of a block's text: whoever opens a partition skips it and compares it with `columns`.
struct CsvLayout {
  std::vector<std::string> columns;  // in order; a field reads the column that its path names
  char delimiter = ',';
};

// The column names in the first row of `text`, a byte order mark skipped. kData errors: an empty or bad row, an empty or doubled name.
[[nodiscard]] Result<std::vector<std::string>> read_csv_header(std::string_view text, char delimiter);

class CsvDecoder : public Decoder {
 public:
  // kConfiguration errors as RecordPlan::make and TopicFields::make say, and: a bad delimiter, no columns, empty or doubled names, a required field
  // without its column, a column without a field where the schema rejects unknown ones.
  [[nodiscard]] static Result<std::unique_ptr<CsvDecoder>> make(Schema schema, CsvLayout layout);

  [[nodiscard]] std::unique_ptr<Scratch> make_scratch() const override;
  void decode(RecordBlock& block, std::uint64_t wanted, Scratch& scratch) const override;

 private:
  CsvDecoder(RecordPlan plan, TopicFields topic_fields, CsvLayout layout, std::vector<int> fields);

  RecordPlan plan_;
  TopicFields topic_fields_;
  CsvLayout layout_;
  std::vector<int> fields_;  // by column of the file: the schema's column, or -1
};

}  // namespace reckoner
