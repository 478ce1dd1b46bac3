// Dead letters, from a rejected record to a row, to a record of a topic, and back.
#include "connectors/kafka_dead_letter.hpp"

#include "connectors/json_decoder.hpp"
#include "engine/dead_letter.hpp"
#include "engine/record_headers.hpp"
#include "support/catch.hpp"
#include "topic_decoding.hpp"

namespace reckoner::testing {

namespace {

const DeadLetterOrigin kOrigin{"fraud", 0xabc, {{"events", "card.events"}}};

// The rows of what is rejected among `records`, which begin at offset 40 of partition 3.
std::vector<std::string> dead_rows(const std::vector<TopicInput>& records) {
  const auto decoder = JsonDecoder::make(schema_with({}));
  REQUIRE(decoder);
  RecordBlock block = block_of(records, {40, 1000});
  block.partition = {0, 3};
  (*decoder)->decode(block, kAllWanted, *(*decoder)->make_scratch());
  std::vector<std::string> rows;
  for (const Reject& reject : block.rejects) {
    ByteBuffer buffer;
    write_dead_letter(block, reject.row, schema_with({}), buffer);
    rows.emplace_back(buffer.bytes().begin(), buffer.bytes().end());
    rows.back().pop_back();  // the line end
  }
  return rows;
}

std::string packed(const HeaderList& headers) {
  std::vector<char> bytes;
  for (const auto& [name, value] : headers) append_header(bytes, {name, value ? std::optional<std::string_view>(*value) : std::nullopt});
  return {bytes.begin(), bytes.end()};
}

std::string header(const KafkaOutgoing& record, std::string_view name) {
  const std::string bytes = packed(record.headers);
  const auto found = find_header(bytes, name);
  return found && found->value ? std::string(*found->value) : "none";
}

}  // namespace

TEST_CASE("a rejected record of a topic keeps its bytes, and says where it stood and why under the names that other tools know") {
  const std::vector<TopicInput> records{
      {R"({"t":1})", "k1"}, {"{\"t\":\n\"x\xff\"}", "k\xfe\"", {{"trace", "t-1"}, {"none", std::nullopt}, {"__connect.errors.offset", "7"}}, 5000}};
  const std::vector<std::string> rows = dead_rows(records);
  REQUIRE(rows.size() == 1);
  const KafkaOutgoing record = make_dead_letter(rows.front(), kOrigin, 4, 3);
  CHECK(record.topic == 4);
  CHECK(record.partition == 3);
  CHECK(record.key == records[1].key);
  CHECK(record.value == records[1].value);
  for (const std::string prefix : {"__connect.errors.", "__streams.errors."}) {
    CHECK(header(record, prefix + "topic") == "card.events");
    CHECK(header(record, prefix + "partition") == "3");
    CHECK(header(record, prefix + "offset") == "41");
  }
  CHECK(header(record, "__connect.errors.stage") == "decode");
  CHECK(header(record, "__connect.errors.exception.class.name") == "bad_utf8");
  CHECK(header(record, "__streams.errors.exception") == "bad_utf8");
  CHECK(header(record, "__streams.errors.message") == header(record, "__connect.errors.exception.message"));
  CHECK(header(record, "reckoner.job") == "fraud");
  CHECK(header(record, "reckoner.rule_set") == "0000000000000abc");
  CHECK(header(record, "reckoner.timestamp") == "5000");
  CHECK(header(record, "reckoner.id").size() == 16);

  const std::optional<DeadLetter> letter = read_dead_letter(record.key, record.value, packed(record.headers));
  REQUIRE(letter);
  CHECK(letter->input == "events");
  CHECK(letter->partition == 3);
  CHECK(letter->record == 41);
  CHECK(letter->code == "bad_utf8");
  CHECK(letter->key == records[1].key);
  CHECK(letter->value == records[1].value);
  CHECK(letter->headers == records[1].headers);
  CHECK(letter->timestamp_ms == 5000);
}

TEST_CASE("a dead letter without key and headers has none when it is read again, and its row is what people read") {
  const std::vector<std::string> rows = dead_rows({{""}, {"[]", ""}});
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].find(R"("record":40,"byte":1000,"stage":"decode","code":"bad_json")") != std::string::npos);
  CHECK(rows[0].find("\"key\"") == std::string::npos);
  const KafkaOutgoing record = make_dead_letter(rows[0], kOrigin, 0, 3);
  CHECK(!record.key);
  CHECK(record.value == "");
  CHECK(read_dead_letter(record.key, record.value, packed(record.headers))->headers.empty());
  CHECK(make_dead_letter(rows[1], kOrigin, 0, 3).key == "");
  CHECK(!read_dead_letter_row(R"({"input":"events"})"));
  CHECK(!read_dead_letter_row("no row"));
}

TEST_CASE("a mark says which dead letters were sent again, and is no dead letter") {
  const OffsetRanges ranges{{0, 5}, {9, 9}, {123456789012, 123456789013}};
  const KafkaOutgoing mark = make_replay_mark(ranges, 2, 1);
  CHECK(!mark.key);
  CHECK(!mark.value);
  CHECK(read_replay_mark(packed(mark.headers)) == ranges);
  CHECK(!read_dead_letter(mark.key, mark.value, packed(mark.headers)));
  CHECK(!read_replay_mark(packed({{"other", "1-2"}})));
  CHECK(!read_replay_mark(packed({{"reckoner.replayed", "1-"}})));
}

}  // namespace reckoner::testing
