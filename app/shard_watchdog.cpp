#include "app/shard_watchdog.hpp"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "app/exit_code.hpp"

namespace reckoner {

ShardWatchdog::ShardWatchdog(std::uint32_t shards, std::uint32_t looks_max, std::function<void(std::uint32_t)> stuck)
    : looks_(shards), looks_max_(looks_max), stuck_(std::move(stuck)) {}

ShardWatchdog::~ShardWatchdog() = default;

void ShardWatchdog::look_every(std::int64_t ms) {
  thread_ = std::jthread([this, ms](const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    while (!never.wait_for(lock, stop, std::chrono::milliseconds(ms), [&] { return stop.stop_requested(); })) look();
  });
}

void ShardWatchdog::look() {
  for (std::uint32_t shard = 0; shard < looks_.size(); ++shard) {
    std::uint32_t seen = looks_[shard].load(std::memory_order_relaxed);
    // Of a round that ends meanwhile nothing is kept.
    if (seen == 0 || !looks_[shard].compare_exchange_strong(seen, seen + 1, std::memory_order_relaxed)) continue;
    if (seen == looks_max_) stuck_(shard);
  }
}

void end_stuck_process(std::uint32_t shard) {
  fmt::print(stderr,
             "shard {} has not got on for 30 s, in a round that takes milliseconds. This process ends, so that its shards go on elsewhere; nothing "
             "of them is lost. Look for a disk or a machine that does not answer, and report it if there is none\n",
             shard);
  std::_Exit(static_cast<int>(ExitCode::kTryAgain));
}

}  // namespace reckoner
