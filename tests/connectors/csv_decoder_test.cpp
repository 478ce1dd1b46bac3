#include "connectors/csv_decoder.hpp"

#include <string>
#include <vector>

#include "connectors/csv_record.hpp"
#include "connectors/decoding.hpp"
#include "connectors/record_framing.hpp"
#include "support/catch.hpp"

namespace reckoner {
namespace {

using testing::block_of;
using testing::data_directory;
using testing::decoded;
using testing::enum_of;
using testing::field_of;
using testing::file_text;
using testing::kAllWanted;
using testing::row_text;
using testing::schema_with;
using testing::type_of;

using Rows = std::vector<std::vector<std::string>>;

// Every row of a text, its header too, by the framing and the splitting that the decoder uses.
Rows rows_of(std::string_view text) {
  Rows rows;
  std::vector<CsvCell> cells;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(record_end(text, at, {FramingKind::kCsv, ','}), text.size());
    std::string_view record = text.substr(at, end - at);
    at = end;
    if (record.ends_with('\n')) record.remove_suffix(1);
    if (record.ends_with('\r')) record.remove_suffix(1);
    if (record.empty()) continue;
    REQUIRE(!split_csv_record(record, ',', cells));
    rows.emplace_back();
    for (const CsvCell& cell : cells) append_content(cell, rows.back().emplace_back());
  }
  return rows;
}

// All strings of a JSON text in order; escapes of the suite's files are \" \n and \r.
std::vector<std::string> strings_of(std::string_view json) {
  std::vector<std::string> strings;
  bool inside = false;
  for (std::size_t at = 0; at < json.size(); ++at) {
    if (json[at] == '"') {
      inside = !inside;
      if (inside) strings.emplace_back();
    } else if (inside && json[at] == '\\') {
      ++at;
      strings.back() += json[at] == 'n' ? '\n' : json[at] == 'r' ? '\r' : json[at];
    } else if (inside) {
      strings.back() += json[at];
    }
  }
  return strings;
}

TEST_CASE("csv-spectrum: every file reads as its JSON twin says") {
  for (const char* name : {"comma_in_quotes", "empty", "empty_crlf", "escaped_quotes", "json", "location_coordinates", "newlines", "newlines_crlf",
                           "quotes_and_newlines", "simple", "simple_crlf", "utf8"}) {
    INFO(name);
    const std::filesystem::path folder = data_directory() / "csv-spectrum";
    const Rows rows = rows_of(file_text(folder / "csvs" / (std::string(name) + ".csv")));
    std::vector<std::string> found;
    for (std::size_t row = 1; row < rows.size(); ++row) {
      REQUIRE(rows[row].size() == rows[0].size());
      for (std::size_t cell = 0; cell < rows[row].size(); ++cell) {
        found.push_back(rows[0][cell]);
        found.push_back(rows[row][cell]);
      }
    }
    std::vector<std::string> expected = strings_of(file_text(folder / "json" / (std::string(name) + ".json")));
    if (std::string_view(name) == "location_coordinates") {
      // The twin of this file has another telephone number.
      found.erase(found.begin(), found.begin() + 2);
      expected.erase(expected.begin(), expected.begin() + 2);
    }
    CHECK(found == expected);
  }
}

Schema payments() {
  Field id = field_of("id", type_of(ValueKind::kString));
  id.required = true;
  return schema_with({id, field_of("amount", type_of(ValueKind::kDecimal, 2)), field_of("type", enum_of({"card", "login"})),
                      field_of("flag", type_of(ValueKind::kBool))});
}

std::unique_ptr<CsvDecoder> decoder_for(const Schema& schema, CsvLayout layout) {
  auto made = CsvDecoder::make(schema, std::move(layout));
  REQUIRE(made.has_value());
  return std::move(*made);
}

CsvLayout layout_of(std::vector<std::string> columns, char delimiter = ',') { return {std::move(columns), delimiter}; }

const std::vector<std::string> kColumns{"id", "note", "amount", "t", "type", "flag"};

// The rows of `text` as text, joined by "|".
std::string read(std::string_view text, const CsvLayout& layout = layout_of(kColumns), const Schema& schema = payments()) {
  const RecordBlock block = decoded(*decoder_for(schema, layout), text);
  std::string rows;
  for (std::uint32_t row = 0; row < block.rows; ++row) rows += (row == 0 ? "" : "|") + row_text(schema, block, row);
  return rows;
}

TEST_CASE("cells go to the fields whose paths name their columns; other columns are ignored") {
  CHECK(read("a,x,12.50,7,card,true\r\nb,,-1,8,login,false\n") ==
        "t=7 id=a amount=12.50 type=card flag=true|t=8 id=b amount=-1.00 type=login flag=false");
  CHECK(read("a;x;1;7;card;true", layout_of(kColumns, ';')) == "t=7 id=a amount=1.00 type=card flag=true");
}

TEST_CASE("an empty bare cell is absent, an empty quoted one is the empty text") {
  CHECK(read("a,,,7,,\n") == "t=7 id=a");
  CHECK(read("\"\",,,7,,\n") == "t=7 id=");
  CHECK(read(",,,7,,\n") == "missing_field id");
  CHECK(read("a,,,,,\n") == "missing_field t");
  CHECK(read("a,,\"\",7,,\n") == "bad_number amount");
}

TEST_CASE("quoted cells keep delimiters, line ends and quotes") {
  CHECK(read("\"a,\r\n\"\"b\"\"\n\",\"\n\",\"1.5\",\"7\",\"card\",\"true\"\nb,,,8,,\n") ==
        "t=7 id=a,\r\n\"b\"\n amount=1.50 type=card flag=true|t=8 id=b");
  CHECK(read("\"\"\"\",,,7,,\n") == "t=7 id=\"");
  CHECK(read("5\" pipe,,,7,,\n") == "t=7 id=5\" pipe");
}

TEST_CASE("rows that do not fit are rejects and the next row is read") {
  CHECK(read("a,,,7,\nb,,,8,,\n") == "bad_csv|t=8 id=b");
  CHECK(read("a,,,7,,,\nb,,,8,,\n") == "bad_csv|t=8 id=b");
  CHECK(read("\"a\"x,,,7,,\nb,,,8,,\n") == "bad_csv|t=8 id=b");
  CHECK(read("a\x01,,,7,,\nb,,,8,,\n") == "bad_csv|t=8 id=b");
  CHECK(read("a,,,7,,\rb,,,8,,\n") == "bad_csv");
  CHECK(read("a\xFF,,,7,,\nb\xC3\xA9,,,8,,\n") == "bad_utf8|t=8 id=b\xC3\xA9");
  CHECK(read("a,,1.505,7,,\na,,\"1,5\",7,,\na,,,x,,\na,,,7,cash,\na,,,7,,1\n") ==
        "bad_number amount|bad_number amount|bad_time t|unknown_name type|wrong_type flag");
  CHECK(read("b,,,8,,\na,,,7,,\"\n") == "t=8 id=b|bad_csv");
}

TEST_CASE("a quote that is never closed costs the rows up to the limit, not the file") {
  std::string text = "\"a,,,7,,\n";
  while (text.size() <= kRecordBytesMax) text += "b,,,88,,\n";
  CHECK(read(text + "c,,,9,,\n") == "too_large|t=9 id=c");
}

TEST_CASE("empty lines are no records and the last row may lack its line end") {
  CHECK(read("\n\r\na,,,7,,\n\nb,,,8,,") == "t=7 id=a|t=8 id=b");
  CHECK(read("").empty());
}

TEST_CASE("strings with doubled quotes lie behind the padding, others in place") {
  RecordBlock block = block_of("a,,,7,,\n\"b\"\"c\",,,8,,\n\"d\"\"e\",,,9,,\n");
  const Schema schema = payments();
  const auto decoder = decoder_for(schema, layout_of(kColumns));
  const auto scratch = decoder->make_scratch();
  for (int round = 0; round < 2; ++round) {
    decoder->decode(block, kAllWanted, *scratch);
    REQUIRE(block.rows == 3);
    CHECK(TextRef::unpack(block.columns[1][0]).offset == 0);
    CHECK(TextRef::unpack(block.columns[1][1]).offset == block.text_bytes + kTextPadding);
    CHECK(block.string(1, 1) == "b\"c");
    CHECK(block.string(1, 2) == "d\"e");
    CHECK(block.raw(1) == "\"b\"\"c\",,,8,,");
  }
}

TEST_CASE("the header of a file is read from its first row") {
  CHECK(read_csv_header("\xEF\xBB\xBF\"a \"\"b\"\"\",c\r\n1,2\n", ',') == std::vector<std::string>{"a \"b\"", "c"});
  CHECK(!read_csv_header("", ','));
  CHECK(!read_csv_header("a,,b\n", ','));
  CHECK(!read_csv_header("a,b,a\n", ','));
  CHECK(!read_csv_header("\"a\n", ','));
}

TEST_CASE("columns that cannot serve the schema are a configuration error") {
  Schema strict = payments();
  strict.unknown_fields = UnknownFields::kReject;
  for (const CsvLayout& layout : {layout_of({}), layout_of({"t"}), layout_of({"id"}), layout_of({"t", "id", "id"}), layout_of({"t", "id", ""}),
                                  layout_of({"t", "id"}, '"'), layout_of({"t", "id"}, '\n')}) {
    CHECK(!CsvDecoder::make(payments(), layout).has_value());
  }
  CHECK(CsvDecoder::make(payments(), layout_of({"t", "id", "more"})).has_value());
  CHECK(!CsvDecoder::make(strict, layout_of({"t", "id", "more"})).has_value());
}

}  // namespace
}  // namespace reckoner
