#include "engine/background.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <utility>

namespace reckoner {

namespace {
constexpr int kUnhurriedNice = 5;
}

Background::Background(bool threaded, Pace pace) : threaded_(threaded), pace_(pace) {
  if (threaded_) thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
}

Background::~Background() {
  if (!threaded_) return;
  thread_.request_stop();
  changed_.notify_all();
}

void Background::start(std::function<Result<void>()> task) {
  wait();
  if (!threaded_) {
    or_end_epoch(task());
    return;
  }
  const std::lock_guard lock(mutex_);
  task_ = std::move(task);
  running_ = true;
  changed_.notify_all();
}

void Background::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !running_; });
  if (const auto failure = std::exchange(failure_, std::nullopt)) throw EpochFailure(*failure);
}

bool Background::busy() {
  const std::lock_guard lock(mutex_);
  return running_;
}

void Background::work(const std::stop_token& stop) {
  // Best effort: it is about who waits, never about what comes out.
  if (pace_ == Pace::kUnhurried) static_cast<void>(setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kUnhurriedNice));
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [&] { return running_; })) {
    const std::function<Result<void>()> task = std::exchange(task_, nullptr);
    lock.unlock();
    Result<void> result = task();
    lock.lock();
    if (!result) failure_ = std::move(result.error());
    running_ = false;
    changed_.notify_all();
  }
}

}  // namespace reckoner
