#include "rules/diagnostic.hpp"

#include <set>

#include "support/catch.hpp"

namespace reckoner {

TEST_CASE("every diagnostic code has a name of its own, a meaning and a next step") {
  std::set<std::string_view> names;
  for (const DiagnosticInfo& info : diagnostic_table()) {
    CHECK(names.insert(info.name).second);
    CHECK_FALSE(info.summary.empty());
    CHECK_FALSE(info.advice.empty());
    CHECK(&diagnostic_info(info.code) == &info);
  }
  CHECK(names.size() == static_cast<std::size_t>(DiagnosticCode::kIdleOverride) + 1);
}

TEST_CASE("a finding is one line that editors can jump to") {
  CHECK(to_text({"rules/R1.yaml", 7, 3, DiagnosticCode::kUnknownKey, "a rule has no key 'titel'", "did you mean 'title'?"}) ==
        "rules/R1.yaml:7:3: error: a rule has no key 'titel'; did you mean 'title'? [unknown-key]");
  CHECK(to_text({"ruleset.yaml", 0, 0, DiagnosticCode::kFile, "cannot read", "check"}) == "ruleset.yaml: error: cannot read; check [file]");
}

TEST_CASE("findings are sorted by file, line and column, and told once") {
  std::vector<Diagnostic> list{{"b", 1, 1, DiagnosticCode::kFile, "x", ""}, {"a", 10, 1, DiagnosticCode::kFile, "x", ""},
                               {"a", 9, 2, DiagnosticCode::kFile, "x", ""}, {"a", 9, 1, DiagnosticCode::kFile, "y", ""},
                               {"a", 9, 1, DiagnosticCode::kFile, "x", ""}, {"a", 9, 1, DiagnosticCode::kFile, "x", ""}};
  sort_diagnostics(list);
  REQUIRE(list.size() == 5);
  CHECK(list[0].text == "x");
  CHECK(list[1].text == "y");
  CHECK(list[2].column == 2);
  CHECK(list[3].line == 10);
  CHECK(list[4].file == "b");
}

TEST_CASE("the nearest name is the one with the fewest slips of the pen") {
  const std::vector<std::string> names{"amount", "account_id", "type", "n"};
  CHECK(nearest_name("amout", names) == "amount");
  CHECK(nearest_name("AMOUNT", names) == "amount");
  CHECK(nearest_name("tpye", names) == "type");
  CHECK(nearest_name("acount_id", names) == "account_id");
  CHECK(nearest_name("gambling", names).empty());
  CHECK(nearest_name("x", names).empty());
  CHECK(nearest_name(std::string(1000, 'a'), names).empty());
  CHECK(name_advice("zzzzzz", names) == "valid here: amount, account_id, type, n");
}

}  // namespace reckoner
