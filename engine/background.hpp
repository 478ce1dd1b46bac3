// One thing at a time done in a thread of its own: commits, checkpoint writes. With `threaded` false it is done at once by the caller, which is
// how simulations see the same steps in one order.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "engine/error.hpp"

namespace reckoner {

class Background {
 public:
  // Unhurried work gives way to the job's own thread where they share a core.
  enum class Pace : std::uint8_t { kPrompt, kUnhurried };

  Background(bool threaded, Pace pace);
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  // Waits for the task before, ends the epoch when that failed, and starts this one.
  void start(std::function<Result<void>()> task);
  // Waits for the task at hand; throws EpochFailure when it failed.
  void wait();
  [[nodiscard]] bool busy();

 private:
  void work(const std::stop_token& stop);

  bool threaded_;
  Pace pace_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::function<Result<void>()> task_;
  bool running_ = false;
  std::optional<Error> failure_;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace reckoner
