// What rules put into lists, in a whole job: how long it is kept.
#include <string>
#include <vector>

#include "job_world.hpp"
#include "support/catch.hpp"

namespace reckoner::testing {

namespace {

// Nothing is kept by the account that the input is driven by, so that event time stands still for that key.
constexpr const char* kRules = R"(ruleset: lists
version: 1
inputs:
  events:
    time: at
    out_of_orderness: 0s
    id: id
    key: account
    fields:
      id:      {type: string, required: true}
      at:      {type: time, required: true}
      account: {type: string, required: true}
      device:  {type: string, required: true, max_length: 8}
      payee:   {type: string, required: true, max_length: 32}
lists:
  paid: {owner: tests, added_for: 10s}
rules:
  - id: ADDS
    title: Adds whom it pays
    severity: low
    on: events
    by: device
    fire: "payee != 'nobody'"
    add_to: {paid: payee}
  - id: ASKS
    title: Pays again
    severity: low
    on: events
    by: device
    fire: payee in list.paid
)";

// Everything in the newest checkpoint.
std::string newest_copy(JobWorld& world) {
  std::string all;
  std::vector<std::string> warnings;
  const auto header = world.checkpoints().restore([](const DecisionRecord&) { return true; },
                                                  [&](std::string_view key, std::string_view value) -> Result<void> {
                                                    all.append(key).append(value);
                                                    return {};
                                                  },
                                                  warnings);
  REQUIRE(header.has_value());
  REQUIRE(header->has_value());
  return all;
}

}  // namespace

TEST_CASE("an entry that event time has passed is in no checkpoint") {
  JobWorld world(kRules, {{"events", {R"({"id": "e1", "at": 1000, "account": "a", "device": "d", "payee": "PASSED"}
{"id": "e2", "at": 9000, "account": "b", "device": "d", "payee": "IN-FORCE"}
{"id": "e3", "at": 11000, "account": "c", "device": "d", "payee": "nobody"}
)"}}});
  REQUIRE(world.run().result.has_value());
  const std::string copy = newest_copy(world);
  CHECK(copy.find("IN-FORCE") != std::string::npos);
  CHECK(copy.find("PASSED") == std::string::npos);
}

}  // namespace reckoner::testing
