// Sees a shard that no longer gets on. The group takes a process for alive as long as librdkafka's threads run, whatever becomes of the shards' own: one
// that is stuck would keep its shards for ever, and nobody would be told.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace reckoner {

class ShardWatchdog {
 public:
  // `stuck` is called, by who looks, with a shard that is seen in one round for the so manieth time. Looks are counted, not the time that passes: a process
  // that was stopped as a whole has not been stuck.
  ShardWatchdog(std::uint32_t shards, std::uint32_t looks_max, std::function<void(std::uint32_t)> stuck);
  ~ShardWatchdog();
  ShardWatchdog(const ShardWatchdog&) = delete;
  ShardWatchdog& operator=(const ShardWatchdog&) = delete;

  // Around a shard's round, in whichever thread.
  void begin(std::uint32_t shard) { looks_[shard].store(1, std::memory_order_relaxed); }
  void end(std::uint32_t shard) { looks_[shard].store(0, std::memory_order_relaxed); }

  void look();
  // From now on, in a thread of its own.
  void look_every(std::int64_t ms);

 private:
  std::vector<std::atomic<std::uint32_t>> looks_;  // by shard: one more than those that saw it in this round; 0 = it is in none
  std::uint32_t looks_max_;
  std::function<void(std::uint32_t)> stuck_;
  std::jthread thread_;  // last: it uses the others
};

// For a process that others can take the place of: says which shard it is, and ends at once, which is safe since nothing uncommitted is visible.
[[noreturn]] void end_stuck_process(std::uint32_t shard);

}  // namespace reckoner
