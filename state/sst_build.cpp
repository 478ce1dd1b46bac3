#include "state/sst_build.hpp"

#include <rocksdb/options.h>
#include <rocksdb/sst_file_writer.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/checkpoint_store.hpp"
#include "engine/error.hpp"
#include "state/part_order.hpp"
#include "state/status_error.hpp"

namespace reckoner {

namespace {

// Parts lie scattered in their shards' buffers. Fetching them this many ahead hides most of the wait for memory.
constexpr std::size_t kFetchAhead = 12;
constexpr std::size_t kFetchBytesMax = 512;
constexpr std::size_t kCacheLineBytes = 64;

// g++ 12 takes a function that only prefetches for one without effect and drops the call; inlined, it stays.
[[gnu::always_inline]] inline void fetch_ahead(std::span<const PartReference> order, std::size_t at) {
  if (at + 2 * kFetchAhead < order.size()) __builtin_prefetch(order[at + 2 * kFetchAhead].part);
  if (at + kFetchAhead >= order.size()) return;
  const CheckpointParts::Part& part = *order[at + kFetchAhead].part;
  const std::size_t length = std::min<std::size_t>(kFetchBytesMax, part.key_bytes + part.value_bytes);
  for (std::size_t offset = 0; offset < length; offset += kCacheLineBytes) __builtin_prefetch(part.key + offset);
}

}  // namespace

Result<std::vector<BuiltFile>> build_part_files(const rocksdb::Options& options, const PartFilesPlan& plan,
                                                std::span<const CheckpointParts* const> shards) {
  const std::vector<PartReference> order = parts_in_key_order(shards);
  PartFilesWriter writer(options, plan);
  for (std::size_t at = 0; at < order.size(); ++at) {
    fetch_ahead(order, at);
    if (Result<void> added = writer.add(*order[at].part); !added) return std::unexpected(added.error());
  }
  return writer.finish();
}

Result<BuiltFile> build_row_file(const rocksdb::Options& options, const std::string& path, std::string_view key, std::string_view value) {
  rocksdb::SstFileWriter writer(rocksdb::EnvOptions(options), options);
  rocksdb::ExternalSstFileInfo info;
  rocksdb::Status status = writer.Open(path);
  if (status.ok()) status = writer.Put(to_slice(key), to_slice(value));
  if (status.ok()) status = writer.Finish(&info);
  if (!status.ok()) return std::unexpected(to_error(status, "writing", path));
  return BuiltFile{.path = path, .checksum = info.file_checksum};
}

}  // namespace reckoner
