#include "golden_runs.hpp"

#include <fmt/format.h>

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
  return world.outputs();
}

JobSettingTexts random_settings(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto pick = [&](std::uint64_t low, std::uint64_t high) { return fmt::format("{}", low + random() % (high - low + 1)); };
  return {{"engine.batch_records", pick(1, 9)}, {"engine.round_records", pick(1, 12)}, {"engine.block", pick(64, 700) + "B"},
          {"engine.close_rows", pick(1, 4)},    {"epoch.records", pick(1, 12)},        {"threads", pick(1, 2)}};
}

OutputTexts outputs_through_kills(const GoldenCase& golden, std::uint64_t epoch_records, JobSettingTexts settings) {
  settings.insert(golden.settings.begin(), golden.settings.end());
  settings["epoch.records"] = fmt::format("{}", epoch_records);
  JobWorld world(golden.rule_set, golden.inputs, std::move(settings));
  for (std::uint64_t kills = 0; kills < 500; ++kills) {
    const JobOutcome outcome = world.run(epoch_records + 1);
    INFO(golden.name << " after " << kills << " kills");
    if (!outcome.result) FAIL(outcome.result.error().text);
    if (!outcome.killed) return world.outputs();
    world.files().crash(static_cast<FakeLoss>(kills % 3), kills);
  }
  FAIL(golden.name << " makes no progress");
  return {};
}

}  // namespace reckoner::testing
