#include "connectors/output_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "connectors/log_walk.hpp"
#include "connectors/output_files.hpp"
#include "engine/checksum.hpp"
#include "engine/decision_record.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20U;

using Lengths = std::map<std::pair<std::uint32_t, std::uint16_t>, std::uint64_t>;

}  // namespace

Result<void> check_output_range(Files& files, const std::string& path, std::uint64_t begin, std::uint64_t end, std::uint64_t expected) {
  if (begin == end) return {};
  const auto damaged = [&](const char* what) {
    return fail(
        ErrorKind::kCorruption,
        fmt::format("{}: bytes {} to {}: {}; restore the file from a copy, or start the job anew in empty directories", path, begin, end, what));
  };
  const Result<std::unique_ptr<ReadFile>> file = files.open_read(path);
  if (!file) return std::unexpected(file.error());
  ChecksumStream stream;
  std::vector<char> piece(std::min<std::uint64_t>(kPieceBytes, end - begin));
  for (std::uint64_t at = begin; at < end;) {
    const std::size_t wanted = std::min<std::uint64_t>(piece.size(), end - at);
    const Result<std::size_t> count = (*file)->read(at, std::span(piece).first(wanted));
    if (!count) return std::unexpected(count.error());
    if (*count < wanted) return damaged("committed, but not there");
    stream.add(std::span(piece).first(wanted));
    at += wanted;
  }
  if (stream.value() != expected) return damaged("not what was committed");
  return {};
}

Result<OutputCheck> check_outputs(Files& files, const std::string& log_directory, const std::string& outputs_directory,
                                  const std::vector<std::string>& names) {
  const Result<SegmentFiles> segments = list_segments(files, log_directory);
  if (!segments) return std::unexpected(segments.error());
  const EpochId begin = segments->segments.empty() ? EpochId{} : segments->segments.front().header.previous;
  OutputCheck check;
  Lengths lengths;
  bool lengths_known = begin == EpochId{};
  const Result<void> walked = walk_records(files, log_directory, begin, [&](const DecisionRecord& record) -> Result<void> {
    for (const ShardSection& section : record.sections) {
      for (const OutputProgress& output : section.outputs) {
        std::uint64_t& length = lengths[{section.shard, output.output}];
        if (!lengths_known) {
          check.bytes_unchecked += output.bytes;
        } else if (output.output >= names.size()) {
          return fail(ErrorKind::kConfiguration,
                      fmt::format("{}: output number {}, but only {} are named", log_directory, output.output, names.size()));
        } else if (output.bytes < length) {
          return fail(ErrorKind::kCorruption, fmt::format("{}: epoch {}.{} shortens an output", log_directory, record.id.owner, record.id.epoch));
        } else {
          const std::string path = join_path(outputs_directory, output_file_name(names[output.output], section.shard));
          if (Result<void> good = check_output_range(files, path, length, output.bytes, output.epoch_hash); !good) return good;
          check.bytes_checked += output.bytes - length;
        }
        length = output.bytes;
      }
    }
    lengths_known = true;
    ++check.epochs;
    return {};
  });
  if (!walked) return std::unexpected(walked.error());
  return check;
}

}  // namespace reckoner
