#include "app/row_text.hpp"

#include "support/catch.hpp"

namespace reckoner {
namespace {

constexpr std::string_view kRow =
    R"({"rule":"R1","say":"a \"quoted\" }, then","n":12,"evidence":{"bounds":[{"condition":"n >= 10","value":12},{"condition":"name == '{'","value":"x"}],"ids":["a","b,]"],"records":[]},"last":null})";

TEST_CASE("values are taken out of a row at any depth, without quotes and escapes") {
  CHECK(text_in_row(kRow, "rule") == "R1");
  CHECK(text_in_row(kRow, "say") == "a \"quoted\" }, then");
  CHECK(text_in_row(kRow, "n") == "12");
  CHECK(text_in_row(kRow, "last") == "null");
  CHECK_FALSE(text_in_row(kRow, "evidence"));
  CHECK_FALSE(text_in_row(kRow, "missing"));
}

TEST_CASE("arrays of objects and of strings are taken out of a row") {
  const auto bounds = objects_in_row(kRow, "bounds");
  REQUIRE(bounds.size() == 2);
  CHECK(text_in_row(bounds[1], "condition") == "name == '{'");
  CHECK(text_in_row(bounds[1], "value") == "x");
  CHECK(strings_in_row(kRow, "ids") == std::vector<std::string>{"a", "b,]"});
  CHECK(strings_in_row(kRow, "records").empty());
  CHECK(objects_in_row(kRow, "n").empty());
}

}  // namespace
}  // namespace reckoner
