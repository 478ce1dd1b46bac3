#include "connectors/log_walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "connectors/log_segment.hpp"
#include "engine/decision_record.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"

namespace reckoner {

namespace {

constexpr std::uint64_t kSegmentBytesMax = std::uint64_t{4} << 30U;

std::unexpected<Error> corrupt(const std::string& path, std::uint64_t at, const std::string& what) {
  return fail(ErrorKind::kCorruption, fmt::format("{}: byte {}: {}; restore the log from a copy", path, at, what));
}

std::string to_text(EpochId id) { return fmt::format("{}.{}", id.owner, id.epoch); }

struct SegmentHead {
  std::uint64_t bytes = 0;
  Result<SegmentHeader> header;
};

Result<SegmentHead> read_head(Files& files, const std::string& path) {
  Result<std::unique_ptr<ReadFile>> file = files.open_read(path);
  if (!file) return std::unexpected(file.error());
  const Result<std::uint64_t> size = (*file)->size();
  if (!size) return std::unexpected(size.error());
  std::array<char, kSegmentHeaderBytes> head{};
  const Result<std::size_t> count = (*file)->read(0, head);
  if (!count) return std::unexpected(count.error());
  return SegmentHead{*size, decode_segment_header(std::span(head).first(*count), path)};
}

// A segment in memory; frames point into `bytes`.
struct LoadedSegment {
  std::string bytes;
  ParsedSegment parsed;
};

Result<LoadedSegment> load_segment(Files& files, const std::string& path) {
  Result<std::string> bytes = read_whole(files, path, kSegmentBytesMax);
  if (!bytes) return std::unexpected(bytes.error());
  LoadedSegment loaded{.bytes = std::move(*bytes), .parsed = {}};
  Result<ParsedSegment> parsed = parse_segment(loaded.bytes, path);
  if (!parsed) return std::unexpected(parsed.error());
  if (!parsed->damage.empty()) return corrupt(path, parsed->good_bytes, parsed->damage);
  loaded.parsed = std::move(*parsed);
  return loaded;
}

std::size_t first_needed(const std::vector<SegmentFile>& segments, EpochId after) {
  std::size_t first = 0;
  for (std::size_t index = 1; index < segments.size(); ++index) {
    if (segments[index].header.previous <= after) first = index;
  }
  return first;
}

// Checks that records come one after the other, and lets those after `after` through.
class Chain {
 public:
  Chain(EpochId after, const RecordVisitor& visitor) : after_(after), visitor_(visitor) {}

  Result<void> begin(const SegmentFile& segment) {
    begun_ = true;
    seen_ = segment.header.previous;
    if (seen_ <= after_) return {};
    return corrupt(segment.path, 0, fmt::format("the log begins after epoch {}, but {} is asked for", to_text(seen_), to_text(after_)));
  }

  Result<void> add(const LogFrame& frame, const SegmentFile& segment) {
    if (!begun_) {
      if (Result<void> begun = begin(segment); !begun) return begun;
    }
    const Result<DecisionRecord> record = decode_frame(frame, segment.path);
    if (!record) return std::unexpected(record.error());
    if (record->previous != seen_) {
      return corrupt(segment.path, frame.offset,
                     fmt::format("epoch {} follows {}, but names {}", to_text(record->id), to_text(seen_), to_text(record->previous)));
    }
    if (seen_ < after_ && after_ < record->id) return lost(segment.path);
    seen_ = record->id;
    return record->id <= after_ ? Result<void>{} : visitor_(*record);
  }

  Result<void> end(const std::string& directory) const { return seen_ < after_ ? lost(directory) : Result<void>{}; }

  Result<void> end(const SegmentFile& last) {
    // Without a frame, the last segment's header still names what came before.
    if (!begun_) {
      if (Result<void> begun = begin(last); !begun) return begun;
    }
    return end(last.path);
  }

 private:
  [[nodiscard]] Result<void> lost(const std::string& path) const {
    return corrupt(path, 0, fmt::format("epoch {} is not in the log", to_text(after_)));
  }

  EpochId after_;
  const RecordVisitor& visitor_;
  EpochId seen_;
  bool begun_ = false;
};

}  // namespace

Result<SegmentFiles> list_segments(Files& files, const std::string& directory) {
  const Result<std::vector<std::string>> names = files.list(directory);
  if (!names) return std::unexpected(names.error());
  SegmentFiles found;
  std::string cut_short;
  for (const std::string& name : *names) {
    if (!is_segment_name(name)) continue;
    if (!cut_short.empty()) return corrupt(cut_short, 0, "its header is damaged and it is not the last segment");
    const std::string path = join_path(directory, name);
    Result<SegmentHead> head = read_head(files, path);
    if (!head) return std::unexpected(head.error());
    if (head->header) {
      found.segments.push_back({path, head->bytes, *head->header});
    } else if (head->header.error().kind == ErrorKind::kCorruption && head->bytes <= kSegmentHeaderBytes) {
      // A frame is written only behind a synced header, so nothing was committed here.
      cut_short = path;
    } else {
      return std::unexpected(head->header.error());
    }
  }
  found.unfinished = cut_short;
  return found;
}

Result<LogEnd> walk_frames(Files& files, const std::string& directory, EpochId after, const FrameVisitor& visitor) {
  Result<SegmentFiles> found = list_segments(files, directory);
  if (!found) return std::unexpected(found.error());
  LogEnd end{.files = std::move(*found)};
  const std::vector<SegmentFile>& segments = end.files.segments;
  const std::size_t first = first_needed(segments, after);
  for (std::size_t index = first; index < segments.size(); ++index) {
    const SegmentFile& segment = segments[index];
    const Result<LoadedSegment> loaded = load_segment(files, segment.path);
    if (!loaded) return std::unexpected(loaded.error());
    const ParsedSegment& parsed = loaded->parsed;
    if (index > first && parsed.header.previous_frame != end.last_frame) return corrupt(segment.path, 0, "it does not follow the segment before it");
    const bool last = index + 1 == segments.size();
    if (!last && parsed.good_bytes != loaded->bytes.size())
      return corrupt(segment.path, parsed.good_bytes, "a damaged frame in a segment that is not the last");
    for (const LogFrame& frame : parsed.frames) {
      if (Result<void> visited = visitor(frame, segment); !visited) return std::unexpected(visited.error());
    }
    end.good_bytes = parsed.good_bytes;
    end.last_frame = parsed.last_frame;
  }
  return end;
}

Result<void> walk_records(Files& files, const std::string& directory, EpochId after, const RecordVisitor& visitor) {
  Chain chain(after, visitor);
  const Result<LogEnd> end =
      walk_frames(files, directory, after, [&](const LogFrame& frame, const SegmentFile& segment) { return chain.add(frame, segment); });
  if (!end) return std::unexpected(end.error());
  if (end->files.segments.empty()) return chain.end(directory);
  return chain.end(end->files.segments.back());
}

Result<bool> log_holds(Files& files, const std::string& directory, const DecisionRecord& record) {
  const std::string stored = encode(record);
  bool found = false;
  const Result<LogEnd> end = walk_frames(files, directory, record.previous, [&](const LogFrame& frame, const SegmentFile&) -> Result<void> {
    found = found || std::ranges::equal(frame.payload, stored);
    return {};
  });
  if (!end) return std::unexpected(end.error());
  const std::vector<SegmentFile>& segments = end->files.segments;
  return found || (!segments.empty() && segments.front().header.previous == record.id);
}

Result<std::optional<DecisionRecord>> last_record(Files& files, const std::string& directory) {
  const Result<SegmentFiles> found = list_segments(files, directory);
  if (!found) return std::unexpected(found.error());
  for (std::size_t index = found->segments.size(); index-- > 0;) {
    const std::string& path = found->segments[index].path;
    const Result<LoadedSegment> loaded = load_segment(files, path);
    if (!loaded) return std::unexpected(loaded.error());
    if (loaded->parsed.frames.empty()) continue;
    Result<DecisionRecord> record = decode_frame(loaded->parsed.frames.back(), path);
    if (!record) return std::unexpected(record.error());
    return std::optional<DecisionRecord>(std::move(*record));
  }
  return std::optional<DecisionRecord>();
}

Result<DecisionRecord> decode_frame(const LogFrame& frame, const std::string& path) {
  Result<DecisionRecord> record = decode_decision_record(frame.payload);
  if (!record) return fail(record.error().kind, fmt::format("{}: byte {}: {}", path, frame.offset, record.error().text));
  return record;
}

}  // namespace reckoner
