#include "engine/executor.hpp"

#include "engine/check.hpp"

namespace reckoner {

namespace {
constexpr int kSpins = 20'000;  // rounds follow each other within microseconds; a sleeping thread takes 50 to wake
}

Executor::Executor(std::size_t threads) {
  RECKONER_CHECK(threads >= 1, "{} threads", threads);
  for (std::size_t thread = 1; thread < threads; ++thread) workers_.emplace_back([this, thread] { work(thread); });
}

Executor::~Executor() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    ++generation_;
  }
  wake_.notify_all();
}

void Executor::run(std::size_t count, const std::function<void(std::size_t, std::size_t)>& task) {
  if (workers_.empty() || count <= 1) {
    for (std::size_t i = 0; i < count; ++i) task(i, 0);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    count_ = count;
    task_ = &task;
    next_ = 0;
    busy_ = workers_.size();
    ++generation_;
  }
  wake_.notify_all();
  take_tasks(0);
  while (busy_.load(std::memory_order_acquire) != 0) std::this_thread::yield();
}

void Executor::take_tasks(std::size_t thread) {
  for (std::size_t i = next_.fetch_add(1); i < count_; i = next_.fetch_add(1)) (*task_)(i, thread);
}

void Executor::work(std::size_t thread) {
  std::uint64_t seen = 0;
  for (;;) {
    for (int spin = 0; spin < kSpins && generation_.load(std::memory_order_acquire) == seen; ++spin) __builtin_ia32_pause();
    if (generation_.load(std::memory_order_acquire) == seen) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return generation_.load() != seen; });
    }
    seen = generation_.load(std::memory_order_acquire);
    if (stop_) return;
    take_tasks(thread);
    busy_.fetch_sub(1, std::memory_order_release);
  }
}

}  // namespace reckoner
