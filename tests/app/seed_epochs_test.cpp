// The first events of the seed workload in epochs of one record, which no disk would bear, on a disk in memory.
#include <fmt/format.h>

#include <string>
#include <string_view>

#include "app/generate_seed.hpp"
#include "job_world.hpp"
#include "support/catch.hpp"

namespace reckoner::testing {

namespace {

constexpr std::uint64_t kEvents = 5000;

std::string seed_text() {
  std::string text;
  const Result<void> made = generate_seed({.events = kEvents, .accounts = 50, .seed = 1}, [&](std::string_view bytes) -> Result<void> {
    text += bytes;
    return {};
  });
  REQUIRE(made);
  return text;
}

OutputTexts seed_outputs(const std::string& text, JobSettingTexts settings, std::uint64_t epochs_at_least = 1) {
  JobWorld world(RECKONER_SOURCE_DIR "/examples/seed", {{"events", {text}}}, std::move(settings));
  const JobOutcome outcome = world.run();
  if (!outcome.result) FAIL(outcome.result.error().text);
  CHECK(outcome.report.epochs >= epochs_at_least);
  return world.outputs();
}

}  // namespace

TEST_CASE("the seed workload gives the same bytes in epochs of one record as in one epoch, and the same rows at any number of shards") {
  const std::string text = seed_text();
  OutputTexts one_shard;
  for (const char* shards : {"1", "3", "8"}) {
    INFO(shards << " shards");
    const OutputTexts whole = seed_outputs(text, {{"shards", shards}, {"epoch.time", "10m"}});
    const OutputTexts single = seed_outputs(text, {{"shards", shards}, {"epoch.records", "1"}, {"engine.batch_records", "7"}}, kEvents);
    CHECK(first_difference(whole, single) == "");
    if (one_shard.empty()) one_shard = whole;
    for (const std::string& name : output_names()) CHECK(sorted_rows(whole, name) == sorted_rows(one_shard, name));
  }
  CHECK(sorted_rows(one_shard, "totals").size() > 1000);
  CHECK(!sorted_rows(one_shard, "alerts").empty());
}

}  // namespace reckoner::testing
