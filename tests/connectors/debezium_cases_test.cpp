// Change events that others wrote: captured from Debezium itself, and of other projects' tests (tests/data/debezium/README.md).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "change_decoding.hpp"
#include "connectors/binary_decimal.hpp"
#include "connectors/debezium_decoder.hpp"
#include "connectors/json_items.hpp"
#include "decoding.hpp"
#include "support/catch.hpp"

namespace reckoner::testing {

namespace {

std::string case_text(const std::string& name) { return file_text(data_directory() / "debezium" / name); }

Field with_format(Field field, TimeFormat format) {
  field.time_format = format;
  return field;
}

Field required(Field field) {
  field.required = true;
  return field;
}

std::string_view in_quotes(std::string_view object, std::string_view name) {
  const std::string_view text = find_member(object, name);
  return text.substr(1, text.size() - 2);
}

// The table of captured/setup.sql with the columns that work.sql adds. `booked` is what booked_at is counted in.
Schema payments(bool with_before, TimeFormat booked = TimeFormat::kMicroseconds) {
  const ValueType time = type_of(ValueKind::kTime);
  Schema schema;
  schema.input = "payments";
  schema.fields = {required(with_format(field_of("created_at", time), TimeFormat::kRfc3339)),
                   required(field_of("$.op", enum_of({"r", "c", "u", "d"}))),
                   required(field_of("id", type_of(ValueKind::kInteger))),
                   required(field_of("account_id", type_of(ValueKind::kString))),
                   required(field_of("amount", type_of(ValueKind::kDecimal, 2))),
                   field_of("currency", type_of(ValueKind::kString)),
                   field_of("status", type_of(ValueKind::kString)),
                   field_of("fee", type_of(ValueKind::kDecimal, 3)),
                   with_format(field_of("booked_at", time), booked),
                   with_format(field_of("booked_on", time), TimeFormat::kDays),
                   field_of("flag", type_of(ValueKind::kBool))};
  if (with_before) {
    schema.fields.push_back(field_of("$.before.amount", type_of(ValueKind::kDecimal, 2)));
    schema.fields.push_back(field_of("$.before.status", type_of(ValueKind::kString)));
  }
  return schema;
}

struct Decoded {
  std::vector<std::string> rows;  // what is a row, or was rejected
  std::map<std::string, int> passed_over;
  std::vector<std::string> warnings;
};

Decoded decode_case(const std::string& name, const Schema& schema, DebeziumForm form) {
  const auto decoder = DebeziumDecoder::make(schema, std::move(form));
  REQUIRE(decoder.has_value());
  const RecordBlock block = decoded(**decoder, case_text(name));
  Decoded result;
  for (std::uint32_t row = 0; row < block.rows; ++row) {
    std::string text = change_text(schema, block, row);
    if (text.starts_with("skip ")) {
      ++result.passed_over[text.substr(5)];
    } else {
      result.rows.push_back(std::move(text));
    }
  }
  result.warnings = (*decoder)->warnings();
  return result;
}

DebeziumForm full(DecimalForm decimals = DecimalForm::kText) { return {ReplicaIdentity::kFull, decimals, "__debezium_unavailable_value"}; }

// What work.sql does, in its order: reads of the snapshot, then each committed change.
const std::vector<std::string>& work() {
  static const std::vector<std::string> rows{
      "created_at=1767261600123 $.op=r id=1 account_id=acc-1 amount=12.50 currency=EUR status=settled",
      "created_at=1767261600000 $.op=r id=2 account_id=acc-2 amount=-0.01 currency=USD status=refunded",
      "created_at=1767312000000 $.op=c id=3 account_id=acc-3 amount=1.00 currency=GBP status=new",
      "created_at=1767312000000 $.op=u id=3 account_id=acc-3 amount=1.00 currency=GBP status=settled $.before.amount=1.00 $.before.status=new",
      "created_at=1767312001500 $.op=c id=4 account_id=acc-3 amount=99999999.99 currency=JPY status=new",
      "created_at=1767312002000 $.op=c id=5 account_id=acc-5 amount=0.00 currency=EUR status=new",
      "created_at=1767312001500 $.op=u id=4 account_id=acc-3 amount=100000000.00 currency=JPY status=new $.before.amount=99999999.99 "
      "$.before.status=new",
      "created_at=1767312002000 $.op=u id=5 account_id=acc-5 amount=0.01 currency=EUR status=new $.before.amount=0.00 $.before.status=new",
      "created_at=1767261600000 $.op=d id=2 account_id=acc-2 amount=-0.01 currency=USD status=refunded $.before.amount=-0.01 "
      "$.before.status=refunded",
      "created_at=1767312002000 $.op=d id=5 account_id=acc-5 amount=0.01 currency=EUR status=new $.before.amount=0.01 $.before.status=new",
      "created_at=1767312002000 $.op=c id=50 account_id=acc-5 amount=0.01 currency=EUR status=new",
      "created_at=1767398400000 $.op=c id=7 account_id=acc-7 amount=-123.45 currency=EUR status=new fee=0.125 booked_at=1767398400000 "
      "booked_on=1767398400000 flag=true",
      "created_at=1767398400000 $.op=u id=7 account_id=acc-7 amount=-123.45 currency=EUR status=settled fee=0.125 booked_at=1767398400000 "
      "booked_on=1767398400000 flag=true $.before.amount=-123.45 $.before.status=new",
      "created_at=1767398400000 $.op=u id=7 account_id=acc-7 amount=-123.45 currency=EUR status=settled booked_at=1767398400000 "
      "booked_on=1767398400000 flag=true $.before.amount=-123.45 $.before.status=settled",
      "created_at=1767398400000 $.op=d id=7 account_id=acc-7 amount=-123.45 currency=EUR status=settled booked_at=1767398400000 "
      "booked_on=1767398400000 flag=true $.before.amount=-123.45 $.before.status=settled"};
  return rows;
}

std::vector<std::string> without_before(std::vector<std::string> rows) {
  for (std::string& row : rows) row.resize(std::min(row.find(" $.before"), row.size()));
  return rows;
}

}  // namespace

TEST_CASE("captured changes under REPLICA IDENTITY FULL are read alike in every form of decimals") {
  const std::vector<std::pair<std::string, DecimalForm>> files{{"full-string", DecimalForm::kText},
                                                               {"full-double", DecimalForm::kText},
                                                               {"full-precise", DecimalForm::kBinary},
                                                               {"v2.7-full-string", DecimalForm::kText}};
  for (const auto& [name, decimals] : files) {
    INFO(name);
    const Decoded found = decode_case("captured/" + name + ".jsonl", payments(true), full(decimals));
    CHECK(found.rows == work());
    CHECK(found.passed_over == std::map<std::string, int>{{"heartbeat", 2}, {"message", 1}, {"tombstone", 3}, {"transaction", 20}, {"truncate", 1}});
    CHECK(found.warnings.size() == (name == "full-double" ? 1U : 0U));
  }
}

TEST_CASE("captured times in milliseconds, as time.precision.mode=connect writes them, are read as declared") {
  CHECK(decode_case("captured/full-string-time-connect.jsonl", payments(true, TimeFormat::kMilliseconds), full()).rows == work());
}

TEST_CASE("captured rows that were unwrapped are read as their envelopes are, without what was before") {
  const Decoded found = decode_case("captured/full-string-unwrapped.jsonl", payments(false), full());
  CHECK(found.rows == without_before(work()));
  CHECK(!found.passed_over.contains("truncate"));
}

TEST_CASE("captured changes with the schema part need no declaration of what their values are counted in") {
  for (const std::string name : {"full-string-schemas", "full-precise-schemas"}) {
    INFO(name);
    const Decoded found = decode_case("captured/" + name + ".jsonl", payments(true, TimeFormat::kRfc3339), full());
    REQUIRE(!found.rows.empty());
    for (const std::string& row : found.rows) {
      INFO(row);
      CHECK(std::find(work().begin(), work().end(), row) != work().end());
    }
    const auto has = [&](std::string_view what) {
      return std::any_of(found.rows.begin(), found.rows.end(), [&](const std::string& row) { return row.find(what) != std::string::npos; });
    };
    CHECK((has("$.op=r") && has("$.op=c") && has("$.op=u") && has("$.op=d") && has("fee=0.125 booked_at=1767398400000")));
  }
}

TEST_CASE("captured changes under REPLICA IDENTITY DEFAULT have no image before, and deletes that need one are refused") {
  const std::vector<std::pair<std::string, DecimalForm>> files{
      {"default-string", DecimalForm::kText}, {"default-precise", DecimalForm::kBinary}, {"v2.7-default-precise", DecimalForm::kBinary}};
  std::vector<std::string> expected = without_before(work());
  for (std::string& row : expected) {
    if (row.find("$.op=d") != std::string::npos) row = "missing_field created_at";
  }
  for (const auto& [name, decimals] : files) {
    INFO(name);
    CHECK(decode_case("captured/" + name + ".jsonl", payments(false), {ReplicaIdentity::kDefault, decimals, "__debezium_unavailable_value"}).rows ==
          expected);
  }
}

TEST_CASE("a captured delete under REPLICA IDENTITY DEFAULT is known by its key, and by nothing that Debezium made up") {
  Schema schema;
  schema.input = "payments";
  schema.fields = {required(field_of("$.source.ts_ms", type_of(ValueKind::kTime))), field_of("$.op", type_of(ValueKind::kString)),
                   required(field_of("id", type_of(ValueKind::kInteger))), field_of("amount", type_of(ValueKind::kDecimal, 2)),
                   field_of("status", type_of(ValueKind::kString))};
  std::vector<std::string> deletes;
  for (const std::string& row : decode_case("captured/default-string.jsonl", schema, {}).rows) {
    if (row.find("$.op=d") != std::string::npos) deletes.push_back(row.substr(row.find(' ') + 1));
  }
  CHECK(deletes == std::vector<std::string>{"$.op=d id=2", "$.op=d id=5", "$.op=d id=7"});
}

TEST_CASE("a captured large column that did not change is unknown under DEFAULT and there under FULL") {
  Schema schema;
  schema.input = "payments";
  Field note = field_of("note", type_of(ValueKind::kString));
  note.length_max = 4096;
  schema.fields = {required(field_of("$.source.ts_ms", type_of(ValueKind::kTime))), required(field_of("id", type_of(ValueKind::kInteger))), note};
  const auto notes = [&](const std::string& name, DebeziumForm form) {
    std::string text;
    for (const std::string& row : decode_case(name, schema, std::move(form)).rows) {
      if (row.find("id=7") == std::string::npos) continue;
      const std::size_t at = row.find("note=");
      text += at == std::string::npos ? " none" : fmt::format(" {}", row.size() - at - 5);
    }
    return text;
  };
  CHECK(notes("captured/full-string.jsonl", full()) == " 2880 2880 none none");
  CHECK(notes("captured/default-string.jsonl", {}) == " 2880 none none none");
}

TEST_CASE("captured values that no exact number or time is are refused, whatever the form") {
  const std::vector<std::string> expected{"bad_number amount", "bad_time created_at", "bad_time created_at", "bad_number fee"};
  for (const std::string name : {"special-values-string", "special-values-double"}) {
    INFO(name);
    std::vector<std::string> rejects;
    for (const std::string& row : decode_case("captured/" + name + ".jsonl", payments(true), full()).rows) {
      if (row.starts_with("bad_")) rejects.push_back(row);
    }
    CHECK(rejects == expected);
  }
  CHECK(decode_case("captured/special-values-precise-stops.jsonl", payments(true), full(DecimalForm::kBinary)).rows ==
        std::vector<std::string>(work().begin(), work().begin() + 2));
}

TEST_CASE("captured repeats after a crash are told apart by transaction, position and order") {
  Schema schema;
  schema.input = "payments";
  schema.fields = {required(field_of("$.ts_ms", type_of(ValueKind::kTime))), field_of("$.source.txId", type_of(ValueKind::kInteger)),
                   field_of("$.source.lsn", type_of(ValueKind::kInteger)), field_of("$.transaction.total_order", type_of(ValueKind::kInteger)),
                   required(field_of("id", type_of(ValueKind::kInteger)))};
  std::map<std::string, int> seen;
  for (const std::string& row : decode_case("captured/full-string-crash-and-restart.jsonl", schema, full()).rows) {
    if (row.find("total_order") != std::string::npos) ++seen[row.substr(row.find(' ') + 1)];
  }
  REQUIRE(!seen.empty());
  CHECK(std::any_of(seen.begin(), seen.end(), [](const auto& one) { return one.second == 2; }));
  CHECK(std::all_of(seen.begin(), seen.end(), [](const auto& one) { return one.second <= 2; }));
}

TEST_CASE("other projects' streams of products end in the rows they say, by as many changes of each kind") {
  Schema schema;
  schema.input = "products";
  schema.fields = {required(field_of("$.source.ts_ms", type_of(ValueKind::kTime))),
                   required(field_of("$.op", type_of(ValueKind::kString))),
                   required(field_of("id", type_of(ValueKind::kInteger))),
                   field_of("name", type_of(ValueKind::kString)),
                   field_of("description", type_of(ValueKind::kString)),
                   field_of("weight", type_of(ValueKind::kDecimal, 3))};
  Decoded found = decode_case("pg_replica_identity_full.jsonl", schema, full());
  std::map<std::string, std::string> live;
  std::map<char, int> changes;
  for (const std::string& row : found.rows) {
    const char operation = row.at(row.find("$.op=") + 5);
    ++changes[operation];
    const std::string id = row.substr(row.find(" id=") + 4, 3);
    if (operation == 'd') {
      live.erase(id);
    } else {
      live[id] = row.substr(row.find(" id=") + 1);
    }
  }
  const std::string expected = case_text("pg_products_expected.json");
  std::vector<std::string> rows;
  JsonItems items(find_member(expected, "final_rows"));
  while (const std::optional<JsonItem> item = items.next()) {
    const std::string_view weight = find_member(item->value, "weight");
    rows.push_back(fmt::format("id={} name={} description={} weight={:0<{}}", find_member(item->value, "id"), in_quotes(item->value, "name"),
                               in_quotes(item->value, "description"), weight, weight.find('.') + 4));
  }
  CHECK(rows.size() == 10);
  std::vector<std::string> ends;
  for (const auto& [id, row] : live) ends.push_back(row);
  CHECK(ends == rows);
  const std::string_view counts = find_member(expected, "changelog");
  CHECK(fmt::to_string(changes['r'] + changes['c']) == find_member(counts, "inserts"));
  CHECK(fmt::to_string(changes['r']) == find_member(counts, "of_which_snapshot_reads"));
  CHECK(fmt::to_string(changes['u']) == find_member(counts, "updates"));
  CHECK(fmt::to_string(changes['d']) == find_member(counts, "deletes"));

  schema.fields.push_back(field_of("$.before.weight", type_of(ValueKind::kDecimal, 3)));
  schema.fields.back().required = true;
  found = decode_case("pg_replica_identity_default.jsonl", schema, full());
  CHECK(std::count(found.rows.begin(), found.rows.end(), "missing_field $.before.weight") == 15);
  CHECK(found.rows.back() == "missing_field");
}

TEST_CASE("every shape that Debezium's documentation shows is a row or is passed over") {
  Schema schema;
  schema.input = "customers";
  schema.fields = {required(field_of("$.ts_ms", type_of(ValueKind::kTime))), required(field_of("$.op", type_of(ValueKind::kString))),
                   required(field_of("id", type_of(ValueKind::kInteger))), field_of("email", type_of(ValueKind::kString)),
                   field_of("note", type_of(ValueKind::kString))};
  const std::string text = case_text("shapes_from_docs.json");
  std::string events;
  JsonItems items(find_member(text, "events"));
  while (const std::optional<JsonItem> item = items.next()) {
    std::string line = fmt::format(R"({{"topic":"t","key":{},"value":{}}})", find_member(item->value, "key"), find_member(item->value, "value"));
    std::replace(line.begin(), line.end(), '\n', ' ');
    events += line + "\n";
  }
  const auto decoder = DebeziumDecoder::make(schema, {});
  REQUIRE(decoder.has_value());
  const RecordBlock block = decoded(**decoder, events);
  std::vector<std::string> found;
  for (std::uint32_t row = 0; row < block.rows; ++row) found.push_back(change_text(schema, block, row));
  CHECK(found == std::vector<std::string>{"$.ts_ms=1465584025523 $.op=u id=1 email=annek@noanswer.org", "$.ts_ms=1465581902461 $.op=d id=1",
                                          "skip tombstone", "skip truncate", "skip message", "skip transaction", "skip transaction",
                                          "$.ts_ms=1580390884335 $.op=c id=7", "$.ts_ms=1580390884335 $.op=u id=9"});
}

TEST_CASE("the vectors of precise decimals are the numbers that they say") {
  const std::string text = case_text("decimal_precise_vectors.json");
  int vectors = 0;
  JsonItems items(find_member(text, "vectors"));
  while (const std::optional<JsonItem> item = items.next()) {
    const std::string_view base64 = find_member(item->value, "base64");
    const std::string_view unscaled = find_member(item->value, "unscaled");
    INFO(base64);
    const std::optional<std::string> bytes = decode_base64(base64.substr(1, base64.size() - 2));
    REQUIRE(bytes.has_value());
    CHECK(binary_decimal_text(*bytes, 0) == std::string(unscaled.substr(1, unscaled.size() - 2)));
    ++vectors;
  }
  CHECK(vectors == 11);
}

TEST_CASE("other projects' types are read exactly, and what does not fit is refused") {
  const ValueType time = type_of(ValueKind::kTime);
  Schema schema;
  schema.input = "types";
  schema.fields = {required(field_of("$.ts_ms", time)),
                   field_of("o_timestamp_0", time),
                   with_format(field_of("o_timestamp_6", time), TimeFormat::kMicroseconds),
                   with_format(field_of("o_timestampz_6", time), TimeFormat::kRfc3339),
                   with_format(field_of("o_date", time), TimeFormat::kRfc3339),
                   field_of("o_time_0", type_of(ValueKind::kInteger)),
                   field_of("o_time_6", type_of(ValueKind::kInteger)),
                   field_of("o_interval", type_of(ValueKind::kString)),
                   field_of("o_bigint", type_of(ValueKind::kInteger)),
                   field_of("o_integer", type_of(ValueKind::kInteger)),
                   field_of("o_smallint", type_of(ValueKind::kInteger)),
                   field_of("o_real", type_of(ValueKind::kDecimal, 3)),
                   field_of("o_double", type_of(ValueKind::kDecimal, 6)),
                   field_of("o_numeric", type_of(ValueKind::kDecimal, 3)),
                   field_of("o_numeric_6_3", type_of(ValueKind::kDecimal, 3)),
                   field_of("o_money", type_of(ValueKind::kDecimal, 2))};
  CHECK(decode_case("pg_types_risingwave.jsonl", schema, {}).rows ==
        std::vector<std::string>{"$.ts_ms=1684733352110 o_timestamp_0=1321009871000 o_timestamp_6=1321009871123 o_timestampz_6=1320981071123 "
                                 "o_date=936835200000 o_time_0=40271000000 o_time_6=40271000010 o_interval=P1Y2M3DT4H5M6.78S",
                                 "$.ts_ms=1684404343349 o_bigint=9223372036854775807 o_integer=2147483647 o_smallint=32767 o_real=9.999 "
                                 "o_double=9.999999 o_numeric=123456.789 o_numeric_6_3=123.456 o_money=123.12"});
}

TEST_CASE("numbers that a column has no room for are rejected, and those before them are not") {
  const std::string expected = case_text("pg_types_expected.json");
  const std::string_view too_large = find_member(expected, "must_reject");
  for (const auto& [type, largest] : {std::pair{"int64", std::int64_t{9223372036854775807}}, std::pair{"int32", std::int64_t{2147483647}},
                                      std::pair{"int16", std::int64_t{32767}}}) {
    INFO(type);
    Field value = field_of("value", type_of(ValueKind::kInteger));
    value.maximum = largest;
    Schema schema;
    schema.input = "types";
    schema.fields = {required(field_of("$.ts_ms", type_of(ValueKind::kTime))), value};
    const auto decoder = DebeziumDecoder::make(schema, {});
    REQUIRE(decoder.has_value());
    const auto row_of = [&](std::string_view number) {
      const RecordBlock block = decoded(**decoder, fmt::format(R"({{"before":null,"after":{{"value":{}}},"op":"c","ts_ms":1}})", number) + "\n");
      return change_text(schema, block, 0);
    };
    CHECK(row_of(fmt::to_string(largest)) == fmt::format("$.ts_ms=1 value={}", largest));
    CHECK(row_of(in_quotes(too_large, type)) == "out_of_range value");
  }
}

TEST_CASE("the version and the name of a captured event's schema are there for rules, and unknown where none was sent") {
  Schema schema;
  schema.input = "payments";
  schema.fields = {required(field_of("$.source.ts_ms", type_of(ValueKind::kTime))), field_of("$.schema.version", type_of(ValueKind::kInteger)),
                   field_of("$.schema.name", type_of(ValueKind::kString))};
  const auto about = [&](const std::string& name) {
    std::map<std::string, int> texts;
    for (const std::string& row : decode_case("captured/" + name + ".jsonl", schema, full()).rows)
      ++texts[row.find(' ') == std::string::npos ? "" : row.substr(row.find(' ') + 1)];
    return fmt::format("{}", fmt::join(texts, ", "));
  };
  CHECK(about("full-string-schemas") == R"(("$.schema.version=2 $.schema.name=pg.public.payments.Envelope", 8))");
  CHECK(about("full-string") == R"(("", 15))");
}

TEST_CASE("captured events of a transaction are told to belong together, and those of a changed key apart") {
  Schema schema;
  schema.input = "payments";
  schema.fields = {
      required(field_of("$.source.ts_ms", type_of(ValueKind::kTime))), field_of("$.source.txId", type_of(ValueKind::kInteger)),
      field_of("$.transaction.id", type_of(ValueKind::kString)),       field_of("$.transaction.total_order", type_of(ValueKind::kInteger)),
      field_of("$.source.lsn", type_of(ValueKind::kInteger)),          field_of("$.op", type_of(ValueKind::kString))};
  std::map<std::string, std::vector<std::string>> orders;       // of the events of each transaction
  std::map<std::string, std::vector<std::string>> at_position;  // operations, of those of transactions and of the snapshot
  for (const std::string& row : decode_case("captured/full-string.jsonl", schema, full()).rows) {
    const auto value = [&](std::string_view name) {
      const std::size_t at = row.find(fmt::format(" {}=", name));
      if (at == std::string::npos) return std::string();
      const std::size_t begin = at + name.size() + 2;
      return row.substr(begin, row.find(' ', begin) - begin);
    };
    at_position[value("$.source.lsn")].push_back(value("$.op"));
    const std::string id = value("$.transaction.id");
    if (id.empty()) {
      CHECK(value("$.op") == "r");
      continue;
    }
    CHECK(id.substr(0, id.find(':')) == value("$.source.txId"));
    orders[value("$.source.txId")].push_back(value("$.transaction.total_order"));
  }
  int several = 0;
  for (const auto& [transaction, numbers] : orders) {
    INFO(transaction);
    several += numbers.size() > 1 ? 1 : 0;
    for (std::size_t i = 0; i < numbers.size(); ++i) CHECK(numbers[i] == fmt::to_string(i + 1));
  }
  CHECK(several > 0);
  std::vector<std::string> together;
  for (const auto& [position, operations] : at_position) {
    if (operations.size() > 1) together.push_back(fmt::format("{}", fmt::join(operations, " ")));
  }
  std::sort(together.begin(), together.end());
  CHECK(together == std::vector<std::string>{"d c", "r r"});
}

}  // namespace reckoner::testing
