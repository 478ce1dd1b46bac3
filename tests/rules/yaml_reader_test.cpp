#include "rules/yaml_reader.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

#include "support/catch.hpp"

namespace reckoner {

namespace {

struct Outcome {
  std::optional<YamlNode> root;
  std::vector<Diagnostic> findings;
};

Outcome read(std::string text) {
  const SourceText source("f.yaml", std::move(text));
  Findings findings;
  Outcome outcome;
  outcome.root = read_yaml(source, findings);
  outcome.findings = findings.take_sorted();
  return outcome;
}

std::size_t values_in(const YamlNode& node) {
  std::size_t values = 1;
  for (const YamlNode& key : node.keys) values += values_in(key);
  for (const YamlNode& item : node.items) values += values_in(item);
  return values;
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

std::string where(const std::string& text, std::string_view needle) {
  const SourceText source("f.yaml", text);
  const LineColumn place = source.at(text.find(needle));
  return std::to_string(place.line) + ":" + std::to_string(place.column);
}

// Where offset_in_scalar puts the first byte of `needle`, found in the value of the key "a".
std::string found(const std::string& text, std::string_view needle) {
  const SourceText source("f.yaml", text);
  Findings findings;
  const std::optional<YamlNode> root = read_yaml(source, findings);
  REQUIRE(root);
  const YamlNode* value = root->find("a");
  REQUIRE(value != nullptr);
  REQUIRE(value->text.find(needle) != std::string::npos);
  const LineColumn place = source.at(offset_in_scalar(source, *value, value->text.find(needle)));
  return std::to_string(place.line) + ":" + std::to_string(place.column);
}

}  // namespace

TEST_CASE("a document becomes a tree that keeps how scalars were written") {
  const Outcome outcome = read("a: plain\nb: 'single'\nc: \"double\"\nd: |\n  block\ne: [1, 2]\nf: {g: h}\ni:\n");
  REQUIRE(outcome.root);
  CHECK(outcome.findings.empty());
  CHECK(outcome.root->find("a")->style == ScalarStyle::kPlain);
  CHECK(outcome.root->find("b")->style == ScalarStyle::kSingleQuoted);
  CHECK(outcome.root->find("c")->style == ScalarStyle::kDoubleQuoted);
  CHECK(outcome.root->find("d")->style == ScalarStyle::kBlock);
  CHECK(outcome.root->find("e")->items.size() == 2);
  CHECK(outcome.root->find("f")->find("g")->text == "h");
  CHECK(outcome.root->find("i")->kind == YamlKind::kNothing);
}

TEST_CASE("a byte of a scalar is found in the file, however the scalar is written") {
  for (const std::string text :
       {"x: 1\na: one two  needle\n", "a: 'it''s a needle here'\n", "a: \"tab \\t and \\x41\\u00e9 needle\"\n", "a: |\n  line\n\n    needle\n",
        "a: >-\n  some\n  words\n\n  needle\n", "a: plain over\n   two\n\n   needle lines\n", "a: \"over \\\n    two needle lines\"\n",
        "a: d\u00e9p\u00f4t needle\n", "{b: 1, a: one needle}\n", "a: one\r\n  two needle\r\nb: 1\r\n"}) {
    INFO(text);
    CHECK(found(text, "needle") == where(text, "needle"));
  }
}

TEST_CASE("features that make a file mean something else than it looks like are findings") {
  for (const std::string text : {"a: &x 1\n",
                                 "a: &x 1\nb: *x\n",
                                 "a: !!str 1\n",
                                 "a: ! 1\n",
                                 "a: !x [1]\n",
                                 "%YAML 1.2\n---\na: 1\n",
                                 "a: 1\n---\nb: 2\n",
                                 "a: 1\n...\nb: 2\n",
                                 "a: {<<: {b: 1}}\n",
                                 "a: 1\na: 2\n",
                                 "? [a]\n: b\n",
                                 "a:\tb\n",
                                 "a: b # x\ty\n",
                                 "\ta: b\n",
                                 "a: \x01\n",
                                 "a: \xff\n",
                                 "a: b\rc: d\n",
                                 "a: \xef\xbb\xbf\n",
                                 "",
                                 "# nothing\n",
                                 "a: [1\n",
                                 "a: 'b\n",
                                 "a: b: c\n",
                                 "~: 1\n"}) {
    INFO(text);
    CHECK_FALSE(read(text).findings.empty());
  }
}

TEST_CASE("hostile files get a clear finding, and nothing in them is multiplied") {
  const std::string brackets = repeated("[", 10'000);
  const std::string braces = repeated("{a: ", 1'500);
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i)
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + repeated("*a" + std::to_string(i - 1) + ", ", 8) + "x]\n";
  std::string binary;
  for (std::uint32_t i = 0; i < 300'000; ++i) binary += static_cast<char>(i * 7919U >> 3U);
  std::string dashes = repeated("- ", 4'000);
  std::string lines;
  for (int i = 0; i < 10'000; ++i) lines += std::string(1, '[') + "\n";
  for (const std::string& text :
       {brackets, braces, bomb, binary, dashes, lines, "a: " + std::string(1U << 20U, 'x'), std::string((1U << 20U) + 1, '\n'), repeated("? ", 2'000),
        repeated("a: &x ", 1'000), "a: \"" + std::string(900'000, '\\')}) {
    INFO(text.substr(0, 40));
    const Outcome outcome = read(text);
    CHECK_FALSE(outcome.findings.empty());
    CHECK(outcome.findings.size() < 400);
    CHECK((!outcome.root || values_in(*outcome.root) <= std::min(YamlLimits{}.values, text.size() + 1)));
  }
}

TEST_CASE("a duplicate key names the line of the first and the rest is still read") {
  const Outcome outcome = read("a: 1\nb: 2\na: 3\nc: 4\n");
  REQUIRE(outcome.findings.size() == 1);
  CHECK(outcome.findings[0].line == 3);
  CHECK(outcome.findings[0].text == "'a' was set in line 1 already");
  REQUIRE(outcome.root);
  CHECK(outcome.root->find("a")->text == "1");
  CHECK(outcome.root->find("c")->text == "4");
}

}  // namespace reckoner
