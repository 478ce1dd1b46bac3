#include "engine/background.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.hpp"

namespace reckoner::testing {

TEST_CASE("tasks run in the order in which they were started, one at a time", "[threaded]") {
  for (const bool threaded : {false, true}) {
    Background background(threaded, Background::Pace::kPrompt);
    std::vector<int> done;  // no lock: a task is over before the next begins, and before wait() returns
    for (int task = 0; task < 500; ++task) {
      background.start([&done, task]() -> Result<void> {
        done.push_back(task);
        return {};
      });
    }
    background.wait();
    CHECK_FALSE(background.busy());
    REQUIRE(done.size() == 500);
    for (int task = 0; task < 500; ++task) CHECK(done[static_cast<std::size_t>(task)] == task);
  }
}

TEST_CASE("a background is busy until its task is over", "[threaded]") {
  Background background(true, Background::Pace::kUnhurried);
  CHECK_FALSE(background.busy());
  std::atomic<bool> may_end = false;
  background.start([&]() -> Result<void> {
    while (!may_end.load()) std::this_thread::yield();
    return {};
  });
  CHECK(background.busy());
  may_end = true;
  background.wait();
  CHECK_FALSE(background.busy());
}

TEST_CASE("a task's failure ends the epoch of whoever waits next, once", "[threaded]") {
  for (const bool threaded : {false, true}) {
    Background background(threaded, Background::Pace::kPrompt);
    std::string told;
    try {
      background.start([]() -> Result<void> { return fail(ErrorKind::kExternal, "the disk is full"); });
      background.wait();
    } catch (const EpochFailure& failure) {
      told = failure.error().text;
    }
    CHECK(told == "the disk is full");
    background.wait();
    bool ran = false;
    background.start([&]() -> Result<void> {
      ran = true;
      return {};
    });
    background.wait();
    CHECK(ran);
  }
}

TEST_CASE("what was started is done before a background goes away", "[threaded]") {
  for (int round = 0; round < 100; ++round) {
    int done = 0;
    {
      Background background(true, Background::Pace::kPrompt);
      background.start([&]() -> Result<void> {
        ++done;
        return {};
      });
    }
    CHECK(done == 1);
  }
}

}  // namespace reckoner::testing
