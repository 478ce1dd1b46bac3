// Every RocksDB setting this project changes, each with its reason.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/options.h>

#include <cstdint>
#include <memory>

namespace reckoner {

struct RocksDbTuning {
  std::uint32_t runs_before_merge = 6;  // overlapping sorted runs that start a merge in the background; 2..64
};

[[nodiscard]] rocksdb::Options database_options(rocksdb::Env& env, const RocksDbTuning& tuning);
[[nodiscard]] rocksdb::IngestExternalFileOptions ingest_options();
[[nodiscard]] rocksdb::ReadOptions scan_options();

}  // namespace reckoner
