#include "tidy/repository.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"

namespace reckoner::tidy {

TEST_CASE("comments and literals are blanked and nothing moves") {
  CHECK(without_comments_and_literals("a; // b\nc;") == "a;     \nc;");
  CHECK(without_comments_and_literals("a /* b\nc */ d") == "a     \n     d");
  CHECK(without_comments_and_literals("f(\"// x\");") == "f(\"    \");");
  CHECK(without_comments_and_literals(R"(f("a\"b", 'c');)") == "f(\"    \", ' ');");
  CHECK(without_comments_and_literals("int a = 1'000; // x") == "int a = 1'000;     ");
  const std::string raw = "R\"x(a)\"b)x\";";
  CHECK(without_comments_and_literals(raw) == std::string(raw.size() - 1, ' ') + ";");
  CHECK(without_comments_and_literals("/* open") == "       ");
}

TEST_CASE("whole words are found") {
  CHECK(find_word("time event_time time(", "time") == std::vector<std::size_t>{0, 16});
  CHECK(find_word("", "time").empty());
}

TEST_CASE("the repository's files are read, build output and data are not") {
  bool has_this = false;
  for (const SourceFile& file : read_repository(RECKONER_SOURCE_DIR)) {
    has_this = has_this || file.path == "tests/tidy/repository_test.cpp";
    CHECK_FALSE(file.path.starts_with("build/"));
    CHECK_FALSE(file.path.starts_with("tests/data/"));
  }
  CHECK(has_this);
}

}  // namespace reckoner::tidy
