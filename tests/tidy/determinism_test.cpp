#include "tidy/determinism.hpp"

#include <fstream>
#include <iterator>
#include <string>

#include "support/catch.hpp"
#include "tidy/report.hpp"
#include "tidy/repository.hpp"

namespace reckoner::tidy {
namespace {

Findings in_file(const char* path, const char* text, const char* allowed = "") {
  return check_determinism({make_source(path, text)}, parse_allowances(allowed).entries);
}

}  // namespace

TEST_CASE("no clock, random number or unordered container stands outside the ports") {
  std::ifstream stream(std::string(RECKONER_SOURCE_DIR) + "/tests/tidy/allowed.txt");
  const Allowances allowances = parse_allowances(std::string(std::istreambuf_iterator<char>(stream), {}));
  expect_none(allowances.malformed);
  expect_none(check_determinism(read_repository(RECKONER_SOURCE_DIR), allowances.entries));
}

TEST_CASE("each kind of nondeterminism is found") {
  CHECK(in_file("engine/a.cpp", "auto t = std::chrono::system_clock::now();") ==
        Findings{"engine/a.cpp:1: system_clock differs between runs; take time from the Clock port"});
  CHECK(in_file("operators/a.cpp", "auto t = std::chrono::steady_clock::now();").size() == 1);
  CHECK(in_file("engine/a.cpp", "auto t = time(nullptr);").size() == 1);
  CHECK(in_file("engine/a.cpp", "auto t = std::time (nullptr);").size() == 1);
  CHECK(in_file("engine/a.cpp", "::clock_gettime(CLOCK_REALTIME, &t);").size() == 1);
  CHECK(in_file("rules/a.cpp", "int r = std::rand();").size() == 1);
  CHECK(in_file("app/a.cpp", "std::random_device device;").size() == 1);
  CHECK(in_file("app/a.cpp", "std::mt19937 generator;").size() == 1);
  CHECK(in_file("state/a.hpp", "std::unordered_map<int, int> map;").size() == 1);
  CHECK(in_file("state/a.hpp", "std::unordered_set<int> set;").size() == 1);
  CHECK(in_file("tests/engine/a_test.cpp", "std::random_device device;").size() == 1);
}

TEST_CASE("words, members and comments that only look like it pass") {
  CHECK(in_file("engine/a.cpp", "int event_time(int x); row.time(); row->time(); // time(nullptr)\nconst char* s = \"rand()\";").empty());
  CHECK(in_file("engine/a.cpp", "#include <unordered_map>\n").empty());
  CHECK(in_file("tests/engine/a_test.cpp", "std::mt19937 generator(7);").empty());
  CHECK(in_file("docs/a.md", "time(nullptr)").empty());
}

TEST_CASE("an allowance lets one word through in one file, and must be used") {
  CHECK(in_file("engine/a.cpp", "std::unordered_map<int, int> m;", "engine/a.cpp unordered_map looked up by name only\n").empty());
  CHECK(in_file("engine/b.cpp", "std::unordered_map<int, int> m;", "engine/a.cpp unordered_map looked up by name only\n").size() == 2);
  CHECK(in_file("engine/a.cpp", "", "engine/a.cpp unordered_map looked up by name only\n").size() == 1);
}

TEST_CASE("an allowance without a reason is refused") {
  CHECK(parse_allowances("engine/a.cpp unordered_map\n").malformed.size() == 1);
  CHECK(parse_allowances("engine/a.cpp unordered_map because\n").malformed.size() == 1);
  CHECK(parse_allowances("# a comment\n\n").malformed.empty());
}

}  // namespace reckoner::tidy
