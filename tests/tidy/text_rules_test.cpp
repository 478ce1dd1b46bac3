#include "tidy/text_rules.hpp"

#include <string>
#include <utility>

#include "support/catch.hpp"
#include "tidy/report.hpp"
#include "tidy/repository.hpp"

namespace reckoner::tidy {
namespace {

template <typename Check>
Findings on(Check check, std::string path, std::string text) {
  return check({make_source(std::move(path), std::move(text))});
}

std::string repeated(std::size_t lines) {
  std::string text;
  for (std::size_t i = 0; i < lines; ++i) text += "x\n";
  return text;
}

}  // namespace

TEST_CASE("no file of the project is too long") { expect_none(check_file_sizes(read_repository(RECKONER_SOURCE_DIR))); }
TEST_CASE("no file of the project has tabs or trailing blanks") { expect_none(check_whitespace(read_repository(RECKONER_SOURCE_DIR))); }
TEST_CASE("every header of the project opens with what it is for") { expect_none(check_header_openings(read_repository(RECKONER_SOURCE_DIR))); }
TEST_CASE("no name of the project is a catch-all") { expect_none(check_names(read_repository(RECKONER_SOURCE_DIR))); }
TEST_CASE("nothing in the project is marked as unfinished") { expect_none(check_finished(read_repository(RECKONER_SOURCE_DIR))); }

TEST_CASE("a file of one line too many is found") {
  CHECK(on(check_file_sizes, "engine/a.cpp", repeated(kFileLinesMax)).empty());
  CHECK(on(check_file_sizes, "engine/a.cpp", repeated(kFileLinesMax + 1)).size() == 1);
}

TEST_CASE("tabs, trailing blanks and a missing line end are found") {
  CHECK(on(check_whitespace, "engine/a.cpp", "int a;\nint b;\n").empty());
  CHECK(on(check_whitespace, "engine/a.cpp", "int a; \n") == Findings{"engine/a.cpp:1: trailing blank"});
  CHECK(on(check_whitespace, "engine/a.cpp", "int a;\r\n").size() == 1);
  CHECK(on(check_whitespace, "engine/a.cpp", "\tint a;\n").size() == 1);
  CHECK(on(check_whitespace, "engine/a.cpp", "int a;").size() == 1);
  CHECK(on(check_whitespace, "Makefile", "all:\n\techo\n").empty());
}

TEST_CASE("a header without its opening is found") {
  CHECK(on(check_header_openings, "engine/a.hpp", "// What it is for.\n#pragma once\n").empty());
  CHECK(on(check_header_openings, "engine/a.hpp", "#pragma once\n").size() == 1);
  CHECK(on(check_header_openings, "engine/a.hpp", "// What it is for.\n#include <x>\n#pragma once\n").size() == 1);
  CHECK(on(check_header_openings, "engine/a.hpp", "// What it is for.\n").size() == 1);
}

TEST_CASE("catch-all names of files and types are found") {
  const std::string manager = std::string("Key") + "Manager";
  CHECK(on(check_names, "engine/string_" + std::string("utils.hpp"), "").size() == 1);
  CHECK(on(check_names, "engine/a.hpp", "class " + manager + " {};").size() == 1);
  CHECK(on(check_names, "engine/a.hpp", "enum class " + manager + " { kA };").size() == 1);
  CHECK(on(check_names, "engine/a.hpp", "using " + manager + " = int;").size() == 1);
  CHECK(on(check_names, "engine/a.hpp", "class Commonwealth {}; // " + manager).empty());
}

TEST_CASE("notes of unfinished work are found") {
  CHECK(on(check_finished, "engine/a.cpp", std::string("// TO") + "DO: later\n").size() == 1);
  CHECK(on(check_finished, "docs/a.md", std::string("FIX") + "ME\n").size() == 1);
  CHECK(on(check_finished, "engine/a.cpp", "#if 0\nint a;\n#endif\n").size() == 1);
  CHECK(on(check_finished, "engine/a.cpp", "mkstemp(\"XXXXXX\");\n").empty());
}

}  // namespace reckoner::tidy
