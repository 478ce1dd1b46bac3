#include "state/part_files_writer.hpp"

#include <fmt/format.h>

#include <utility>

#include "engine/check.hpp"
#include "engine/files.hpp"
#include "state/status_error.hpp"

namespace reckoner {

PartFilesWriter::PartFilesWriter(const rocksdb::Options& options, PartFilesPlan plan) : options_(options), plan_(std::move(plan)) {
  RECKONER_CHECK(plan_.file_bytes_max > 0);
}

Result<void> PartFilesWriter::add(const CheckpointParts::Part& part) {
  if (part.deleted && !plan_.with_tombstones) return {};
  if (!writer_) {
    if (Result<void> begun = begin(); !begun) return begun;
  }
  const rocksdb::Slice key = to_slice(CheckpointParts::key(part));
  const rocksdb::Status status = part.deleted ? writer_->Delete(key) : writer_->Put(key, to_slice(CheckpointParts::value(part)));
  if (!status.ok()) return to_result(status, "adding a part (does a key occur twice?)", path_);
  bytes_ += part.key_bytes + part.value_bytes;
  return bytes_ >= plan_.file_bytes_max ? close() : Result<void>();
}

Result<std::vector<BuiltFile>> PartFilesWriter::finish() {
  if (Result<void> closed = close(); !closed) return std::unexpected(closed.error());
  return std::move(built_);
}

Result<void> PartFilesWriter::begin() {
  path_ = join_path(plan_.directory, fmt::format("{}-{:06}.sst", plan_.name, built_.size()));
  bytes_ = 0;
  writer_ = std::make_unique<rocksdb::SstFileWriter>(rocksdb::EnvOptions(options_), options_);
  return to_result(writer_->Open(path_), "making", path_);
}

Result<void> PartFilesWriter::close() {
  if (!writer_) return {};
  rocksdb::ExternalSstFileInfo info;
  const rocksdb::Status status = writer_->Finish(&info);
  writer_.reset();
  if (!status.ok()) return to_result(status, "writing", path_);
  RECKONER_CHECK(!info.file_checksum.empty(), "{}", path_);
  built_.push_back({.path = path_, .checksum = info.file_checksum});
  return {};
}

}  // namespace reckoner
