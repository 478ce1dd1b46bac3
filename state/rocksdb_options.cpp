#include "state/rocksdb_options.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/universal_compaction.h>

#include <cstddef>

#include "engine/check.hpp"
#include "state/file_checksum.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kBlockBytes = 16U << 10U;
constexpr std::size_t kBlockCacheBytes = 8U << 20U;
constexpr std::size_t kScanReadAheadBytes = 2U << 20U;
constexpr std::size_t kManifestBytesMax = 1U << 20U;
constexpr std::size_t kSyncEveryBytes = 1U << 20U;
constexpr std::size_t kMemtableBytes = 1U << 20U;
constexpr int kOpenFilesMax = 512;
// A merge rewrites the oldest run when the ones above it hold more than this share of its bytes: between reading twice the live parts and
// writing all of them at every checkpoint.
constexpr unsigned kAmplificationPercentMax = 50;

rocksdb::BlockBasedTableOptions table_options() {
  rocksdb::BlockBasedTableOptions table;
  table.checksum = rocksdb::kXXH3;                             // the fastest of the kinds that 7.8 to 9 all read
  table.format_version = 5;                                    // read by both 7.8 and 9
  table.block_size = kBlockBytes;                              // parts are read by scans, never one at a time
  table.filter_policy = nullptr;                               // for the same reason
  table.block_cache = rocksdb::NewLRUCache(kBlockCacheBytes);  // live state is in memory already; a scan keeps nothing
  return table;
}

}  // namespace

rocksdb::Options database_options(rocksdb::Env& env, const RocksDbTuning& tuning) {
  RECKONER_CHECK(tuning.runs_before_merge >= 2 && tuning.runs_before_merge <= 64, "{}", tuning.runs_before_merge);
  rocksdb::Options options;
  options.env = &env;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.paranoid_checks = true;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table_options()));
  options.compression = rocksdb::kNoCompression;                // CPU is scarcer than disk, and parts are dense records
  options.file_checksum_gen_factory = file_checksum_factory();  // a COPY file lists it, so a copy is checked byte by byte
  options.max_open_files = kOpenFilesMax;
  options.max_manifest_file_size = kManifestBytesMax;  // every copy holds its own
  options.bytes_per_sync = kSyncEveryBytes;            // a large write goes out evenly, so that the commit log's sync does not wait behind it
  options.write_buffer_size = kMemtableBytes;          // nothing is ever written through it
  options.max_bgerror_resume_count = 0;  // 7.8.3 may double entries after resuming: an I/O error ends this database, the next starts from a copy
  options.recycle_log_file_num = 0;
  options.track_and_verify_wals_in_manifest = false;  // 7.8.3 raises a false alarm
  options.avoid_flush_during_shutdown = true;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.keep_log_file_num = 1;

  // One ingest is one sorted run. Few runs keep a restart's scan fast; universal style merges neighbours of like size, so that the large
  // oldest run is rewritten seldom. One background thread: a merge is never urgent.
  options.max_background_jobs = 2;
  options.max_subcompactions = 1;
  options.compaction_style = rocksdb::kCompactionStyleUniversal;
  options.level_compaction_dynamic_level_bytes = false;  // 9 turned its default around
  options.level0_file_num_compaction_trigger = static_cast<int>(tuning.runs_before_merge);
  options.compaction_options_universal.max_size_amplification_percent = kAmplificationPercentMax;
  // Ingests are never throttled by these, and nothing else writes; they must only not be below the trigger.
  options.level0_slowdown_writes_trigger = 1000;
  options.level0_stop_writes_trigger = 1000;
  return options;
}

rocksdb::IngestExternalFileOptions ingest_options() {
  rocksdb::IngestExternalFileOptions options;
  options.move_files = true;
  options.failed_move_fall_back_to_copy = false;  // the files are made beside the database; a failing link is a failing disk
  options.write_global_seqno = false;             // a finished file never changes: copies share it, and its checksum stays true
  options.verify_file_checksum = false;           // the checksum taken while writing is trusted here and verified by every restore
  options.allow_blocking_flush = false;           // 7.8.3 corrupts when an ingest overlaps a memtable: ours must be empty
  return options;
}

rocksdb::ReadOptions scan_options() {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  options.fill_cache = false;
  options.readahead_size = kScanReadAheadBytes;
  options.async_io = false;  // 7.9 to 8.0 use memory after freeing it
  options.total_order_seek = true;
  return options;
}

}  // namespace reckoner
