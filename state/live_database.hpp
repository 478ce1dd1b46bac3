// The one open RocksDB database. It begins as hard links to a copy, takes in one ingest a checkpoint, and is linked into the next copy. It
// is scratch: only copies are trusted after a restart. After any error it must be closed and made anew from a copy. Not thread-safe.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/options.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/checkpoint_store.hpp"
#include "engine/error.hpp"
#include "state/copy_description.hpp"
#include "state/rocksdb_options.hpp"
#include "state/sst_build.hpp"
#include "state/state_files.hpp"

namespace reckoner {

class LiveDatabase {
 public:
  // Opens the database at `path`; an empty one is made when there is none. `env` must outlive it.
  [[nodiscard]] static Result<std::unique_ptr<LiveDatabase>> open(rocksdb::Env& env, const std::string& path, const RocksDbTuning& tuning);
  // For header_row() and scan() alone; changes nothing at `path`.
  [[nodiscard]] static Result<std::unique_ptr<LiveDatabase>> open_read_only(rocksdb::Env& env, const std::string& path);
  ~LiveDatabase();
  LiveDatabase(const LiveDatabase&) = delete;
  LiveDatabase& operator=(const LiveDatabase&) = delete;

  [[nodiscard]] const rocksdb::Options& options() const { return options_; }

  // Waits for a running merge, then starts none until resumed: no file appears or goes while a checkpoint is made.
  [[nodiscard]] Result<void> pause_merges();
  [[nodiscard]] Result<void> resume_merges();

  [[nodiscard]] Result<void> ingest(const std::vector<BuiltFile>& parts, const BuiltFile& header);  // atomic over both column families
  // Makes `path` a complete database of its own, by hard links where files never change. The result lists its files.
  [[nodiscard]] Result<std::vector<CopyFile>> link_into(const StateFiles& files, const std::string& path);

  [[nodiscard]] Result<std::string> header_row() const;
  // Every live part in key order; how many there were.
  [[nodiscard]] Result<std::uint64_t> scan(const CheckpointStore::PartVisitor& visitor) const;

  [[nodiscard]] std::uint32_t runs() const;  // overlapping sorted runs of parts that a scan has to merge
  [[nodiscard]] Result<void> merge_all();    // into one run, in this thread's time

 private:
  using Handles = std::vector<rocksdb::ColumnFamilyHandle*>;
  LiveDatabase(std::string path, rocksdb::Options options) : path_(std::move(path)), options_(std::move(options)) {}
  [[nodiscard]] std::vector<rocksdb::ColumnFamilyDescriptor> families() const;
  void adopt(rocksdb::DB* database, const Handles& handles);

  std::string path_;
  rocksdb::Options options_;
  std::unique_ptr<rocksdb::DB> database_;
  std::unique_ptr<rocksdb::ColumnFamilyHandle> default_;  // RocksDB insists on it; empty
  std::unique_ptr<rocksdb::ColumnFamilyHandle> parts_;
  std::unique_ptr<rocksdb::ColumnFamilyHandle> header_;
  bool paused_ = false;
};

}  // namespace reckoner
