#include "connectors/json_decoder.hpp"

#include <string>
#include <thread>
#include <vector>

#include "connectors/decoding.hpp"
#include "support/catch.hpp"

namespace reckoner {
namespace {

using testing::block_of;
using testing::decoded;
using testing::enum_of;
using testing::field_of;
using testing::kAllWanted;
using testing::row_text;
using testing::schema_with;
using testing::type_of;

std::unique_ptr<JsonDecoder> decoder_for(const Schema& schema, JsonTemplates templates = JsonTemplates::kLearn) {
  auto made = JsonDecoder::make(schema, templates);
  REQUIRE(made.has_value());
  return std::move(*made);
}

// The one record of `line`, with a field "v" of this type beside the event time.
std::string read_value(const Field& field, std::string_view value) {
  const Schema schema = schema_with({field});
  const RecordBlock block = decoded(*decoder_for(schema), "{\"t\":1,\"v\":" + std::string(value) + "}\n");
  REQUIRE(block.rows == 1);
  const std::string row = row_text(schema, block, 0);
  return row.starts_with("t=1") ? row.substr(row.size() > 3 ? 4 : 3) : row;
}

std::string read_value(ValueType type, std::string_view value) { return read_value(field_of("v", std::move(type)), value); }

Field time_field(TimeFormat format) {
  Field field = field_of("v", type_of(ValueKind::kTime));
  field.time_format = format;
  return field;
}

TEST_CASE("decimals and money are exact, from numbers and from strings") {
  const ValueType decimal = type_of(ValueKind::kDecimal, 2);
  CHECK(read_value(decimal, "1.5") == "v=1.50");
  CHECK(read_value(decimal, "1.500") == "v=1.50");
  CHECK(read_value(decimal, "1.505") == "bad_number v");
  CHECK(read_value(decimal, "\"12.50\"") == "v=12.50");
  CHECK(read_value(decimal, "\"1,234.56\"") == "bad_number v");
  CHECK(read_value(decimal, "\"\"") == "bad_number v");
  CHECK(read_value(decimal, "1.2e3") == "v=1200.00");
  CHECK(read_value(decimal, "92233720368547758.07") == "v=92233720368547758.07");
  CHECK(read_value(decimal, "92233720368547758.08") == "out_of_range v");
  CHECK(read_value(decimal, "true") == "wrong_type v");
  CHECK(read_value({ValueKind::kMoney, 0, {'J', 'P', 'Y'}, nullptr}, "\"15\"") == "v=15 JPY");
  CHECK(read_value({ValueKind::kMoney, 0, {'J', 'P', 'Y'}, nullptr}, "15.5") == "bad_number v");
}

TEST_CASE("integers are whole JSON numbers and never strings") {
  const ValueType integer = type_of(ValueKind::kInteger);
  CHECK(read_value(integer, "-9223372036854775808") == "v=-9223372036854775808");
  CHECK(read_value(integer, "9223372036854775808") == "out_of_range v");
  CHECK(read_value(integer, "1.0") == "v=1");
  CHECK(read_value(integer, "1.5") == "bad_number v");
  CHECK(read_value(integer, "\"1\"") == "wrong_type v");
  CHECK(read_value(type_of(ValueKind::kDuration), "60000") == "v=1m");
}

TEST_CASE("times are read in the declared unit and format alone") {
  CHECK(read_value(time_field(TimeFormat::kMilliseconds), "1767225600123") == "v=1767225600123");
  CHECK(read_value(time_field(TimeFormat::kMilliseconds), "1767225600123.5") == "bad_time v");
  CHECK(read_value(time_field(TimeFormat::kSeconds), "1767225600") == "v=1767225600000");
  CHECK(read_value(time_field(TimeFormat::kSeconds), "9223372036854775807") == "bad_time v");
  CHECK(read_value(time_field(TimeFormat::kMicroseconds), "1767225600123999") == "v=1767225600123");
  CHECK(read_value(time_field(TimeFormat::kMicroseconds), "-1") == "v=-1");
  CHECK(read_value(time_field(TimeFormat::kRfc3339), "\"2026-01-01T00:00:00Z\"") == "v=1767225600000");
  CHECK(read_value(time_field(TimeFormat::kRfc3339), "\"2026-01-01\"") == "bad_time v");
  CHECK(read_value(time_field(TimeFormat::kRfc3339), "1767225600123") == "wrong_type v");
  CHECK(read_value(time_field(TimeFormat::kSeconds), "\"1767225600\"") == "wrong_type v");
}

TEST_CASE("bools are words, enums are names") {
  CHECK(read_value(type_of(ValueKind::kBool), "true") == "v=true");
  CHECK(read_value(type_of(ValueKind::kBool), "false") == "v=false");
  CHECK(read_value(type_of(ValueKind::kBool), "1") == "wrong_type v");
  CHECK(read_value(type_of(ValueKind::kBool), "\"true\"") == "wrong_type v");
  CHECK(read_value(enum_of({"pos", "ecom"}), "\"ecom\"") == "v=ecom");
  CHECK(read_value(enum_of({"pos", "ecom"}), "\"e\\u0063om\"") == "v=ecom");
  CHECK(read_value(enum_of({"pos", "ecom"}), "\"Ecom\"") == "unknown_name v");
  CHECK(read_value(enum_of({"pos", "ecom"}), "1") == "wrong_type v");
}

TEST_CASE("strings keep their bytes, escapes undone into UTF-8") {
  const ValueType text = type_of(ValueKind::kString);
  CHECK(read_value(text, "\"plain\"") == "v=plain");
  CHECK(read_value(text, "\"\"") == "v=");
  CHECK(read_value(text, "\"a\\n\\\"\\\\\\/\\u00e9\\ud83d\\ude00\"") == "v=a\n\"\\/\xC3\xA9\xF0\x9F\x98\x80");
  CHECK(read_value(text, "\"\\u0000\"") == std::string("v=\0", 3));
  CHECK(read_value(text, "{}") == "wrong_type v");
  CHECK(read_value(text, "[\"a\"]") == "wrong_type v");
  CHECK(read_value(text, "12") == "wrong_type v");
}

TEST_CASE("constraints of a field are checked: range, length, pattern") {
  Field amount = field_of("v", type_of(ValueKind::kDecimal, 2));
  amount.minimum = 0;
  amount.maximum = 10'000;
  CHECK(read_value(amount, "0") == "v=0.00");
  CHECK(read_value(amount, "100.00") == "v=100.00");
  CHECK(read_value(amount, "-0.01") == "out_of_range v");
  CHECK(read_value(amount, "100.01") == "out_of_range v");
  Field text = field_of("v", type_of(ValueKind::kString));
  text.length_max = 4;
  CHECK(read_value(text, "\"abcd\"") == "v=abcd");
  CHECK(read_value(text, "\"abcde\"") == "too_long v");
  CHECK(read_value(text, "\"ab\\u00e9d\"") == "too_long v");
  text.pattern = "[a-z]+";
  CHECK(read_value(text, "\"abc\"") == "v=abc");
  CHECK(read_value(text, "\"abC\"") == "pattern_mismatch v");
  CHECK(read_value(text, "\"\"") == "pattern_mismatch v");
}

TEST_CASE("null is absent, and what is required must be there") {
  Field field = field_of("v", type_of(ValueKind::kString));
  CHECK(read_value(field, "null").empty());
  field.required = true;
  CHECK(read_value(field, "null") == "missing_field v");
  const Schema schema = schema_with({field});
  const RecordBlock block = decoded(*decoder_for(schema), "{\"v\":\"x\"}\n{\"t\":1}\n{}\n");
  CHECK(row_text(schema, block, 0) == "missing_field t");
  CHECK(row_text(schema, block, 1) == "missing_field v");
  CHECK(row_text(schema, block, 2) == "missing_field t");
}

TEST_CASE("paths with dots step into objects") {
  const Schema schema = schema_with(
      {field_of("a.b", type_of(ValueKind::kInteger)), field_of("a.c.d", type_of(ValueKind::kString)), field_of("b", type_of(ValueKind::kInteger))});
  const auto decoder = decoder_for(schema);
  const auto row = [&](std::string_view line) { return row_text(schema, decoded(*decoder, line), 0); };
  CHECK(row(R"({"t":1,"a":{"b":2,"c":{"d":"x","e":[{"b":9}]}},"b":3})") == "t=1 a.b=2 a.c.d=x b=3");
  CHECK(row(R"({"t":1,"a.b":2})") == "t=1");
  CHECK(row(R"({"t":1,"a":null})") == "t=1");
  CHECK(row(R"({"t":1,"a":[{"b":2}]})") == "wrong_type");
  CHECK(row(R"({"t":1,"a":5})") == "wrong_type");
  CHECK(row(R"({"t":1,"a":{"b":2,"c":false}})") == "wrong_type");
  CHECK(row(R"({"t":1,"a":{"b":2,"b":2}})") == "duplicate_key");
}

TEST_CASE("unknown members are ignored or rejected as the schema says, nested ones too") {
  Schema schema = schema_with({field_of("a.b", type_of(ValueKind::kInteger))});
  const std::string text = "{\"t\":1,\"x\":{\"y\":[1,{}]}}\n{\"t\":1,\"a\":{\"b\":1,\"z\":2}}\n{\"t\":1,\"a\":{\"b\":1}}\n";
  CHECK(decoded(*decoder_for(schema), text).rejects.empty());
  schema.unknown_fields = UnknownFields::kReject;
  const RecordBlock block = decoded(*decoder_for(schema), text);
  CHECK(row_text(schema, block, 0) == "unknown_field");
  CHECK(row_text(schema, block, 1) == "unknown_field");
  CHECK(row_text(schema, block, 2) == "t=1 a.b=1");
}

TEST_CASE("fields that are not wanted are validated, counted present and not stored") {
  const Schema schema = schema_with({field_of("n", type_of(ValueKind::kInteger)), field_of("s", type_of(ValueKind::kString))});
  const RecordBlock block = decoded(*decoder_for(schema), "{\"t\":1,\"n\":2,\"s\":\"a\\n\"}\n{\"t\":1,\"n\":\"2\",\"s\":\"\"}\n", 0b100);
  CHECK(block.columns.at(0).empty());
  CHECK(block.columns.at(1).empty());
  CHECK(block.columns.at(2).size() == 2);
  CHECK(row_text(schema, block, 0) == "t=unwanted n=unwanted s=a\n");
  CHECK(row_text(schema, block, 1) == "wrong_type n");
}

TEST_CASE("lines end with LF or CRLF, blank ones are no records, and the last may lack its end") {
  const Schema schema = schema_with({});
  const std::string text = "\n{\"t\":1}\r\n\r\n \t\r\n{\"t\":22}\n\n{ \"t\" : 3 } \r\n{\"t\":4}";
  RecordBlock block = block_of(text);
  const auto decoder = decoder_for(schema);
  const auto scratch = decoder->make_scratch();
  decoder->decode(block, kAllWanted, *scratch);
  REQUIRE(block.rows == 4);
  CHECK(block.rejects.empty());
  CHECK(block.raw(0) == "{\"t\":1}");
  CHECK(block.raw(1) == "{\"t\":22}");
  CHECK(block.raw(2) == "{ \"t\" : 3 } ");
  CHECK(block.raw(3) == "{\"t\":4}");
  CHECK(block.columns.at(0) == std::vector<std::int64_t>{1, 22, 3, 4});
  CHECK(block.row_begin.size() == 4);
  CHECK(block.rejected == std::vector<std::uint8_t>{0, 0, 0, 0});
}

TEST_CASE("an empty block and a block of blank lines have no rows") {
  const auto decoder = decoder_for(schema_with({}));
  CHECK(decoded(*decoder, "").rows == 0);
  const RecordBlock blank = decoded(*decoder, "\n\r\n  \n");
  CHECK(blank.rows == 0);
}

TEST_CASE("a record larger than the limit is a reject and the next one is read") {
  const Schema schema = schema_with({});
  const std::string fits = "{\"t\":1,\"x\":\"" + std::string(kRecordBytesMax - 14, 'x') + "\"}";
  REQUIRE(fits.size() == kRecordBytesMax);
  const std::string larger = "{\"t\":1,\"x\":\"" + std::string(kRecordBytesMax - 13, 'x') + "\"}";
  const RecordBlock block = decoded(*decoder_for(schema), "{\"t\":1,\"x\":\"\"}\n" + fits + "\n" + larger + "\n{\"t\":2}\n");
  CHECK(row_text(schema, block, 0) == "t=1");
  CHECK(row_text(schema, block, 1) == "t=1");
  CHECK(row_text(schema, block, 2) == "too_large");
  CHECK(row_text(schema, block, 3) == "t=2");
}

TEST_CASE("structural faults come before faults of fields, and a reject says where, what and what to do") {
  const Schema schema = schema_with({field_of("amount", type_of(ValueKind::kDecimal, 2))});
  const RecordBlock block = decoded(*decoder_for(schema), "{\"t\":1,\"amount\":1.505}\n{\"t\":1,\"amount\":1.505\n[{\"t\":1}]\n5\n");
  REQUIRE(block.rejects.size() == 4);
  CHECK(block.rejects[0].message ==
        "byte 17: '1.505' is not a number with at most 2 digits after the point; round it where it is made, or widen the field's scale");
  CHECK(block.rejects[0].field == "amount");
  CHECK(block.rejects[1].code == RejectCode::kBadJson);
  CHECK(block.rejects[2].code == RejectCode::kWrongType);
  CHECK(block.rejects[3].code == RejectCode::kWrongType);
  CHECK(block.present == std::vector<std::uint64_t>{0, 0, 0, 0});
  CHECK(block.columns.at(0) == std::vector<std::int64_t>{0, 0, 0, 0});
}

TEST_CASE("a block may be decoded again, with other fields wanted") {
  const Schema schema = schema_with({field_of("s", type_of(ValueKind::kString))});
  const auto decoder = decoder_for(schema);
  const auto scratch = decoder->make_scratch();
  RecordBlock block = block_of("{\"t\":1,\"s\":\"a\\tb\"}\nx\n");
  for (int round = 0; round < 3; ++round) {
    decoder->decode(block, round == 1 ? 0b01 : 0b10, *scratch);
    CHECK(block.rows == 2);
    CHECK(block.rejects.size() == 1);
    CHECK(row_text(schema, block, 0) == (round == 1 ? "t=1 s=unwanted" : "t=unwanted s=a\tb"));
  }
}

TEST_CASE("a schema that cannot be decoded is a configuration error that names the field") {
  Field pattern = field_of("v", type_of(ValueKind::kString));
  pattern.pattern = "(";
  Schema without_time = schema_with({});
  without_time.fields[0].type = type_of(ValueKind::kInteger);
  for (const Schema& schema :
       {schema_with({pattern}), schema_with({field_of("t", type_of(ValueKind::kBool))}), schema_with({field_of("a..b", type_of(ValueKind::kBool))}),
        schema_with({field_of("a", type_of(ValueKind::kBool)), field_of("a.b", type_of(ValueKind::kBool))}),
        schema_with({field_of("v", type_of(ValueKind::kEnum))}), without_time, Schema{}}) {
    const auto made = JsonDecoder::make(schema);
    REQUIRE(!made.has_value());
    CHECK(made.error().kind == ErrorKind::kConfiguration);
  }
}

TEST_CASE("several threads decode with one decoder", "[threaded]") {
  const Schema schema = schema_with({field_of("s", type_of(ValueKind::kString))});
  const auto decoder = decoder_for(schema);
  std::string text;
  for (int row = 0; row < 500; ++row)
    text +=
        "{\"t\":" + std::to_string(row) + ",\"s\":\"" + std::string(static_cast<std::size_t>(row % 50), 'x') + (row % 9 == 0 ? "\\n" : "") + "\"}\n";
  const RecordBlock expected = decoded(*decoder, text);
  std::vector<RecordBlock> results(4);
  std::vector<std::thread> threads;
  for (RecordBlock& result : results) threads.emplace_back([&] { result = decoded(*decoder, text); });
  for (std::thread& thread : threads) thread.join();
  for (const RecordBlock& result : results) {
    CHECK(result.columns == expected.columns);
    CHECK(result.text == expected.text);
  }
}

}  // namespace
}  // namespace reckoner
