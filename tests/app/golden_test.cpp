// Every case of tests/golden, as it stands and through everything that must not change a byte.
#include <cstdint>
#include <string>

#include "golden_case.hpp"
#include "golden_runs.hpp"
#include "job_world.hpp"
#include "support/catch.hpp"

namespace reckoner::testing {

TEST_CASE("every golden case gives the rows it says") {
  const std::vector<GoldenCase> cases = all_golden_cases();
  CHECK(cases.size() >= 15);
  for (const GoldenCase& golden : cases) {
    JobWorld world(golden.rule_set, golden.inputs, golden.settings);
    const JobOutcome outcome = world.run();
    INFO(golden.name);
    if (!outcome.result) FAIL(outcome.result.error().text);
    const std::string found = difference(golden, world.outputs(), outcome);
    CHECK(found == "");
  }
}

TEST_CASE("a golden case gives the same bytes however its records are cut into batches, rounds, blocks and epochs") {
  for (const GoldenCase& golden : all_golden_cases()) {
    const OutputTexts expected = outputs_of(golden);
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
      INFO(golden.name << " seed " << seed);
      CHECK(first_difference(expected, outputs_of(golden, random_settings(seed))) == "");
    }
  }
}

TEST_CASE("a golden case gives the same rows at any number of shards") {
  for (const GoldenCase& golden : all_golden_cases()) {
    const OutputTexts expected = outputs_of(golden);
    for (const char* shards : {"3", "8"}) {
      const OutputTexts found = outputs_of(golden, {{"shards", shards}});
      for (const std::string& name : output_names()) {
        INFO(golden.name << " " << name << " at " << shards << " shards");
        CHECK(sorted_rows(found, name) == sorted_rows(expected, name));
      }
    }
  }
}

TEST_CASE("a golden case gives the same bytes when the job is killed after every epoch and replays everything") {
  for (const GoldenCase& golden : all_golden_cases()) {
    const OutputTexts expected = outputs_of(golden);
    for (const std::uint64_t epoch_records : {1U, 4U}) {
      INFO(golden.name << " epochs of " << epoch_records);
      CHECK(first_difference(expected, outputs_through_kills(golden, epoch_records, {{"checkpoint.every", "0s"}})) == "");
    }
  }
}

TEST_CASE("a golden case gives the same bytes when the job is killed after some epochs and comes back from a checkpoint") {
  std::size_t came_back = 0;
  std::size_t cases = 0;
  for (const GoldenCase& golden : all_golden_cases()) {
    const OutputTexts expected = outputs_of(golden);
    bool from_copy = false;
    for (const std::uint64_t epoch_records : {1U, 4U}) {
      INFO(golden.name << " epochs of " << epoch_records);
      const RestoredRun run = outputs_from_checkpoints(golden, epoch_records, epoch_records == 1 ? 1000 : 1);
      CHECK(first_difference(expected, run.outputs) == "");
      from_copy = from_copy || run.restored > 0;
    }
    ++cases;
    came_back += from_copy ? 1 : 0;
    UNSCOPED_INFO(golden.name << (from_copy ? " came back from copies" : " never came back from a copy"));
  }
  CHECK(came_back * 10 >= cases * 9);  // some are too short
}

}  // namespace reckoner::testing
