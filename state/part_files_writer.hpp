// Writes parts that come in key order into sorted table files, one open at a time: a new one is begun when the last has reached its size. Files are
// synced when they are handed out. One thread at a time.
#pragma once

#include <rocksdb/options.h>
#include <rocksdb/slice.h>
#include <rocksdb/sst_file_writer.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/checkpoint_store.hpp"
#include "engine/error.hpp"

namespace reckoner {

[[nodiscard]] inline rocksdb::Slice to_slice(std::string_view text) { return {text.data(), text.size()}; }

struct BuiltFile {
  std::string path;
  std::string checksum;  // RocksDB's form
};

struct PartFilesPlan {
  std::string directory;             // exists
  std::string name = "parts";        // how names of files there begin, and no others do
  std::uint64_t file_bytes_max = 0;  // a file is closed once it is as long
  bool with_tombstones = true;       // false: nothing is below, so deletes need no trace
};

class PartFilesWriter {
 public:
  // `options` stay as long as the writer.
  PartFilesWriter(const rocksdb::Options& options, PartFilesPlan plan);

  // kInternal when its key does not follow the one before.
  [[nodiscard]] Result<void> add(const CheckpointParts::Part& part);
  [[nodiscard]] Result<std::vector<BuiltFile>> finish();  // none when there was nothing to write

 private:
  [[nodiscard]] Result<void> begin();
  [[nodiscard]] Result<void> close();

  const rocksdb::Options& options_;
  PartFilesPlan plan_;
  std::unique_ptr<rocksdb::SstFileWriter> writer_;
  std::string path_;
  std::uint64_t bytes_ = 0;
  std::vector<BuiltFile> built_;
};

}  // namespace reckoner
