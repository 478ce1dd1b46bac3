#include "connectors/json_strict.hpp"

#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "connectors/decoding.hpp"
#include "support/catch.hpp"

namespace reckoner {
namespace {

using testing::data_directory;
using testing::file_text;

// "accept" or the name of the reject code.
std::string verdict(std::string_view text, JsonRules rules = {}) {
  const auto result = validate_json_document(text, rules);
  return result ? "accept" : std::string(to_text(result.error().code));
}

// The suite knows nothing of unique keys: two of its good documents repeat one.
constexpr JsonRules kSuiteRules{kJsonDepthMax, false};

std::map<std::string, std::string> suite_files(std::string_view prefix) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(data_directory() / "jsontestsuite")) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(prefix)) files.emplace(name, file_text(entry.path()));
  }
  return files;
}

TEST_CASE("JSONTestSuite: all 95 documents that must be accepted are") {
  const auto files = suite_files("y_");
  CHECK(files.size() == 95);
  for (const auto& [name, text] : files) {
    INFO(name);
    CHECK(verdict(text, kSuiteRules) == "accept");
  }
}

TEST_CASE("JSONTestSuite: all 188 documents that must be rejected are") {
  const auto files = suite_files("n_");
  CHECK(files.size() == 188);
  for (const auto& [name, text] : files) {
    INFO(name);
    CHECK(verdict(text, kSuiteRules) != "accept");
    CHECK(verdict(text, {1024, false}) != "accept");
  }
}

TEST_CASE("JSONTestSuite: the 35 free documents get the verdicts that are written down") {
  const auto files = suite_files("i_");
  std::map<std::string, std::string> expected;
  std::istringstream verdicts(file_text(data_directory() / "jsontestsuite" / "VERDICTS.txt"));
  for (std::string line; std::getline(verdicts, line);) {
    if (!line.starts_with('#')) expected[line.substr(0, line.find(' '))] = line.substr(line.find(' ') + 1);
  }
  CHECK(files.size() == 35);
  std::map<std::string, std::string> found;
  for (const auto& [name, text] : files) found[name] = verdict(text, kSuiteRules);
  for (const auto& [name, verdict] : found) {
    INFO(name);
    CHECK(verdict == expected[name]);
  }
  CHECK(found.size() == expected.size());
}

TEST_CASE("keys are unique in every object, escaped or not") {
  CHECK(verdict(R"({"a":1,"b":2})") == "accept");
  CHECK(verdict(R"({"a":1,"a":1})") == "duplicate_key");
  CHECK(verdict(R"({"a":1,"\u0061":1})") == "duplicate_key");
  CHECK(verdict(R"({"x":{"a":1,"a":1}})") == "duplicate_key");
  CHECK(verdict(R"([{"a":1},[{"b":[],"b":{}}]])") == "duplicate_key");
  CHECK(verdict(R"([{"a":1},{"a":1}])") == "accept");
  CHECK(verdict(R"({"a":{"a":{"a":1}}})") == "accept");
  CHECK(verdict("{\"\xC3\xA9\":1,\"e\xCC\x81\":1}") == "accept");  // composed and decomposed stay different
}

TEST_CASE("nesting ends at the limit") {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(verdict(nested(64)) == "accept");
  CHECK(verdict(nested(65)) == "too_deep");
  CHECK(verdict(nested(3), {2, true}) == "too_deep");
  CHECK(verdict(nested(1000), {1000, true}) == "accept");
  std::string objects = "1";
  for (int depth = 0; depth < 64; ++depth) objects = "{\"a\":" + objects + "}";
  CHECK(verdict(objects) == "accept");
  CHECK(verdict("[" + objects + "]") == "too_deep");
}

TEST_CASE("what On-Demand would leave unread is read") {
  for (const char* bad : {R"({"a":1}x)",
                          R"({"a":1}{"b":2})",
                          R"({"a":1},)",
                          R"({"a":1}})",
                          R"({"a":1]})",
                          R"({"a":01})",
                          R"({"a":[1,2,tru]})",
                          R"({"a":{"b":nulll}})",
                          R"({"a":"\x"})",
                          R"({"a":"\ud800"})",
                          R"({"\ud800":1})",
                          R"({"a":"b":"c"})",
                          R"({"a":"b":1})",
                          R"({"a":1 2})",
                          R"({"a" 1})",
                          R"({"a":,"b":1})",
                          R"({,"a":1})",
                          R"({"a":1,})",
                          R"([1,])",
                          R"({"a":-})",
                          R"({"a":1.})",
                          R"({"a":+1})",
                          R"({"a":NaN})",
                          R"({a:1})",
                          R"({'a':1})",
                          R"({"a":1)",
                          R"({"a":"b)",
                          R"({"a":"b)"
                          "\n"
                          R"("})",
                          "",
                          "  ",
                          "{",
                          "nul",
                          "\"a\" \"b\"",
                          "1 2",
                          "[1}",
                          "{\"a\":1\f}",
                          "{\"a\":1\v,\"b\":2}"}) {
    INFO(bad);
    CHECK(verdict(bad) == "bad_json");
  }
  CHECK(verdict(std::string_view("{\"a\":1\0}", 8)) == "bad_json");
  CHECK(verdict(std::string_view("{\"a\":\"\0\"}", 9)) == "bad_json");
  CHECK(verdict(std::string_view("{\"a\":1}\0", 8)) == "bad_json");
  CHECK(verdict("\xEF\xBB\xBF{}") == "bad_json");
  CHECK(verdict("{\"a\":\"\xC3\x28\"}") == "bad_utf8");
  CHECK(verdict("{\"a\xED\xA0\x80\":1}") == "bad_utf8");
  CHECK(verdict("{\"a\":\"\xF0\x9F\x98\x80 \xE2\x80\xAE\"}") == "accept");
  CHECK(verdict(" \t\r\n{ \"a\" : [ 1 , -0 , 1e400 , null , true , { } , [ ] , \"\\ud83d\\ude00\\u0000\" ] } \r\n") == "accept");
}

TEST_CASE("a fault names the byte where it was seen and what to do") {
  const auto fault = [](std::string_view text) {
    const auto result = validate_json_document(text);
    return result ? std::string("accept") : std::to_string(result.error().column) + ": " + result.error().text;
  };
  CHECK(fault(R"({"a":1,"a":2})") == "9: the key 'a' occurs twice; send it once");
  CHECK(fault(R"({"a":01})") == "6: '01' is not a JSON number; write it as RFC 8259 says");
  CHECK(fault(R"({"a":1} x)") == "9: bytes after the document; send one document a record");
  CHECK(fault(R"({"a":"b\q"})") == "7: bad escape in a string; escape as RFC 8259 says, surrogates in pairs");
  CHECK(fault("{\"a\":\"b\x01\"}") == "8: control byte 0x01 in a string; escape it");
  CHECK(fault(R"({"a":"b)") == "6: the string that begins here does not end; send whole records");
  CHECK(fault("{\"a\":\"\xE2\x82\"}") == "7: not UTF-8; write the record in UTF-8");
  CHECK(fault("{\"a\":t\x1b[31m}") == "6: 't\\x1b' is not a JSON value; quote it, or send true, false or null");
}

}  // namespace
}  // namespace reckoner
