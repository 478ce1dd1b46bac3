#include "golden_runs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <random>
#include <string>

#include "job_world.hpp"
#include "support/catch.hpp"

namespace reckoner::testing {

OutputTexts outputs_of(const GoldenCase& golden, JobSettingTexts settings) {
  settings.insert(golden.settings.begin(), golden.settings.end());
  JobWorld world(golden.rule_set, golden.inputs, std::move(settings));
  const JobOutcome outcome = world.run();
  INFO(golden.name);
  if (!outcome.result) FAIL(outcome.result.error().text);
  CHECK(decided_difference(golden, outcome) == "");
  return world.outputs();
}

JobSettingTexts random_settings(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto pick = [&](std::uint64_t low, std::uint64_t high) { return fmt::format("{}", low + random() % (high - low + 1)); };
  return {{"engine.batch_records", pick(1, 9)}, {"engine.round_records", pick(1, 12)}, {"engine.block", pick(64, 700) + "B"},
          {"engine.close_rows", pick(1, 4)},    {"epoch.records", pick(1, 12)},        {"threads", pick(1, 2)}};
}

namespace {

// Until it ends by itself.
void kill_until_done(const GoldenCase& golden, JobWorld& world, const std::function<std::uint64_t(std::uint64_t life)>& rounds_of) {
  for (std::uint64_t kills = 0; kills < 500; ++kills) {
    const JobOutcome outcome = world.run(rounds_of(kills));
    INFO(golden.name << " after " << kills << " kills");
    if (!outcome.result) FAIL(outcome.result.error().text);
    if (!outcome.killed) {
      CHECK(decided_difference(golden, outcome) == "");
      return;
    }
    world.files().crash(static_cast<FakeLoss>(kills % 3), kills);
  }
  FAIL(golden.name << " makes no progress");
}

// Lines, but for those inside quotes.
std::uint64_t records_of(const GoldenCase& golden) {
  std::uint64_t records = 0;
  bool quoted = false;
  for (const JobInput& input : golden.inputs) {
    for (const std::string& file : input.files) {
      for (const char one : file) {
        quoted = quoted != (one == '"');
        if (one == '\n' && !quoted) ++records;
      }
    }
  }
  return records;
}

JobWorld world_of(const GoldenCase& golden, std::uint64_t epoch_records, JobSettingTexts settings) {
  settings.insert(golden.settings.begin(), golden.settings.end());
  settings["epoch.records"] = fmt::format("{}", epoch_records);
  return JobWorld(golden.rule_set, golden.inputs, std::move(settings));
}

}  // namespace

OutputTexts outputs_through_kills(const GoldenCase& golden, std::uint64_t epoch_records, JobSettingTexts settings) {
  JobWorld world = world_of(golden, epoch_records, std::move(settings));
  kill_until_done(golden, world, [&](std::uint64_t) { return epoch_records + 1; });
  return world.outputs();
}

RestoredRun outputs_from_checkpoints(const GoldenCase& golden, std::uint64_t epoch_records, std::uint64_t gather_records) {
  const std::uint64_t longest = std::max<std::uint64_t>(records_of(golden) * 3 / 4, 1);
  JobWorld world = world_of(golden, epoch_records,
                            {{"checkpoint.every", "1ms"},
                             {"engine.gather_records", fmt::format("{}", gather_records)},
                             {"engine.gather_bytes", "200B"},
                             {"engine.round_records", "1"}});
  kill_until_done(golden, world, [&](std::uint64_t life) { return std::max(epoch_records + 1, longest - 5 * life % longest); });
  return {world.outputs(), world.checkpoints().restored()};
}

}  // namespace reckoner::testing
