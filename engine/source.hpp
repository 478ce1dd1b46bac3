// Port: where records come from. A source knows partitions and serves each as blocks of whole raw records; order among partitions is not
// its business (engine/merge.hpp), nor is decoding (engine/decoder.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/error.hpp"
#include "engine/record_block.hpp"

namespace reckoner {

// One file of an input, or one topic partition. A file's identity is the hash of a prefix and that prefix's length, so that a file that
// still grew when it was first seen is known again.
struct PartitionInfo {
  PartitionId id;
  std::string name;               // path or topic-partition, for people
  std::uint64_t prefix_hash = 0;  // XXH3 of the first prefix_bytes
  std::uint64_t prefix_bytes = 0;
  bool ended = false;  // no record will ever be added
  friend bool operator==(const PartitionInfo&, const PartitionInfo&) = default;
};

class Source {
 public:
  virtual ~Source() = default;

  // Partitions that exist now and were not yet reported, numbered by input; files without a gap. `known` are those that the decision log names
  // (after a restart, in order): they keep their numbers, and one that is gone or has another content is an error that names it.
  [[nodiscard]] virtual Result<std::vector<PartitionInfo>> discover(const std::vector<PartitionInfo>& known) = 0;

  // Where reading goes on after a restart, before the first read(). Most sources need not be told: read() says it for each partition.
  virtual void resume(const std::vector<std::pair<PartitionId, Position>>& next) { static_cast<void>(next); }

  // Takes in what has come by now, where several partitions come through one queue. False when that is more than it may hold: a reader that lets
  // records wait for those of other partitions must go on without waiting.
  [[nodiscard]] virtual Result<bool> look_ahead() { return true; }
  // The watermark that came with the last record of a partition, once all that was taken in has been read; nothing = there is more to read.
  [[nodiscard]] virtual std::optional<std::int64_t> told_watermark(PartitionId) const { return std::nullopt; }

  // Whether `partition` has ended by now; a growing file may end later.
  [[nodiscard]] virtual Result<bool> has_ended(PartitionId partition) = 0;

  // Next block of `partition` from `from`, about `bytes` long: whole records only, at least one, however long. False = nothing there now.
  // A last record without a line end is served only when the partition has ended.
  // Calls for different partitions may come from different threads; calls for one partition come one at a time.
  [[nodiscard]] virtual Result<bool> read(PartitionId partition, Position from, std::size_t bytes, RecordBlock& block) = 0;
};

}  // namespace reckoner
