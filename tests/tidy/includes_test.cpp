#include "tidy/includes.hpp"

#include <string>

#include "support/catch.hpp"
#include "tidy/report.hpp"
#include "tidy/repository.hpp"

namespace reckoner::tidy {
namespace {

Findings arrows(const char* path, const char* text) { return check_folder_arrows({make_source(path, text)}); }
Findings libraries(const char* path, const char* text) { return check_third_party_headers({make_source(path, text)}); }

}  // namespace

TEST_CASE("folders include only along the arrows") { expect_none(check_folder_arrows(read_repository(RECKONER_SOURCE_DIR))); }

TEST_CASE("third-party headers stay in their folders") { expect_none(check_third_party_headers(read_repository(RECKONER_SOURCE_DIR))); }

TEST_CASE("an include against the arrows is found") {
  CHECK(arrows("engine/a.cpp", "#include \"state/b.hpp\"\n") == Findings{"engine/a.cpp:1: engine may not include \"state/b.hpp\", only: engine "});
  CHECK(arrows("state/a.hpp", "\n#include \"operators/b.hpp\"\n").size() == 1);
  CHECK(arrows("operators/a.hpp", "#include \"rules/b.hpp\"\n").size() == 1);
  CHECK(arrows("rules/a.hpp", "#include \"connectors/b.hpp\"\n").size() == 1);
  CHECK(arrows("connectors/a.hpp", "#include \"app/b.hpp\"\n").size() == 1);
  CHECK(arrows("app/a.hpp", "#include \"support/b.hpp\"\n").size() == 1);
  CHECK(arrows("engine/a.hpp", "#include \"b.hpp\"\n").size() == 1);
}

TEST_CASE("an include along the arrows passes") {
  CHECK(arrows("rules/a.cpp", "#include \"operators/b.hpp\"\n#include \"engine/c.hpp\"\n").empty());
  CHECK(arrows("app/a.cpp", "#include \"rules/b.hpp\"\n").empty());
  CHECK(arrows("tests/app/a.cpp", "#include \"app/b.hpp\"\n").empty());
  CHECK(arrows("engine/a.cpp", "// #include \"state/b.hpp\"\n").empty());
}

TEST_CASE("a third-party header outside its folder is found") {
  CHECK(libraries("engine/a.cpp", "#include <rocksdb/db.h>\n") == Findings{"engine/a.cpp:1: <rocksdb/db.h> is kept to: state tests benchmarks "});
  CHECK(libraries("app/a.cpp", "#include <yaml-cpp/yaml.h>\n").size() == 1);
  CHECK(libraries("rules/a.cpp", "#include <unistd.h>\n").size() == 1);
  CHECK(libraries("tests/engine/a_test.cpp", "#include <catch2/catch.hpp>\n").size() == 1);
  CHECK(libraries("connectors/a.cpp", "#include <curl/curl.h>\n").size() == 1);
}

TEST_CASE("a third-party header in its folder passes") {
  CHECK(libraries("state/a.cpp", "#include <rocksdb/db.h>\n#include <fmt/format.h>\n#include <vector>\n#include <sys/stat.h>\n").empty());
  CHECK(libraries("tests/connectors/a_test.cpp", "#include <zlib.h>\n").empty());
  CHECK(libraries("tests/engine/a_test.cpp", "#include <zlib.h>\n").size() == 1);
  CHECK(libraries("tests/support/catch.hpp", "#include <catch2/catch.hpp>\n").empty());
}

}  // namespace reckoner::tidy
