// The template path against the strict path, over records that nearly fit a learned shape.
#include "connectors/json_template.hpp"

#include <array>
#include <string>
#include <vector>

#include "connectors/decoding.hpp"
#include "connectors/json_decoder.hpp"
#include "support/catch.hpp"

namespace reckoner {
namespace {

using testing::block_of;
using testing::enum_of;
using testing::field_of;
using testing::kAllWanted;
using testing::schema_with;
using testing::type_of;

constexpr std::size_t kMutations = 240'000;
constexpr std::size_t kRecordsInBlock = 400;

struct Random {  // splitmix64
  std::uint64_t state;
  std::uint64_t operator()() {
    std::uint64_t z = (state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111eb;
    return z ^ (z >> 31U);
  }
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>((*this)() % bound); }
};

// A field of every kind, with every constraint somewhere.
Schema wide_schema() {
  Field id = field_of("id", type_of(ValueKind::kString));
  id.required = true;
  id.length_max = 40;
  Field code = field_of("code", type_of(ValueKind::kString));
  code.pattern = "[A-Z]{2,3}[0-9]*";
  Field amount = field_of("amount", type_of(ValueKind::kDecimal, 2));
  amount.minimum = -100'000;
  amount.maximum = 100'000'000;
  Field seen = field_of("seen", type_of(ValueKind::kTime));
  seen.time_format = TimeFormat::kRfc3339;
  Field micros = field_of("micros", type_of(ValueKind::kTime));
  micros.time_format = TimeFormat::kMicroseconds;
  Field count = field_of("count", type_of(ValueKind::kInteger));
  count.minimum = 0;
  Field flag = field_of("flag", type_of(ValueKind::kBool));
  return schema_with({id, code, amount, seen, micros, count, flag, field_of("type", enum_of({"card_payment", "transfer", "login"})),
                      field_of("fee", {ValueKind::kMoney, 3, {'B', 'H', 'D'}, nullptr}), field_of("who.name", type_of(ValueKind::kString)),
                      field_of("who.age", type_of(ValueKind::kInteger)), field_of("tiny", type_of(ValueKind::kDecimal, 9))});
}

const std::array<std::string, 5> kShapes{
    R"({"t":1767225600123,"id":"0f1e2d3c-aaaa-4bbb-8ccc-0123456789ab","code":"AB12","amount":12.50,"seen":"2026-01-01T00:00:00.250Z","micros":1767225600123456,"count":7,"flag":true,"type":"transfer","fee":"1.250","who":{"name":"Zo\u00eb","age":33},"tiny":0.000000001,"other":"x"})",
    "{\"id\":\"a\",\"t\":5,\"who\":{\"age\":4,\"name\":\"Zo\xC3\xAB \xF0\x9F\x98\x80 with a name that is longer than one "
    "load\"},\"flag\":null,\"list\":[1,2,{\"a\":-1.5e3}],\"amount\":-1.5}",
    R"({ "t" : 99 , "id" : "b" , "type" : "login" , "count" : 0 , "extra" : null , "ok" : false , "amount" : 0 })",
    R"({"t":17,"id":"c","fee":3,"tiny":-12.5,"code":"ZZZ","a-key-that-is-longer-than-one-literal-of-thirty-two-bytes":"v","big":123456789012345678901234567890})",
    R"({"t":18,"id":"d","who":null,"count":5})",
};

// Bytes and pieces that matter to one path or the other.
const std::array<std::string, 38> kPieces{"\"",
                                          "\\",
                                          "\\\"",
                                          "\\u0041",
                                          "\\ud800",
                                          "{",
                                          "}",
                                          "[",
                                          "]",
                                          ",",
                                          ":",
                                          " ",
                                          "\t",
                                          "\r",
                                          "\x01",
                                          "\x7f",
                                          "\xff",
                                          "\xC3\xA9",
                                          "\xED\xA0\x80",
                                          "\xF0\x9F\x98\x80",
                                          "0",
                                          "00",
                                          "1",
                                          "9",
                                          "-",
                                          "+",
                                          ".",
                                          ".0",
                                          ".000",
                                          "e",
                                          "e1",
                                          "E-2",
                                          "null",
                                          "true",
                                          "false",
                                          "99999999999999999999",
                                          "\n",
                                          "\xC3"};

std::string replaced_value(Random& random, std::string line) {
  const std::size_t colon = line.find(':', random.below(line.size()));
  if (colon == std::string::npos) return line;
  const std::size_t end = std::min(line.find_first_of(",}", colon), line.size());
  static const std::array<std::string, 22> values{"null",
                                                  "true",
                                                  "false",
                                                  "0",
                                                  "-0",
                                                  "-1",
                                                  "1.5",
                                                  "1.50",
                                                  "1.505",
                                                  "1e2",
                                                  "15e-1",
                                                  "\"\"",
                                                  "\"1.25\"",
                                                  "\"login\"",
                                                  "\"loginx\"",
                                                  "{}",
                                                  "[]",
                                                  "1234567890123456",
                                                  "999999999999999999",
                                                  "0.1234567890",
                                                  "12345678901234.5",
                                                  "\"2026-01-01T00:00:00+01:00\""};
  return line.replace(colon + 1, end - colon - 1, values[random.below(values.size())]);
}

std::string mutated(Random& random, std::string line) {
  if (line.empty()) return line;
  const std::size_t at = random.below(line.size());
  const std::size_t length = std::min(random.below(12) + 1, line.size() - at);
  switch (random.below(9)) {
    case 0:
      line[at] = static_cast<char>(random());
      return line;
    case 1:
      return line.insert(at, kPieces[random.below(kPieces.size())]);
    case 2:
      return line.replace(at, 1, kPieces[random.below(kPieces.size())]);
    case 3:
      return line.erase(at, length);
    case 4:
      return line.insert(at, line.substr(at, length));
    case 5:
      return line.substr(0, at);
    case 6:
      return line + kPieces[random.below(kPieces.size())];
    case 7: {  // another digit where there is one
      const std::size_t digit = line.find_first_of("0123456789", at);
      if (digit != std::string::npos) line[digit] = static_cast<char>('0' + random.below(10));
      return line;
    }
    default:
      return replaced_value(random, std::move(line));
  }
}

struct Comparison {
  std::unique_ptr<JsonDecoder> fast;
  std::unique_ptr<JsonDecoder> strict;
  std::unique_ptr<Decoder::Scratch> fast_scratch;
  std::unique_ptr<Decoder::Scratch> strict_scratch;

  explicit Comparison(const Schema& schema)
      : fast(std::move(*JsonDecoder::make(schema))), strict(std::move(*JsonDecoder::make(schema, JsonTemplates::kOff))) {
    fast_scratch = fast->make_scratch();
    strict_scratch = strict->make_scratch();
  }

  // The number of accepted records, once both ways were found to agree in everything.
  std::size_t check(const std::string& text, std::uint64_t wanted) {
    RecordBlock by_template = block_of(text);
    RecordBlock by_strict = block_of(text);
    fast->decode(by_template, wanted, *fast_scratch);
    strict->decode(by_strict, wanted, *strict_scratch);
    REQUIRE(by_template.rows == by_strict.rows);
    std::size_t accepted = 0;
    for (std::uint32_t row = 0; row < by_strict.rows; ++row) {
      if (!same_row(by_template, by_strict, row)) {
        INFO(by_strict.raw(row));
        REQUIRE(by_template.raw(row) == by_strict.raw(row));
        REQUIRE(by_template.rejected[row] == by_strict.rejected[row]);
        REQUIRE(by_template.present[row] == by_strict.present[row]);
        FAIL("cells differ");
      }
      accepted += by_strict.rejected[row] == 0 ? 1U : 0U;
    }
    REQUIRE(by_template.columns == by_strict.columns);
    REQUIRE(by_template.text == by_strict.text);
    REQUIRE(by_template.rejects.size() == by_strict.rejects.size());
    for (std::size_t at = 0; at < by_strict.rejects.size(); ++at) {
      const Reject& left = by_template.rejects[at];
      const Reject& right = by_strict.rejects[at];
      if (left.row == right.row && left.code == right.code && left.field == right.field && left.message == right.message) continue;
      REQUIRE(left.message == right.message);
      FAIL("rejects differ");
    }
    return accepted;
  }

  // Plain comparisons: the framework's own are too slow for millions of cells.
  static bool same_row(const RecordBlock& left, const RecordBlock& right, std::uint32_t row) {
    bool same = left.raw(row) == right.raw(row) && left.rejected[row] == right.rejected[row] && left.present[row] == right.present[row];
    for (std::size_t column = 0; column < right.columns.size(); ++column) {
      if (!right.columns[column].empty()) same = same && left.columns[column][row] == right.columns[column][row];
    }
    return same;
  }
};

TEST_CASE("over mutated records the template path accepts, rejects and stores what the strict path does") {
  Comparison comparison(wide_schema());
  Random random{20260101};
  std::size_t accepted = 0;
  for (std::size_t done = 0; done < kMutations; done += kRecordsInBlock) {
    std::string text;
    for (std::size_t record = 0; record < kRecordsInBlock; ++record) {
      // Mostly one shape in a row, as in life, so that a template is there to be fooled.
      const std::string& shape = kShapes[random.below(10) == 0 ? random.below(kShapes.size()) : done / kRecordsInBlock % kShapes.size()];
      std::string line = record % 8 == 0 ? shape : mutated(random, shape);
      if (random.below(4) == 0) line = mutated(random, std::move(line));
      text += line + (random.below(5) == 0 ? "\r\n" : "\n");
    }
    if (random.below(2) == 0) text.pop_back();
    accepted += comparison.check(text, random.below(3) == 0 ? random() : kAllWanted);
  }
  const JsonDecoder::Paths paths = JsonDecoder::paths(*comparison.fast_scratch);
  INFO(accepted << " accepted, " << paths.by_template << " by template, " << paths.strict << " strictly");
  CHECK(accepted > kMutations / 4);
  CHECK(paths.by_template >
        accepted / 5);  // one shape in five has an escape, which no template reads, and every mutation of a literal is another shape
  CHECK(JsonDecoder::paths(*comparison.strict_scratch).by_template == 0);
}

TEST_CASE("a template reads numbers of every length and form as the strict path does") {
  Comparison comparison(wide_schema());
  std::string text;
  const auto add = [&](const std::string& amount, const std::string& other) {
    text += R"({"t":1,"id":"a","amount":)" + amount + R"(,"tiny":)" + amount + R"(,"count":)" + other + R"(,"ignored":)" + amount + "}\n";
  };
  add("1.5", "1");
  std::string digits;
  for (int length = 1; length <= 24; ++length) {
    digits += static_cast<char>('0' + length % 10);
    for (const std::string& sign : {std::string(), std::string("-")}) {
      add(sign + digits, digits);
      for (std::size_t point = 1; point < digits.size(); ++point) add(sign + digits.substr(0, point) + "." + digits.substr(point), sign + digits);
      add(sign + "0." + digits, "0" + digits);
      add(sign + digits + ".", digits + "e0");
      add(sign + "." + digits, digits + "E1");
      add(sign + digits + ".00", "-0");
    }
  }
  CHECK(comparison.check(text, kAllWanted) > 25);  // most are out of the schema's range, which both paths must find
}

TEST_CASE("a stream of one shape is read by its template, whatever the lengths of its values") {
  Comparison comparison(wide_schema());
  std::string text;
  for (int row = 0; row < 1000; ++row) {
    text += R"({"t":)" + std::to_string(row * row) + R"(,"id":")" + std::string(static_cast<std::size_t>(row % 40), 'i') + R"(","amount":)" +
            std::to_string(row) + "." + std::to_string(row % 10) + R"(,"who":{"name":")" + (row % 3 == 0 ? "Zo\xC3\xAB" : "Ada") + R"("},"flag":)" +
            (row % 2 == 0 ? "true" : "null") + "}\n";
  }
  CHECK(comparison.check(text, kAllWanted) == 1000);
  CHECK(JsonDecoder::paths(*comparison.fast_scratch).by_template == 999);
}

TEST_CASE("streams that mix a few shapes are read by templates, streams without a shape still come out right") {
  Comparison mixed(wide_schema());
  std::string text;
  for (std::size_t row = 0; row < 4000; ++row) text += kShapes[row * row % kShapes.size()] + "\n";
  CHECK(mixed.check(text, kAllWanted) == 4000);
  CHECK(JsonDecoder::paths(*mixed.fast_scratch).by_template > 2800);  // of 3200: the first shape has an escape, which no template reads

  Comparison shapeless(wide_schema());
  text.clear();
  for (int row = 0; row < 3000; ++row) text += R"({"t":1,"id":"a","member-)" + std::to_string(row) + R"(":1})" + "\n";
  CHECK(shapeless.check(text, kAllWanted) == 3000);
}

}  // namespace
}  // namespace reckoner
