#include "app/test_shuffle.hpp"

#include <algorithm>

#include "app/seeded_random.hpp"
#include "engine/check.hpp"

namespace reckoner {

std::vector<ShuffledStep> shuffled_steps(const TestCase& test, std::uint32_t seed) {
  RECKONER_CHECK(test.shuffle.has_value(), "{}", test.name.text);
  SeededRandom random(seed);
  std::vector<ShuffledStep> steps;
  std::vector<std::pair<std::int64_t, const TestRecord*>> open;
  const TestStep* first = nullptr;
  const auto close = [&] {
    if (open.empty()) return;
    std::stable_sort(open.begin(), open.end(), [](const auto& left, const auto& right) { return left.first < right.first; });
    ShuffledStep step{first, {}};
    for (const auto& [arrival, record] : std::exchange(open, {})) step.records.push_back(record);
    steps.push_back(std::move(step));
  };
  for (const TestStep& step : test.steps) {
    if (step.action != StepAction::kSend) {
      close();
      steps.push_back({&step, {}});
      continue;
    }
    if (open.empty()) first = &step;
    for (const TestRecord& record : step.records) open.emplace_back(record.time_ms + random.between(0, test.shuffle->within_ms - 1), &record);
  }
  close();
  return steps;
}

}  // namespace reckoner
