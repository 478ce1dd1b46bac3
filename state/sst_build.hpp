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
#include "state/part_files_writer.hpp"

namespace reckoner {

// In key order, no two overlapping; none when there is nothing to write. kInternal when a key occurs twice.
[[nodiscard]] Result<std::vector<BuiltFile>> build_part_files(const rocksdb::Options& options, const PartFilesPlan& plan,
                                                              std::span<const CheckpointParts* const> shards);
[[nodiscard]] Result<BuiltFile> build_row_file(const rocksdb::Options& options, const std::string& path, std::string_view key,
                                               std::string_view value);

}  // namespace reckoner
