// Records of topics: values that end where they end, and what they have beside them.
#include <algorithm>
#include <tuple>

#include "change_decoding.hpp"
#include "connectors/csv_decoder.hpp"
#include "connectors/debezium_decoder.hpp"
#include "connectors/json_decoder.hpp"
#include "connectors/json_items.hpp"
#include "decoding.hpp"
#include "engine/record_headers.hpp"
#include "support/catch.hpp"
#include "topic_decoding.hpp"

namespace reckoner::testing {

namespace {

Field required(Field field) {
  field.required = true;
  return field;
}

// Event time from the record's timestamp, and a field of every other kind that a topic's record has.
Schema beside_schema() {
  Schema schema;
  schema.input = "events";
  schema.fields = {field_of("$.timestamp", type_of(ValueKind::kTime)),          field_of("amount", type_of(ValueKind::kDecimal, 2)),
                   field_of("$.key.customer.id", type_of(ValueKind::kInteger)), field_of("$.key.name", type_of(ValueKind::kString)),
                   field_of("$.headers.trace.id", type_of(ValueKind::kString)), field_of("$.headers.rate", type_of(ValueKind::kDecimal, 3)),
                   field_of("$.partition", type_of(ValueKind::kInteger)),       field_of("$.offset", type_of(ValueKind::kInteger))};
  return schema;
}

std::vector<std::string> rows_of(const Schema& schema, const RecordBlock& block) {
  std::vector<std::string> rows;
  for (std::uint32_t row = 0; row < block.rows; ++row) rows.push_back(change_text(schema, block, row));
  return rows;
}

template <typename Made>
const Decoder& made(const Made& decoder) {
  INFO((decoder ? std::string() : decoder.error().text));
  REQUIRE(decoder.has_value());
  return **decoder;
}

}  // namespace

TEST_CASE("a JSON record's key, headers, timestamp, partition and offset are fields like those of its value") {
  const Schema schema = beside_schema();
  const auto decoder = JsonDecoder::make(schema);
  const std::vector<TopicInput> records{
      {R"({"amount":"1.50"})", R"({"customer":{"id":7},"name":"a\"b"})", {{"trace.id", "t-1"}, {"rate", "0.5"}, {"trace.id", "t-2"}}, 1000},
      {R"({"amount":2})", R"({"schema":{"type":"struct"},"payload":{"customer":{"id":8},"name":null}})", {{"trace.id", std::nullopt}}, 2000},
      {R"({"amount":3})", "no JSON", {}, 3000},
      {R"({"amount":4})", std::nullopt, {}, 4000}};
  CHECK(
      rows_of(schema, decoded(made(decoder), records, {40, 0})) ==
      std::vector<std::string>{
          R"($.timestamp=1000 amount=1.50 $.key.customer.id=7 $.key.name=a"b $.headers.trace.id=t-2 $.headers.rate=0.500 $.partition=0 $.offset=40)",
          "$.timestamp=2000 amount=2.00 $.key.customer.id=8 $.partition=0 $.offset=41", "$.timestamp=3000 amount=3.00 $.partition=0 $.offset=42",
          "$.timestamp=4000 amount=4.00 $.partition=0 $.offset=43"});
}

TEST_CASE("a whole key is a text, or a number where its field is one") {
  Schema schema = schema_with({field_of("$.key", type_of(ValueKind::kInteger))});
  CHECK(rows_of(schema, decoded(made(JsonDecoder::make(schema)), std::vector<TopicInput>{{R"({"t":1})", "17"}, {R"({"t":2})", "x"}})) ==
        std::vector<std::string>{"t=1 $.key=17", "bad_number $.key"});
  schema.fields[1].type = type_of(ValueKind::kString);
  CHECK(rows_of(schema, decoded(made(JsonDecoder::make(schema)), std::vector<TopicInput>{{R"({"t":1})", "17"}, {R"({"t":2})", "\xff"}})) ==
        std::vector<std::string>{"t=1 $.key=17", "bad_utf8 $.key"});
}

TEST_CASE("what a record does not have beside its value is refused where it is required, and a member $ of a value is no such thing") {
  Schema schema = schema_with({required(field_of("$.headers.trace", type_of(ValueKind::kString)))});
  const RecordBlock block = decoded(made(JsonDecoder::make(schema)), std::vector<TopicInput>{{R"({"t":1})", std::nullopt, {{"other", "x"}}},
                                                                                             {R"({"t":2,"$":{"headers":{"trace":"x"}}})"}});
  CHECK(rows_of(schema, block) == std::vector<std::string>{"missing_field $.headers.trace", "missing_field $.headers.trace"});
  CHECK(block.rejects.front().message.find("the record has no $.headers.trace") != std::string::npos);
  schema.fields[1].path = "$.timestamp";
  const auto refused = JsonDecoder::make(schema);
  REQUIRE(!refused);
  CHECK(refused.error().text.find("$.timestamp, which is a time") != std::string::npos);
}

TEST_CASE("a topic's value may hold line ends, and what stands behind its object is refused as ever") {
  const Schema schema = schema_with({field_of("a", type_of(ValueKind::kInteger))});
  const std::vector<TopicInput> records{{R"({"t":1,"a":1})"},
                                        {R"({"t":2,"a":2})"},
                                        {"{\"t\":3,\n\"a\":3}"},
                                        {"{\"t\":4,\"a\":4}\n"},
                                        {R"({"t":5,"a":5})"
                                         "\n"
                                         R"({"t":6,"a":6})"},
                                        {""},
                                        {"  "},
                                        {std::nullopt, "k"},
                                        {R"({"t":7,"a":7})"}};
  const std::vector<std::string> expected{"t=1 a=1",  "t=2 a=2",  "t=3 a=3",        "t=4 a=4", "bad_json",
                                          "bad_json", "bad_json", "skip tombstone", "t=7 a=7"};
  CHECK(rows_of(schema, decoded(made(JsonDecoder::make(schema)), records)) == expected);
  CHECK(rows_of(schema, decoded(made(JsonDecoder::make(schema, JsonTemplates::kOff)), records)) == expected);
}

TEST_CASE("a topic's CSV value is one row, with what stands beside it") {
  Schema schema = schema_with({required(field_of("name", type_of(ValueKind::kString))), field_of("$.headers.source", type_of(ValueKind::kString))});
  const auto decoder = CsvDecoder::make(schema, {{"t", "name"}, ';'});
  const std::vector<TopicInput> records{
      {"1;a", std::nullopt, {{"source", "s"}}}, {"2;b\r\n"}, {"3;\"c\nd\""}, {"4;e\n5;f"}, {""}, {std::nullopt}, {"6"}};
  CHECK(rows_of(schema, decoded(made(decoder), records)) ==
        std::vector<std::string>{"t=1 name=a $.headers.source=s", "t=2 name=b", "t=3 name=c\nd", "bad_csv", "bad_csv", "skip tombstone", "bad_csv"});
}

TEST_CASE("captured changes are read from topics as from files, their keys being the records' own") {
  const std::vector<std::tuple<std::string, DecimalForm, ReplicaIdentity>> cases{
      {"full-string", DecimalForm::kText, ReplicaIdentity::kFull},          {"full-string-schemas", DecimalForm::kText, ReplicaIdentity::kFull},
      {"full-precise-schemas", DecimalForm::kText, ReplicaIdentity::kFull}, {"full-string-unwrapped", DecimalForm::kText, ReplicaIdentity::kFull},
      {"default-string", DecimalForm::kText, ReplicaIdentity::kDefault},    {"default-precise", DecimalForm::kBinary, ReplicaIdentity::kDefault}};
  Schema schema;
  schema.input = "payments";
  schema.fields = {field_of("$.source.ts_ms", type_of(ValueKind::kTime)), field_of("$.op", enum_of({"r", "c", "u", "d"})),
                   field_of("id", type_of(ValueKind::kInteger)),          field_of("account_id", type_of(ValueKind::kString)),
                   field_of("amount", type_of(ValueKind::kDecimal, 2)),   field_of("$.key.id", type_of(ValueKind::kInteger))};
  for (const auto& [name, decimals, identity] : cases) {
    INFO(name);
    const auto decoder = DebeziumDecoder::make(schema, {identity, decimals, "__debezium_unavailable_value"});
    const std::string lines = file_text(data_directory() / "debezium" / "captured" / (name + ".jsonl"));
    std::vector<TopicInput> records;
    for (std::size_t at = 0; at < lines.size();) {
      const std::size_t end = std::min(lines.find('\n', at), lines.size());
      const std::string_view line = std::string_view(lines).substr(at, end - at);
      TopicInput& record = records.emplace_back();
      if (const std::string_view key = find_member(line, "key"); !is_null(key)) record.key = key;
      if (const std::string_view value = find_member(line, "value"); !is_null(value)) record.value = value;
      at = end + 1;
    }
    const std::vector<std::string> rows = rows_of(schema, decoded(made(decoder), records));
    CHECK(rows == rows_of(schema, decoded(made(decoder), std::string_view(lines))));
    CHECK(std::count_if(rows.begin(), rows.end(), [](const std::string& row) { return row.find("$.op=d") != std::string::npos; }) >= 2);
    CHECK(std::count(rows.begin(), rows.end(), "skip tombstone") >= (name == "full-string-unwrapped" ? 0 : 1));
  }
}

TEST_CASE("under REPLICA IDENTITY DEFAULT a changed primary key is a delete of the old key, a tombstone and a create of the new one") {
  Schema schema;
  schema.input = "payments";
  schema.fields = {field_of("$.source.ts_ms", type_of(ValueKind::kTime)), required(field_of("$.op", enum_of({"r", "c", "u", "d"}))),
                   required(field_of("id", type_of(ValueKind::kInteger))), field_of("amount", type_of(ValueKind::kDecimal, 2))};
  const auto decoder = DebeziumDecoder::make(schema, {});
  const std::string old_key = R"({"id":5})";
  const std::string gone = R"({"before":{"id":5,"amount":"0.00"},"after":null,"source":{"ts_ms":9},"op":"d"})";
  const std::vector<TopicInput> records{{gone, old_key},
                                        {std::nullopt, old_key},
                                        {R"({"before":null,"after":{"id":50,"amount":"0.01"},"source":{"ts_ms":9},"op":"c"})", R"({"id":50})"},
                                        {R"({"before":null,"after":null,"source":{"ts_ms":9},"op":"d"})", old_key},
                                        {gone, std::nullopt},
                                        {gone, "5"}};
  CHECK(rows_of(schema, decoded(made(decoder), records)) ==
        std::vector<std::string>{"$.source.ts_ms=9 $.op=d id=5", "skip tombstone", "$.source.ts_ms=9 $.op=c id=50 amount=0.01",
                                 "$.source.ts_ms=9 $.op=d id=5", "missing_field", "missing_field"});
}

TEST_CASE("headers are packed and found again, the last of a name, with and without a value") {
  std::vector<char> packed;
  append_header(packed, {"a", "1"});
  append_header(packed, {"", std::nullopt});
  append_header(packed, {"a", std::string_view("\0\n", 2)});
  append_header(packed, {"b", ""});
  const std::string_view bytes(packed.data(), packed.size());
  CHECK(find_header(bytes, "a")->value == std::string_view("\0\n", 2));
  CHECK(find_header(bytes, "b")->value == "");
  CHECK(!find_header(bytes, "")->value);
  CHECK(!find_header(bytes, "c"));
}

}  // namespace reckoner::testing
