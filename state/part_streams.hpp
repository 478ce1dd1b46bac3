// The parts of one copy, given in portions and written while more are gathered, so that they need not all be in memory at once: for each shard a
// stream of table files in key order. Parts that could not wait for their turn (CheckpointPortion::early) are held back until the others have come
// as far. One thread at a time.
#pragma once

#include <rocksdb/options.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/checkpoint_store.hpp"
#include "engine/error.hpp"
#include "state/part_files_writer.hpp"
#include "state/part_order.hpp"

namespace reckoner {

class PartStreams {
 public:
  // `options` stay as long as the streams. The plan's directory is empty.
  PartStreams(const rocksdb::Options& options, PartFilesPlan plan) : options_(options), plan_(std::move(plan)) {}

  // A portion of each shard, always of the same shards in the same order. kInternal when a key comes behind one that follows it.
  [[nodiscard]] Result<void> add(std::span<const CheckpointPortion> portions);
  // All files, no two overlapping.
  [[nodiscard]] Result<std::vector<BuiltFile>> finish();

 private:
  struct Stream {
    PartFilesWriter writer;
    std::vector<PartReference> held;  // in key order
    std::size_t next = 0;             // of those, to be written
  };
  static void hold(Stream& stream, const CheckpointParts& early);
  [[nodiscard]] static Result<void> write_held(Stream& stream, const CheckpointParts::Part* before);

  const rocksdb::Options& options_;
  PartFilesPlan plan_;
  std::vector<std::unique_ptr<Stream>> streams_;
};

}  // namespace reckoner
