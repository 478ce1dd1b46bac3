// Runs independent tasks on a fixed number of threads, the calling one included. Which thread runs which task is a race; tasks must
// therefore touch nothing in common, so that results do not depend on it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace reckoner {

class Executor {
 public:
  explicit Executor(std::size_t threads);  // at least 1
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  [[nodiscard]] std::size_t threads() const { return workers_.size() + 1; }

  // task(i, thread) for i in 0..count-1, each once; thread is 0..threads()-1. Returns when all are done.
  void run(std::size_t count, const std::function<void(std::size_t, std::size_t)>& task);

 private:
  void work(std::size_t thread);
  void take_tasks(std::size_t thread);

  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<std::uint64_t> generation_{0};
  std::atomic<std::size_t> next_{0};
  std::atomic<std::size_t> busy_{0};
  std::size_t count_ = 0;
  const std::function<void(std::size_t, std::size_t)>* task_ = nullptr;
  std::atomic<bool> stop_{false};
  std::vector<std::jthread> workers_;  // last: they use the others
};

}  // namespace reckoner
