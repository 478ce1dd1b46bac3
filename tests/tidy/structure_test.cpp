#include "tidy/structure.hpp"

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "tidy/report.hpp"
#include "tidy/repository.hpp"

namespace reckoner::tidy {
namespace {

std::string read(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::string repeated(const std::string& line, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += line + "\n";
  return text;
}

std::vector<std::size_t> lengths_in(const char* text) {
  std::vector<std::size_t> lengths;
  for (const FunctionLength& function : function_lengths(make_source("engine/a.cpp", text))) lengths.push_back(function.lines);
  return lengths;
}

}  // namespace

TEST_CASE("the operator header stays small") { expect_none(check_operator_header(read_repository(RECKONER_SOURCE_DIR))); }
TEST_CASE("the engine and the state check what must hold") { expect_none(check_density(read_repository(RECKONER_SOURCE_DIR))); }

TEST_CASE("every source is compiled") {
  expect_none(check_compiled(read_repository(RECKONER_SOURCE_DIR), read(RECKONER_BUILD_DIR "/compile_commands.json"), RECKONER_SOURCE_DIR));
}

TEST_CASE("the project's sizes are within their limits") {
  expect_none(check_ratchets(measure(read_repository(RECKONER_SOURCE_DIR)), read(RECKONER_SOURCE_DIR "/tests/tidy/ratchets.txt")));
}

TEST_CASE("a missing, long or wide operator header is found") {
  CHECK(check_operator_header({make_source("engine/other.hpp", "")}).size() == 1);
  CHECK(check_operator_header({make_source("engine/operator.hpp", repeated("virtual void f();", 5) + "virtual ~A();\n")}).empty());
  CHECK(check_operator_header({make_source("engine/operator.hpp", repeated("virtual void f();", 6))}).size() == 1);
  CHECK(check_operator_header({make_source("engine/operator.hpp", repeated("// virtual", 150))}).empty());
  CHECK(check_operator_header({make_source("engine/operator.hpp", repeated("// virtual", 151))}).size() == 1);
}

TEST_CASE("too few checks are found") {
  const SourceFile dense = make_source("state/a.cpp", repeated("x", 99) + "RECKONER_CHECK(y);\n");
  CHECK(check_density({make_source("engine/a.cpp", repeated("x", 99) + "RECKONER_UNREACHABLE(\"y\");\n"), dense}).empty());
  CHECK(check_density({make_source("engine/a.cpp", repeated("x", 100) + "RECKONER_CHECK(y);\n"), dense}).size() == 1);
  CHECK(check_density({make_source("engine/a.cpp", repeated("x", 9) + "// RECKONER_CHECK(y);\n"), dense}).size() == 1);
  CHECK(check_density({dense}) == Findings{"engine/: no source"});
}

TEST_CASE("a source that no target compiles is found") {
  const std::vector<SourceFile> files = {make_source("engine/a.cpp", ""), make_source("tests/engine/a_test.cpp", ""),
                                         make_source("engine/a.hpp", "")};
  const std::string database = R"("file": "/r/engine/a.cpp" "file": "/r/tests/engine/a_test.cpp")";
  CHECK(check_compiled(files, database, "/r").empty());
  CHECK(check_compiled(files, R"("file": "/r/engine/a.cpp")", "/r") == Findings{"tests/engine/a_test.cpp:1: no target of the build compiles it"});
  CHECK(check_compiled(files, "", "/r").size() == 2);
}

TEST_CASE("functions are found with their lengths") {
  CHECK(lengths_in("namespace a {\nint f() {\n  return 1;\n}\n}\n") == std::vector<std::size_t>{3});
  CHECK(lengths_in("struct A {\n  A() : a_{1}, b_(2) {}\n  int g() const { return h({1}); }\n  int a_{};\n};\n") == std::vector<std::size_t>{1, 1});
  CHECK(lengths_in("Result<int> f(\n    int a) {\n  auto g = [] {\n    return 1;\n  };\n  if (a) {\n    b();\n  }\n}\n") ==
        std::vector<std::size_t>{9});
  CHECK(lengths_in("constexpr std::array kA = {\n  B{1, f(2)},\n};\n").empty());
  CHECK(lengths_in("#define X(a) \\\n  { a }\nauto f() -> int { return 1; }\n") == std::vector<std::size_t>{1});
  CHECK(lengths_in("template <typename T>\nvoid f(T t)\n{\n}\nenum class E : int { kA };\n") == std::vector<std::size_t>{4});
}

TEST_CASE("sizes are measured in the layers") {
  const auto sizes =
      measure({make_source("engine/a.hpp", "// What.\n#pragma once\nint f();\nint g();\n"),
               make_source("engine/a.cpp",
                           "int f() {\n  return 1;  // NO"
                           "LINT\n}\n"),
               make_source("tests/a.cpp", repeated("x", 900)), make_source("tests/tidy/allowed.txt", "# comment\nengine/a.cpp word reason\n")});
  CHECK(sizes.at("header_lines_p95") == 4);
  CHECK(sizes.at("source_lines_p95") == 3);
  CHECK(sizes.at("function_lines_longest") == 3);
  CHECK(sizes.at("header_uncommented_percent") == 75);
  CHECK(sizes.at("silenced_lint_findings") == 1);
  CHECK(sizes.at("nondeterminism_allowances") == 1);
}

TEST_CASE("a size over its limit, without one, or a limit without a size is found") {
  CHECK(check_ratchets({{"a", 5}}, "# limits\na 5 what it is\n").empty());
  CHECK(check_ratchets({{"a", 6}}, "a 5 what it is\n").size() == 1);
  CHECK(check_ratchets({{"a", 5}, {"b", 1}}, "a 5 what it is\n").size() == 1);
  CHECK(check_ratchets({{"a", 5}}, "a 5 what it is\nb 1 gone\n").size() == 1);
}

}  // namespace reckoner::tidy
