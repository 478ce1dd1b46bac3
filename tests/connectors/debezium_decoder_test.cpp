// Change events one by one: each form, each type, what is passed over and what is refused.
#include "connectors/debezium_decoder.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "change_decoding.hpp"
#include "connectors/binary_decimal.hpp"
#include "decoding.hpp"
#include "support/catch.hpp"

namespace reckoner::testing {

namespace {

// "t" is the change's own time; `fields` follow.
Schema change_schema(std::vector<Field> fields) {
  Schema schema = schema_with(std::move(fields));
  schema.fields[0].path = "$.ts_ms";
  return schema;
}

Field required(Field field) {
  field.required = true;
  return field;
}

Field moment(std::string path, TimeFormat format) {
  Field field = field_of(std::move(path), type_of(ValueKind::kTime));
  field.time_format = format;
  return field;
}

// What one event is read as, without its time.
std::string read_event(const Schema& schema, std::string_view event, DebeziumForm form = {}) {
  const auto decoder = DebeziumDecoder::make(schema, std::move(form));
  REQUIRE(decoder.has_value());
  const RecordBlock block = decoded(**decoder, event);
  REQUIRE(block.rows == 1);
  const std::string row = change_text(schema, block, 0);
  return row.starts_with("t=7 ") ? row.substr(4) : row;
}

std::string message_of(const Schema& schema, std::string_view event, DebeziumForm form = {}) {
  const auto decoder = DebeziumDecoder::make(schema, std::move(form));
  REQUIRE(decoder.has_value());
  const RecordBlock block = decoded(**decoder, event);
  REQUIRE(block.rejects.size() == 1);
  return block.rejects.front().message;
}

const DebeziumForm kFullIdentity{ReplicaIdentity::kFull, DecimalForm::kText, "__debezium_unavailable_value"};

// An update of the column v, in an envelope with the schema part that says what v is.
std::string described(std::string_view type, std::string_view value) {
  return fmt::format(
      R"({{"schema":{{"type":"struct","fields":[{{"type":"struct","fields":[{{{0},"optional":true,"field":"v"}}],"field":"before"}},)"
      R"({{"type":"struct","fields":[{{{0},"optional":true,"field":"v"}}],"field":"after"}}],"name":"pg.public.x.Envelope","version":2}},)"
      R"("payload":{{"before":null,"after":{{"v":{1}}},"op":"c","ts_ms":7}}}})",
      type, value);
}

std::string plain(std::string_view value) { return fmt::format(R"({{"before":null,"after":{{"v":{}}},"op":"c","ts_ms":7}})", value); }

}  // namespace

TEST_CASE("a change is read from after, with what it was before and what the envelope says beside it") {
  const Schema schema =
      change_schema({field_of("$.op", enum_of({"r", "c", "u", "d"})), field_of("id", type_of(ValueKind::kInteger)),
                     field_of("balance", type_of(ValueKind::kDecimal, 2)), field_of("$.before.balance", type_of(ValueKind::kDecimal, 2)),
                     field_of("$.source.lsn", type_of(ValueKind::kInteger)), field_of("$.source.snapshot", type_of(ValueKind::kString)),
                     field_of("$.transaction.id", type_of(ValueKind::kString))});
  CHECK(read_event(schema,
                   R"({"before":{"id":1,"balance":"9.50"},"after":{"id":1,"balance":"10.25"},"source":{"lsn":77,"snapshot":"false"},)"
                   R"("transaction":null,"op":"u","ts_ms":7})",
                   kFullIdentity) == "$.op=u id=1 balance=10.25 $.before.balance=9.50 $.source.lsn=77 $.source.snapshot=false");
  CHECK(read_event(schema, R"({"before":{"id":1,"balance":"9.50"},"after":null,"source":{"lsn":78},"transaction":{"id":"5:78"},"op":"d","ts_ms":7})",
                   kFullIdentity) == "$.op=d id=1 balance=9.50 $.before.balance=9.50 $.source.lsn=78 $.transaction.id=5:78");
  CHECK(read_event(schema, R"({"before":null,"after":{"id":1,"balance":"9.50","added":{"x":[1]}},"op":"c","ts_ms":7})", kFullIdentity) ==
        "$.op=c id=1 balance=9.50");
}

TEST_CASE("an unwrapped row is read as its envelope would be, from the fields that were added to it") {
  const Schema schema = change_schema({field_of("$.op", type_of(ValueKind::kString)), required(field_of("id", type_of(ValueKind::kInteger))),
                                       field_of("$.source.lsn", type_of(ValueKind::kInteger))});
  CHECK(read_event(schema, R"({"id":1,"__op":"u","__ts_ms":7,"__source_lsn":5,"__deleted":"false"})") == "$.op=u id=1 $.source.lsn=5");
  CHECK(read_event(schema, R"({"id":1,"__ts_ms":7,"__deleted":"true"})", kFullIdentity) == "$.op=d id=1");
  Schema strict = schema;
  strict.unknown_fields = UnknownFields::kReject;
  CHECK(read_event(strict, R"({"id":1,"__op":"u","__ts_ms":7,"__table":"x"})") == "$.op=u id=1");
  CHECK(read_event(strict, R"({"id":1,"new":2,"__op":"u","__ts_ms":7})") == "unknown_field");
}

TEST_CASE("under REPLICA IDENTITY DEFAULT a deleted row is its key alone, whatever else its image holds") {
  const Schema schema = change_schema({field_of("id", type_of(ValueKind::kInteger)), field_of("balance", type_of(ValueKind::kDecimal, 2))});
  const std::string_view value = R"({"before":{"id":1,"balance":"0.00"},"after":null,"op":"d","ts_ms":7})";
  const auto keyed = [](std::string_view key, std::string_view of) { return fmt::format(R"({{"topic":"t","key":{},"value":{}}})", key, of); };
  CHECK(read_event(schema, keyed(R"({"id":1})", value)) == "id=1");
  CHECK(read_event(schema, keyed(R"({"schema":{},"payload":{"id":1}})", value)) == "id=1");
  CHECK(read_event(schema, keyed(R"({"id":1})", R"({"before":null,"after":null,"op":"d","ts_ms":7})")) == "id=1");
  CHECK(read_event(schema, value, kFullIdentity) == "id=1 balance=0.00");
  CHECK(read_event(schema, value) == "missing_field");
  CHECK(message_of(schema, value).find("keep the record's key") != std::string::npos);

  const Schema needs_balance = change_schema({required(field_of("balance", type_of(ValueKind::kDecimal, 2)))});
  CHECK(read_event(needs_balance, keyed(R"({"id":1})", value)) == "missing_field balance");
  CHECK(message_of(needs_balance, keyed(R"({"id":1})", value)).find("REPLICA IDENTITY DEFAULT; set FULL") != std::string::npos);
  CHECK(read_event(needs_balance, R"({"before":null,"after":null,"op":"d","ts_ms":7})") == "missing_field");

  const auto refused = DebeziumDecoder::make(change_schema({field_of("$.before.balance", type_of(ValueKind::kDecimal, 2))}), {});
  REQUIRE(!refused.has_value());
  CHECK(refused.error().text.find("set replica_identity: full") != std::string::npos);
}

TEST_CASE("what is no row is passed over with its reason") {
  const Schema schema = change_schema({required(field_of("id", type_of(ValueKind::kInteger)))});
  CHECK(read_event(schema, "null") == "skip tombstone");
  CHECK(read_event(schema, R"({"topic":"t","key":{"id":1},"value":null})") == "skip tombstone");
  CHECK(read_event(schema, R"({"schema":null,"payload":null})") == "skip tombstone");
  CHECK(read_event(schema, R"({"source":{"lsn":1},"op":"t","ts_ms":7})") == "skip truncate");
  CHECK(read_event(schema, R"({"op":"m","ts_ms":7,"source":{"lsn":1},"message":{"prefix":"p","content":"YQ=="}})") == "skip message");
  CHECK(read_event(schema, R"({"ts_ms":7})") == "skip heartbeat");
  CHECK(read_event(schema, R"({"status":"BEGIN","id":"5:1","event_count":null,"data_collections":null,"ts_ms":7})") == "skip transaction");
  CHECK(read_event(schema, R"({"id":1,"status":"END","__ts_ms":7})") == "id=1");
}

TEST_CASE("a bad event says where, what and what to do") {
  const Schema schema = change_schema({required(field_of("id", type_of(ValueKind::kInteger)))});
  CHECK(read_event(schema, "{\"op\":") == "bad_json");
  CHECK(read_event(schema, R"({"after":{"id":1},"op":"u","ts_ms":7,"source":{"a":1,"a":2}})") == "duplicate_key");
  CHECK(read_event(schema, "[1]") == "wrong_type");
  CHECK(read_event(schema, R"({"before":null,"after":{"id":1},"ts_ms":7})") == "missing_field");
  CHECK(message_of(schema, R"({"before":null,"after":{"id":1},"op":"x","ts_ms":7})") ==
        "byte 38: op '\"x\"' is none of r, c, u, d, t, m; if the connector is newer than this program, pass its events over before");
  CHECK(read_event(schema, R"({"before":{"id":1},"after":null,"op":"u","ts_ms":7})") == "missing_field");
  CHECK(read_event(schema, R"({"before":null,"after":{"id":"1"},"op":"c","ts_ms":7})") == "wrong_type id");
  CHECK(read_event(schema, R"({"before":null,"after":{},"op":"c","ts_ms":7})") == "missing_field id");
  CHECK(read_event(schema, R"({"before":null,"after":{"id":9223372036854775808},"op":"c","ts_ms":7})") == "out_of_range id");
  CHECK(read_event(schema, R"({"before":null,"after":{"id":1},"op":"c"})") == "missing_field t");
}

TEST_CASE("decimals are exact in every decimal.handling.mode, and doubles are warned of") {
  const Schema schema = change_schema({field_of("v", type_of(ValueKind::kDecimal, 2))});
  CHECK(read_event(schema, plain(R"("100000000000000.01")")) == "v=100000000000000.01");
  const DebeziumForm precise{ReplicaIdentity::kFull, DecimalForm::kBinary, "-"};
  CHECK(read_event(schema, plain(R"("BOI=")"), precise) == "v=12.50");
  CHECK(read_event(schema, plain(R"("/w==")"), precise) == "v=-0.01");
  CHECK(read_event(schema, plain(R"("AA==")"), precise) == "v=0.00");
  CHECK(read_event(schema, plain(R"({"scale":1,"value":"fQ=="})")) == "v=12.50");
  CHECK(read_event(schema, plain(R"({"scale":3,"value":"fQ=="})")) == "bad_number v");
  CHECK(read_event(schema, plain(R"("not base64")"), precise) == "bad_number v");
  CHECK(read_event(schema, plain(R"("CUmw9vACMxPESZBQ3jjzTg==")"), precise) == "out_of_range v");
  CHECK(read_event(schema, plain(R"("AAAAAAAAAAAAAAAAAAAAAAA=")"), precise) == "out_of_range v");
  CHECK(message_of(schema, plain(R"("BOI=")")).find("decimal.handling.mode=precise") != std::string::npos);
  CHECK(read_event(schema, plain(R"("NaN")")) == "bad_number v");
  constexpr std::string_view kDecimal = R"("type":"bytes","name":"org.apache.kafka.connect.data.Decimal","version":1,"parameters":{"scale":"4"})";
  CHECK(read_event(schema, described(kDecimal, R"("AeJ/7A==")")) == "v=3162.11");
  CHECK(read_event(schema, described(R"("type":"string")", R"("12.50")"), precise) == "v=12.50");

  const auto decoder = DebeziumDecoder::make(schema, {});
  REQUIRE(decoder.has_value());
  static_cast<void>(decoded(**decoder, plain("12") + "\n" + plain(R"("1.5")")));
  CHECK((*decoder)->warnings().empty());
  const RecordBlock block = decoded(**decoder, plain("9.999999999E7") + "\n" + plain("12.5"));
  CHECK(change_text(schema, block, 0) == "t=7 v=99999999.99");
  REQUIRE((*decoder)->warnings().size() == 1);
  CHECK((*decoder)->warnings().front().starts_with("2 amounts of input 'events' came as JSON numbers"));
}

TEST_CASE("the schema part says what a time is counted in, whatever the field declares") {
  const auto in = [](std::string_view type, std::string_view value) {
    return read_event(change_schema({moment("v", TimeFormat::kRfc3339)}), described(type, value));
  };
  CHECK(in(R"("type":"int32","name":"io.debezium.time.Date")", "20456") == "v=1767398400000");
  CHECK(in(R"("type":"int64","name":"io.debezium.time.Timestamp")", "1767398400001") == "v=1767398400001");
  CHECK(in(R"("type":"int64","name":"io.debezium.time.MicroTimestamp")", "1767398400001999") == "v=1767398400001");
  CHECK(in(R"("type":"int64","name":"io.debezium.time.NanoTimestamp")", "1767398400001999999") == "v=1767398400001");
  CHECK(in(R"("type":"int64","name":"org.apache.kafka.connect.data.Timestamp")", "-1") == "v=-1");
  CHECK(in(R"("type":"int32","name":"org.apache.kafka.connect.data.Date")", "-1") == "v=-86400000");
  CHECK(in(R"("type":"string","name":"io.debezium.time.ZonedTimestamp")", R"("2026-01-03T00:00:00.001Z")") == "v=1767398400001");
  CHECK(in(R"("type":"string","name":"io.debezium.time.IsoDate")", R"("2026-01-03Z")") == "v=1767398400000");
  CHECK(in(R"("type":"string","name":"io.debezium.time.ZonedTimestamp")", R"("infinity")") == "bad_time v");
  CHECK(in(R"("type":"int64","name":"io.debezium.time.MicroTime")", "40271000000") == "wrong_type v");

  CHECK(read_event(change_schema({moment("v", TimeFormat::kDays)}), plain("20456")) == "v=1767398400000");
  CHECK(read_event(change_schema({moment("v", TimeFormat::kNanoseconds)}), plain("-1")) == "v=-1");
  CHECK(read_event(change_schema({moment("v", TimeFormat::kRfc3339)}), plain(R"("2026-01-03")")) == "v=1767398400000");
}

TEST_CASE("a large column that was not sent is unknown, and refused where it is required") {
  const Schema schema = change_schema({field_of("v", type_of(ValueKind::kString))});
  CHECK(read_event(schema, plain(R"("__debezium_unavailable_value")")) == "t=7");
  CHECK(read_event(schema, plain(R"("X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==")")) == "t=7");
  CHECK(read_event(schema, plain(R"("mine")"), {ReplicaIdentity::kFull, DecimalForm::kText, "mine"}) == "t=7");
  CHECK(message_of(change_schema({required(field_of("v", type_of(ValueKind::kString)))}), plain(R"("__debezium_unavailable_value")")).find("TOAST") !=
        std::string::npos);
}

TEST_CASE("strings with escapes and events between others are read alike") {
  const Schema schema = change_schema({field_of("v", type_of(ValueKind::kString))});
  const auto decoder = DebeziumDecoder::make(schema, {});
  REQUIRE(decoder.has_value());
  std::string text;
  for (int i = 0; i < 300; ++i) text += plain(fmt::format(R"("a\u00e9\n{}")", i)) + "\r\n" + plain(fmt::format(R"("b{}")", i)) + "\n\n";
  const RecordBlock block = decoded(**decoder, text);
  REQUIRE(block.rows == 600);
  for (std::uint32_t i = 0; i < 300; ++i) {
    CHECK(change_text(schema, block, 2 * i) == fmt::format("t=7 v=a\xc3\xa9\n{}", i));
    CHECK(change_text(schema, block, 2 * i + 1) == fmt::format("t=7 v=b{}", i));
  }
}

TEST_CASE("more shapes of one table than are remembered are each read by their own schema part") {
  const Schema schema = change_schema({field_of("v", type_of(ValueKind::kDecimal, 2))});
  const auto decoder = DebeziumDecoder::make(schema, {});
  REQUIRE(decoder.has_value());
  std::string text;
  for (int round = 0; round < 3; ++round) {
    for (int scale = 0; scale < 20; ++scale) {
      text += described(fmt::format(R"("type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{{"scale":"{}"}})", scale),
                        R"("AA==")") +
              "\n";
      text += described(fmt::format(R"("type":"string","doc":"{}")", scale), R"("1.25")") + "\n";
    }
  }
  const RecordBlock block = decoded(**decoder, text);
  REQUIRE(block.rows == 120);
  for (std::uint32_t row = 0; row < block.rows; ++row) CHECK(change_text(schema, block, row) == (row % 2 == 0 ? "t=7 v=0.00" : "t=7 v=1.25"));
}

TEST_CASE("base64 that is none is refused, and two's complement is taken apart at every length") {
  CHECK(!decode_base64("A").has_value());
  CHECK(!decode_base64("A===").has_value());
  CHECK(!decode_base64("AB==").has_value());
  CHECK(!decode_base64("A*==").has_value());
  CHECK(decode_base64("") == std::string{});
  CHECK(decode_base64("/38=") == std::string("\xff\x7f", 2));
  CHECK(binary_decimal_text(std::string("\x80", 1) + std::string(15, '\0'), 0) == "-170141183460469231731687303715884105728");
  CHECK(!binary_decimal_text("", 0).has_value());
  CHECK(!binary_decimal_text("a", -1).has_value());
}

}  // namespace reckoner::testing
