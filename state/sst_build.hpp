// Writes sorted table files outside the database, ready for an ingest. Files are synced when they are returned.
#pragma once

#include <rocksdb/options.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/checkpoint_store.hpp"
#include "engine/error.hpp"

namespace reckoner {

struct BuiltFile {
  std::string path;
  std::string checksum;  // RocksDB's form
};

struct PartFilesPlan {
  std::string directory;             // exists and is empty
  std::uint64_t file_bytes_max = 0;  // a file is closed once it is as long
  bool with_tombstones = true;       // false: nothing is below, so deletes need no trace
};

// In key order, no two overlapping; none when there is nothing to write. kInternal when a key occurs twice.
[[nodiscard]] Result<std::vector<BuiltFile>> build_part_files(const rocksdb::Options& options, const PartFilesPlan& plan,
                                                              std::span<const CheckpointParts* const> shards);
[[nodiscard]] Result<BuiltFile> build_row_file(const rocksdb::Options& options, const std::string& path, std::string_view key,
                                               std::string_view value);

}  // namespace reckoner
