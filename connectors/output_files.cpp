#include "connectors/output_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/check.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kNameBytesMax = 64;
constexpr std::uint64_t kCachedBehindBytes = 16U << 20U;  // of each file, before its committed end: who follows it finds them in memory

bool is_name_character(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') || (character >= '0' && character <= '9') ||
         character == '_' || character == '-' || character == '.';
}

}  // namespace

bool is_output_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytesMax && name.front() != '.' && std::ranges::all_of(name, is_name_character);
}

std::string output_file_name(std::string_view name, std::uint32_t shard) { return fmt::format("{}-{}.jsonl", name, shard); }

OutputFiles::OutputFiles(Files& files, std::string directory, std::vector<std::string> names, std::uint32_t shards)
    : files_(files), directory_(std::move(directory)), names_(std::move(names)), shards_(shards), streams_(std::size_t{shards} * names_.size()) {
  RECKONER_CHECK(shards_ > 0 && names_.size() <= std::numeric_limits<std::uint16_t>::max(), "{} shards, {} outputs", shards_, names_.size());
  for (const std::string& name : names_) RECKONER_CHECK(is_output_name(name), "'{}'", name);
}

Result<std::uint64_t> OutputFiles::open(std::span<const std::uint64_t> lengths) {
  RECKONER_CHECK(lengths.size() == streams_.size(), "{} lengths for {} files", lengths.size(), streams_.size());
  if (Result<void> made = files_.make_directories(directory_); !made) return std::unexpected(made.error());
  std::uint64_t bytes_cut = 0;
  for (std::uint32_t shard = 0; shard < shards_; ++shard) {
    for (std::uint16_t output = 0; output < outputs(); ++output) {
      Stream& stream = streams_[index(shard, output)];
      const Result<std::uint64_t> cut_here = cut(path(shard, output), lengths[index(shard, output)]);
      if (!cut_here) return cut_here;
      bytes_cut += *cut_here;
      stream.buffer.clear();
      Result<std::unique_ptr<AppendFile>> file = files_.open_append(path(shard, output));
      if (!file) return std::unexpected(file.error());
      stream.file = std::move(*file);
    }
  }
  // A file must not lose its name after a commit that counts on it.
  if (Result<void> synced = files_.sync_directory(directory_); !synced) return std::unexpected(synced.error());
  return bytes_cut;
}

Result<std::uint64_t> OutputFiles::cut(const std::string& path, std::uint64_t bytes) {
  std::uint64_t size = 0;
  if (files_.exists(path)) {
    const Result<FileInfo> info = files_.info(path);
    if (!info) return std::unexpected(info.error());
    size = info->bytes;
  }
  if (size < bytes) {
    return fail(ErrorKind::kCorruption,
                fmt::format("{}: {} bytes, but {} are committed; restore the file from a copy, or start the job anew in empty directories", path,
                            size, bytes));
  }
  if (size == bytes) return std::uint64_t{0};
  if (Result<void> result = files_.truncate(path, bytes); !result) return std::unexpected(result.error());
  return size - bytes;
}

Result<void> OutputFiles::append(std::uint32_t shard, std::uint16_t output, std::span<const char> rows) {
  RECKONER_CHECK(shard < shards_ && output < names_.size(), "shard {} output {}", shard, output);
  Stream& stream = streams_[index(shard, output)];
  const std::scoped_lock lock(stream.mutex);
  RECKONER_CHECK(stream.file != nullptr, "append before open");
  if (stream.buffer.empty() && rows.size() >= kOutputBufferBytes) return stream.file->append(rows);
  stream.buffer.insert(stream.buffer.end(), rows.begin(), rows.end());
  if (stream.buffer.size() < kOutputBufferBytes) return {};
  Result<void> appended = stream.file->append(stream.buffer);
  stream.buffer.clear();
  return appended;
}

Result<void> OutputFiles::sync(std::uint32_t shard, std::uint16_t output, std::uint64_t bytes) {
  Stream& stream = streams_[index(shard, output)];
  {
    const std::scoped_lock lock(stream.mutex);
    const std::uint64_t appended = stream.file->size() + stream.buffer.size();
    RECKONER_CHECK(bytes <= appended, "{}: {} bytes appended, {} to be committed", path(shard, output), appended, bytes);
    if (stream.file->size() < bytes) {
      Result<void> written = stream.file->append(stream.buffer);
      stream.buffer.clear();
      if (!written) return written;
    }
  }
  // Outside the lock, so that the shard goes on while the disk works.
  Result<void> synced = stream.file->sync();
  if (synced && bytes > kCachedBehindBytes) stream.file->let_go_of_cache(bytes - kCachedBehindBytes);
  return synced;
}

std::string OutputFiles::path(std::uint32_t shard, std::uint16_t output) const {
  return join_path(directory_, output_file_name(names_[output], shard));
}

}  // namespace reckoner
