#include "app/shard_watchdog.hpp"

#include <vector>

#include "support/catch.hpp"

namespace reckoner::testing {

namespace {

constexpr std::uint32_t kLooks = 3;

void look(ShardWatchdog& watchdog, std::uint32_t times) {
  for (std::uint32_t i = 0; i < times; ++i) watchdog.look();
}

}  // namespace

TEST_CASE("a shard that does not get on is told once, and one that does, or has nothing to do, is not") {
  std::vector<std::uint32_t> told;
  ShardWatchdog watchdog(3, kLooks, [&](std::uint32_t shard) { told.push_back(shard); });
  watchdog.begin(0);
  watchdog.end(0);
  watchdog.begin(1);
  watchdog.begin(2);
  look(watchdog, kLooks - 1);
  CHECK(told.empty());
  watchdog.end(2);
  watchdog.begin(2);
  watchdog.look();
  CHECK(told == std::vector<std::uint32_t>{1});
  watchdog.end(2);
  look(watchdog, 3 * kLooks);
  CHECK(told == std::vector<std::uint32_t>{1});
}

TEST_CASE("a shard that got on again is told again when it is stuck again") {
  std::vector<std::uint32_t> told;
  ShardWatchdog watchdog(1, kLooks, [&](std::uint32_t shard) { told.push_back(shard); });
  for (int times = 0; times < 2; ++times) {
    watchdog.begin(0);
    look(watchdog, kLooks);
    watchdog.end(0);
  }
  CHECK(told == std::vector<std::uint32_t>{0, 0});
}

}  // namespace reckoner::testing
