#include "state/sst_build.hpp"

#include <fmt/format.h>
#include <rocksdb/options.h>
#include <rocksdb/slice.h>
#include <rocksdb/sst_file_writer.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/check.hpp"
#include "engine/checkpoint_store.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"
#include "state/part_order.hpp"
#include "state/status_error.hpp"

namespace reckoner {

namespace {

// Parts lie scattered in their shards' buffers. Fetching them this many ahead hides most of the wait for memory.
constexpr std::size_t kFetchAhead = 12;
constexpr std::size_t kFetchBytesMax = 512;
constexpr std::size_t kCacheLineBytes = 64;

rocksdb::Slice to_slice(std::string_view text) { return {text.data(), text.size()}; }

// One open table file at a time; a new one is begun when the last has reached its size.
class PartFilesWriter {
 public:
  PartFilesWriter(const rocksdb::Options& options, const PartFilesPlan& plan) : options_(options), plan_(plan) {}

  Result<void> add(std::string_view key, std::string_view value, bool deleted) {
    if (!writer_) {
      if (Result<void> begun = begin(); !begun) return begun;
    }
    const rocksdb::Status status = deleted ? writer_->Delete(to_slice(key)) : writer_->Put(to_slice(key), to_slice(value));
    if (!status.ok()) return to_result(status, "adding a part (does a key occur twice?)", path_);
    bytes_ += key.size() + value.size();
    return bytes_ >= plan_.file_bytes_max ? finish() : Result<void>();
  }

  Result<void> finish() {
    if (!writer_) return {};
    rocksdb::ExternalSstFileInfo info;
    const rocksdb::Status status = writer_->Finish(&info);
    writer_.reset();
    if (!status.ok()) return to_result(status, "writing", path_);
    RECKONER_CHECK(!info.file_checksum.empty(), "{}", path_);
    built_.push_back({.path = path_, .checksum = info.file_checksum});
    return {};
  }

  std::vector<BuiltFile> take() { return std::move(built_); }

 private:
  Result<void> begin() {
    path_ = join_path(plan_.directory, fmt::format("parts-{:06}.sst", built_.size()));
    bytes_ = 0;
    writer_ = std::make_unique<rocksdb::SstFileWriter>(rocksdb::EnvOptions(options_), options_);
    return to_result(writer_->Open(path_), "making", path_);
  }

  const rocksdb::Options& options_;
  const PartFilesPlan& plan_;
  std::unique_ptr<rocksdb::SstFileWriter> writer_;
  std::string path_;
  std::uint64_t bytes_ = 0;
  std::vector<BuiltFile> built_;
};

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
  RECKONER_CHECK(plan.file_bytes_max > 0);
  const std::vector<PartReference> order = parts_in_key_order(shards);
  PartFilesWriter writer(options, plan);
  for (std::size_t at = 0; at < order.size(); ++at) {
    fetch_ahead(order, at);
    const CheckpointParts::Part& part = *order[at].part;
    if (part.deleted && !plan.with_tombstones) continue;
    if (Result<void> added = writer.add(CheckpointParts::key(part), CheckpointParts::value(part), part.deleted); !added)
      return std::unexpected(added.error());
  }
  if (Result<void> finished = writer.finish(); !finished) return std::unexpected(finished.error());
  return writer.take();
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
