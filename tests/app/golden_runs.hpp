// Whole runs of a golden case in one process, each on a disk of its own. They FAIL the test with what the job says when it does not end well.
#pragma once

#include <cstdint>

#include "golden_case.hpp"

namespace reckoner::testing {

[[nodiscard]] OutputTexts outputs_of(const GoldenCase& golden, JobSettingTexts settings = {});

// Small batches, rounds, blocks and epochs, one or two threads.
[[nodiscard]] JobSettingTexts random_settings(std::uint64_t seed);

// Kills the job again and again, each time after it committed one epoch and began the next.
[[nodiscard]] OutputTexts outputs_through_kills(const GoldenCase& golden, std::uint64_t epoch_records, JobSettingTexts settings);

// The same with checkpoints all the time, where its first life lasts for most of the records, and others for some of them: a copy takes some rounds to
// be whole.
struct RestoredRun {
  OutputTexts outputs;
  std::uint64_t restored = 0;  // how often it came back from a copy
};
[[nodiscard]] RestoredRun outputs_from_checkpoints(const GoldenCase& golden, std::uint64_t epoch_records, std::uint64_t gather_records);

}  // namespace reckoner::testing
