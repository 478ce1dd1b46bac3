#include "rules/time_zones.hpp"

#include <filesystem>
#include <fstream>
#include <string>

#include "rules/load.hpp"
#include "support/catch.hpp"
#include "support/scratch_directory.hpp"

namespace reckoner {

namespace {

namespace fs = std::filesystem;

TimeZone zone(const std::string& name, std::string_view text) { return TimeZone::from_text(name, text).value(); }

constexpr std::string_view kRuleSet = R"(ruleset: zones
version: 1
inputs:
  events:
    time: at
    out_of_orderness: 0s
    key: account
    fields:
      at:      {type: time, required: true}
      account: {type: string, required: true}
time_zones: {Here/There: "ABC-1"}
rules:
  - {id: R1, title: A rule, severity: low, on: events, by: account, fire: "local_hour(at, 'Here/There') < 5"}
)";

}  // namespace

TEST_CASE("a zone that was added is found, before what the folder has") {
  TimeZones zones("/nowhere");
  zones.add(zone("Here/There", "ABC-1"));
  const auto found = zones.find("Here/There");
  REQUIRE(found.has_value());
  CHECK((*found)->span_at(0).offset_s == 3600);
}

TEST_CASE("a name that is no zone is refused with the nearest one") {
  testing::ScratchDirectory folder;
  fs::create_directories(folder.path() / "Europe");
  std::ofstream(folder.path() / "Europe" / "Berlin") << "TZif";
  TimeZones zones(folder.path());
  const auto slip = zones.find("Europe/Berln");
  REQUIRE(!slip.has_value());
  CHECK(slip.error().advice == "did you mean 'Europe/Berlin'?");
  const auto damaged = zones.find("Europe/Berlin");
  REQUIRE(!damaged.has_value());
  CHECK(damaged.error().text.ends_with("no TZif file"));
  for (const std::string name : {"../Europe/Berlin", "/etc/passwd", "", "Europe"}) {
    INFO(name);
    CHECK(!zones.find(name).has_value());
  }
}

TEST_CASE("without a database the finding says how to get one") {
  TimeZones zones("/nowhere");
  CHECK(zones.find("Europe/Berlin").error().advice == "/nowhere is not there: install tzdata, or give the zone in time_zones");
}

TEST_CASE("a resolved rule set holds its zones and is the same when it is loaded again") {
  const LoadResult first = load_resolved(kRuleSet);
  REQUIRE(first.plan.has_value());
  CHECK(first.resolved.find("3600;ABC-1") != std::string::npos);
  const LoadResult again = load_resolved(first.resolved);
  REQUIRE(again.plan.has_value());
  CHECK(again.resolved == first.resolved);
  CHECK(again.plan->hash == first.plan->hash);
}

TEST_CASE("other transitions of a zone make another rule set, and keep its state") {
  const LoadResult first = load_resolved(kRuleSet);
  std::string text(kRuleSet);
  text.replace(text.find("ABC-1"), 5, "ABC-2");
  const LoadResult second = load_resolved(text);
  REQUIRE(first.plan.has_value());
  REQUIRE(second.plan.has_value());
  CHECK(first.plan->hash != second.plan->hash);
  CHECK(first.plan->facts_hash == second.plan->facts_hash);
}

}  // namespace reckoner
