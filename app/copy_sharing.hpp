// Puts a shard's newest copy into the directory that the job's processes share, every now and then, on a thread of its own: neither the shard nor its next
// checkpoint waits for a file system that may be slow or away.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>

#include "engine/background.hpp"
#include "engine/clock.hpp"
#include "engine/error.hpp"
#include "state/rocksdb_checkpoint.hpp"
#include "state/shared_copies.hpp"

namespace reckoner {

struct CopySharingSettings {
  std::int64_t every_ms = 60'000;
  std::function<Result<void>()> before;         // what must be there before a copy that needs it; called on the thread
  std::function<void(const std::string&)> say;  // that copies are not shared, and why, and that they are again; from any thread
};

// offer() comes from one thread.
class CopySharing {
 public:
  // Store and clock outlive it.
  CopySharing(RocksDbCheckpoint& store, Clock& clock, CopySharingSettings settings);
  ~CopySharing();  // gives up what is on its way
  CopySharing(const CopySharing&) = delete;
  CopySharing& operator=(const CopySharing&) = delete;

  // There is a new copy, behind which the log is needed from this offset on. It is shared if that is due, and the one before is done.
  void offer(std::int64_t log_offset);
  // What is on its way, and the newest copy if it was not shared yet, are shared now, or given up at this time of the clock.
  void finish(std::int64_t until_ns);

 private:
  [[nodiscard]] Result<void> share(const SharedCopy& copy);
  void settle(const Result<void>& shared);

  RocksDbCheckpoint& store_;
  Clock& clock_;
  CopySharingSettings settings_;
  std::int64_t due_ns_;
  std::optional<std::int64_t> waiting_;  // log offset of the newest copy, when it is not shared
  std::atomic<std::int64_t> until_ns_ = std::numeric_limits<std::int64_t>::max();
  std::atomic<bool> failing_{false};
  std::atomic<bool> stop_{false};
  Background thread_;  // last: it uses the others
};

}  // namespace reckoner
