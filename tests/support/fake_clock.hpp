// A clock that moves only when told, or when somebody sleeps on it. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>

#include "engine/clock.hpp"

namespace reckoner::testing {

class FakeClock final : public Clock {
 public:
  [[nodiscard]] std::int64_t wall_ms() override { return wall_ms_; }
  [[nodiscard]] std::int64_t monotonic_ns() override { return monotonic_ns_; }
  void sleep_ms(std::int64_t milliseconds) override {
    advance_ms(milliseconds);
    if (on_sleep_) on_sleep_();
  }
  void on_sleep(std::function<void()> callback) { on_sleep_ = std::move(callback); }

  void advance_ms(std::int64_t milliseconds) {
    wall_ms_ += milliseconds;
    monotonic_ns_ += milliseconds * 1'000'000;
  }
  void set_wall_ms(std::int64_t wall_ms) { wall_ms_ = wall_ms; }  // may step back, as a real one does

 private:
  std::atomic<std::int64_t> wall_ms_ = 1'700'000'000'000;
  std::atomic<std::int64_t> monotonic_ns_ = 0;
  std::function<void()> on_sleep_;  // set before others use the clock
};

}  // namespace reckoner::testing
