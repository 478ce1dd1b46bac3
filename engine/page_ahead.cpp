#include "engine/page_ahead.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/huge_memory.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kAskedMax = 4096;  // pages; more than are asked for at once, unless nobody works

class PageAhead {
 public:
  static PageAhead& of_process() {
    static PageAhead one;
    return one;
  }

  PageAhead() = default;
  PageAhead(const PageAhead&) = delete;
  PageAhead& operator=(const PageAhead&) = delete;
  ~PageAhead() {
    thread_.request_stop();
    changed_.notify_all();
  }

  void ask(const std::byte* page) {
    const std::lock_guard lock(mutex_);
    if (asked_.size() >= kAskedMax) return;
    if (!thread_.joinable()) thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
    asked_.push_back(page);
    changed_.notify_all();
  }

  void stop(const std::byte* begin, std::size_t bytes) {
    const auto lies_there = [&](const std::byte* page) { return page >= begin && page < begin + bytes; };
    std::unique_lock lock(mutex_);
    std::erase_if(asked_, lies_there);
    changed_.wait(lock, [&] { return at_work_ == nullptr || !lies_there(at_work_); });
  }

 private:
  void work(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, [&] { return !asked_.empty(); })) {
      at_work_ = asked_.front();
      asked_.erase(asked_.begin());
      lock.unlock();
      // Where the kernel does not know this (before 5.14) pages are cleared when they are touched, as without it.
      static_cast<void>(madvise(const_cast<std::byte*>(at_work_), kHugePageBytes, MADV_POPULATE_WRITE));
      lock.lock();
      at_work_ = nullptr;
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<const std::byte*> asked_;
  const std::byte* at_work_ = nullptr;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace

void fault_ahead(const std::byte* page) { PageAhead::of_process().ask(page); }

void stop_faulting_ahead(const std::byte* begin, std::size_t bytes) { PageAhead::of_process().stop(begin, bytes); }

}  // namespace reckoner
