// The steps of a test with its records in another order, as a network may deliver them: each comes late by a random part of a bound.
#pragma once

#include <cstdint>
#include <vector>

#include "app/test_file.hpp"

namespace reckoner {

struct ShuffledStep {
  const TestStep* step = nullptr;  // whose action it is; of records the first one's
  std::vector<const TestRecord*> records;
};

// Steps that send are joined up to the next one that does something else, and their records sorted by time plus a random delay.
[[nodiscard]] std::vector<ShuffledStep> shuffled_steps(const TestCase& test, std::uint32_t seed);

}  // namespace reckoner
