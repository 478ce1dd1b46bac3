#include "engine/executor.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <thread>
#include <vector>

#include "support/catch.hpp"

namespace reckoner::testing {

TEST_CASE("each task runs once, and all have run when run() returns", "[threaded]") {
  for (const std::size_t threads : {std::size_t{1}, std::size_t{2}, std::size_t{4}}) {
    Executor executor(threads);
    CHECK(executor.threads() == threads);
    std::vector<std::size_t> runs(37);
    std::vector<std::size_t> thread_of(runs.size());
    for (std::size_t round = 1; round <= 300; ++round) {
      // Written without a lock by whichever thread: the executor alone orders one round after the other.
      executor.run(round % runs.size(), [&](std::size_t task, std::size_t thread) {
        ++runs[task];
        thread_of[task] = thread;
      });
    }
    for (std::size_t task = 0; task < runs.size(); ++task) {
      std::size_t expected = 0;
      for (std::size_t round = 1; round <= 300; ++round) expected += task < round % runs.size() ? 1U : 0U;
      CHECK(runs[task] == expected);
    }
    CHECK(*std::max_element(thread_of.begin(), thread_of.end()) < threads);
  }
}

TEST_CASE("tasks of one round may wait for each other when there is a thread for each", "[threaded]") {
  Executor executor(3);
  std::atomic<int> arrived = 0;
  executor.run(3, [&](std::size_t, std::size_t) {
    ++arrived;
    while (arrived.load() < 3) std::this_thread::yield();
  });
  CHECK(arrived == 3);
}

TEST_CASE("an executor goes away whether its threads spin, sleep or have never worked", "[threaded]") {
  for (int round = 0; round < 50; ++round) {
    const Executor idle(4);
    Executor worked(4);
    std::atomic<int> tasks = 0;
    worked.run(8, [&](std::size_t, std::size_t) { ++tasks; });
    CHECK(tasks == 8);
    // From some round on the threads had time to fall asleep.
    if (round > 40) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

}  // namespace reckoner::testing
