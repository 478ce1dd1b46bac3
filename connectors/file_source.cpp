#include "connectors/file_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "connectors/byte_stream.hpp"
#include "connectors/file_partition.hpp"
#include "connectors/file_patterns.hpp"
#include "connectors/text_reader.hpp"
#include "connectors/watched_files.hpp"
#include "engine/check.hpp"
#include "engine/checksum.hpp"
#include "engine/clock.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"
#include "engine/record_block.hpp"
#include "engine/source.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kComparePieceBytes = std::size_t{256} << 10U;

}  // namespace

FileSource::FileSource(Files& files, Clock& clock, FileSourceSettings settings)
    : files_(files), clock_(clock), settings_(std::move(settings)), inputs_(settings_.inputs.size()) {}

Result<std::vector<PartitionInfo>> FileSource::discover(const std::vector<PartitionInfo>& known) {
  for (const PartitionInfo& info : known) {
    if (Result<void> adopted = adopt_known(info); !adopted) return std::unexpected(adopted.error());
  }
  std::vector<PartitionInfo> fresh;
  for (std::size_t input = 0; input < inputs_.size(); ++input) {
    if (Result<void> result = discover_input(static_cast<InputId>(input), fresh); !result) return std::unexpected(result.error());
  }
  return fresh;
}

Result<void> FileSource::adopt_known(const PartitionInfo& known) {
  if (known.id.input >= inputs_.size()) {
    return fail(ErrorKind::kConfiguration,
                fmt::format("{}: of input number {}, but the job has {} inputs now", known.name, known.id.input, inputs_.size()));
  }
  Input& input = inputs_[known.id.input];
  if (known.id.partition < input.partitions.size()) return {};
  RECKONER_CHECK(known.id.partition == input.partitions.size(), "{} is number {} after {} files", known.name, known.id.partition,
                 input.partitions.size());
  if (!files_.exists(known.name)) {
    return fail(ErrorKind::kData, fmt::format("{}: read before, but gone now; put it back, since it may have to be read again", known.name));
  }
  const Result<Identity> identity = identify(known.name, known.prefix_bytes);
  if (!identity) return std::unexpected(identity.error());
  if (identity->prefix_bytes != known.prefix_bytes || identity->prefix_hash != known.prefix_hash) {
    return fail(ErrorKind::kData,
                fmt::format("{}: another content than when it was read before; restore it, and give new content a new name", known.name));
  }
  // The file may have grown since: a second copy of it is known by all of its prefix.
  const Result<Identity> now = identify(known.name, kIdentityBytesMax);
  if (!now) return std::unexpected(now.error());
  add_partition(known.id.input, known.name, *now);
  return {};
}

Result<void> FileSource::discover_input(InputId input, std::vector<PartitionInfo>& fresh) {
  const Result<std::vector<std::string>> paths = candidates(input);
  if (!paths) return std::unexpected(paths.error());
  for (const std::string& path : *paths) {
    Result<std::optional<PartitionInfo>> taken = take(input, path);
    if (!taken) return std::unexpected(taken.error());
    if (std::optional<PartitionInfo>& partition = *taken; partition) fresh.push_back(std::move(*partition));
  }
  return {};
}

// Paths that are there and not yet taken, sorted.
Result<std::vector<std::string>> FileSource::candidates(InputId input) {
  const FileInputSettings& settings = settings_.inputs[input];
  const bool may_come = settings.watch || settings.follow;
  std::vector<std::string> paths;
  for (const std::string& pattern : settings.patterns) {
    const Result<std::vector<std::string>> matches = matching_paths(files_, pattern);
    if (!matches) return matches;
    if (matches->empty() && !may_come) {
      return fail(ErrorKind::kConfiguration, fmt::format("{}: matches no file (input {}); check the path", pattern, settings.name));
    }
    for (const std::string& path : *matches) {
      if (inputs_[input].taken.contains(path) || (settings.watch && WatchedFiles::is_manifest(path))) continue;
      if (files_.exists(path)) {
        paths.push_back(path);
      } else if (!may_come) {
        return fail(ErrorKind::kConfiguration, fmt::format("{}: no such file (input {}); check the path", path, settings.name));
      }
    }
  }
  std::ranges::sort(paths);
  paths.erase(std::ranges::unique(paths).begin(), paths.end());
  return paths;
}

Result<std::optional<PartitionInfo>> FileSource::take(InputId input, const std::string& path) {
  const FileInputSettings& settings = settings_.inputs[input];
  Input& state = inputs_[input];
  if (settings.follow && compression_of(path) != Compression::kNone) {
    return fail(ErrorKind::kConfiguration,
                fmt::format("{}: a compressed file cannot be followed (input {}); set follow to false", path, settings.name));
  }
  if (state.partitions.size() >= kPartitionsMax) {
    return fail(ErrorKind::kConfiguration,
                fmt::format("input {}: more than {} files; start a new job for further ones", settings.name, kPartitionsMax));
  }
  if (settings.watch) {
    const Result<bool> complete = state.watched.is_complete(files_, settings_.until_end ? nullptr : &clock_, settings.watching, path);
    if (!complete) return std::unexpected(complete.error());
    if (!*complete) return std::optional<PartitionInfo>();
  }
  const Result<Identity> identity = identify(path, kIdentityBytesMax);
  if (!identity) return std::unexpected(identity.error());
  if (const auto same = state.identities.find(*identity); settings.watch && same != state.identities.end()) {
    const Result<bool> equal = same_bytes(path, same->second);
    if (!equal) return std::unexpected(equal.error());
    if (*equal) {
      state.taken.insert(path);
      duplicates_.push_back({input, path, same->second});
      ++duplicate_count_;
      return std::optional<PartitionInfo>();
    }
  }
  const auto number = static_cast<std::uint32_t>(state.partitions.size());
  add_partition(input, path, *identity);
  return std::optional(PartitionInfo{{input, number}, path, identity->prefix_hash, identity->prefix_bytes, !follows(input)});
}

Result<FileSource::Identity> FileSource::identify(const std::string& path, std::uint64_t prefix_bytes_max) {
  const Result<std::unique_ptr<ReadFile>> file = files_.open_read(path);
  if (!file) return std::unexpected(file.error());
  const Result<std::uint64_t> size = (*file)->size();
  if (!size) return std::unexpected(size.error());
  std::vector<char> prefix(std::min<std::uint64_t>({*size, prefix_bytes_max, kIdentityBytesMax}));
  const Result<std::size_t> count = (*file)->read(0, prefix);
  if (!count) return std::unexpected(count.error());
  return Identity{checksum(std::span<const char>(prefix).first(*count)), *count, *size};
}

Result<bool> FileSource::same_bytes(const std::string& left, const std::string& right) {
  if (!files_.exists(right)) return true;
  const Result<std::unique_ptr<ReadFile>> left_file = files_.open_read(left);
  if (!left_file) return std::unexpected(left_file.error());
  const Result<std::unique_ptr<ReadFile>> right_file = files_.open_read(right);
  if (!right_file) return std::unexpected(right_file.error());
  std::vector<char> left_piece(kComparePieceBytes);
  std::vector<char> right_piece(kComparePieceBytes);
  for (std::uint64_t at = 0;; at += kComparePieceBytes) {
    const Result<std::size_t> left_count = (*left_file)->read(at, left_piece);
    if (!left_count) return std::unexpected(left_count.error());
    const Result<std::size_t> right_count = (*right_file)->read(at, right_piece);
    if (!right_count) return std::unexpected(right_count.error());
    if (*left_count != *right_count ||
        !std::equal(left_piece.begin(), left_piece.begin() + static_cast<std::ptrdiff_t>(*left_count), right_piece.begin()))
      return false;
    if (*left_count < kComparePieceBytes) return true;
  }
}

void FileSource::add_partition(InputId input, const std::string& path, const Identity& identity) {
  const FileInputSettings& settings = settings_.inputs[input];
  Input& state = inputs_[input];
  const std::uint64_t raw_bytes = follows(input) ? kGrowing : identity.bytes;
  const PartitionId id{input, static_cast<std::uint32_t>(state.partitions.size())};
  auto partition = std::make_unique<FilePartition>(files_, id, path, raw_bytes, FilePartition::Form{settings.framing, settings.csv_header});
  state.taken.insert(path);
  state.identities.try_emplace(identity, path);
  const std::scoped_lock lock(mutex_);
  state.partitions.push_back(std::move(partition));
}

FilePartition& FileSource::partition_at(PartitionId id) {
  const std::scoped_lock lock(mutex_);
  RECKONER_CHECK(id.input < inputs_.size() && id.partition < inputs_[id.input].partitions.size(), "no partition {}-{}", id.input, id.partition);
  return *inputs_[id.input].partitions[id.partition];
}

Result<bool> FileSource::has_ended(PartitionId partition) { return !partition_at(partition).is_growing(); }

Result<bool> FileSource::read(PartitionId partition, Position from, std::size_t bytes, RecordBlock& block) {
  FilePartition& file = partition_at(partition);
  const bool was_open = file.is_open();
  Result<bool> result = file.read(from, bytes, block);
  if (!was_open && file.is_open()) ++open_files_;
  const bool at_end = result && !*result && !file.is_growing();
  // Descriptors are few. A plain file costs little to open again.
  const bool too_many = open_files_ > kOpenFilesMax && compression_of(file.path()) == Compression::kNone;
  if (file.is_open() && (at_end || too_many)) {
    file.close();
    --open_files_;
  }
  return result;
}

Result<std::string> FileSource::csv_header(PartitionId partition) {
  FilePartition& file = partition_at(partition);
  const bool was_open = file.is_open();
  Result<std::string> header = file.header();
  if (!was_open && file.is_open()) ++open_files_;
  return header;
}

std::vector<DuplicateFile> FileSource::take_duplicates() { return std::exchange(duplicates_, {}); }

}  // namespace reckoner
