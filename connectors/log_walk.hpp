// Reads the segments of a local commit log as the one chain of records that they are. Changes nothing on disk. A bad frame at the very end
// is the trace of an interrupted append; anywhere else it is kCorruption that names file and byte.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "connectors/log_segment.hpp"
#include "engine/decision_record.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"

namespace reckoner {

struct SegmentFile {
  std::string path;
  std::uint64_t bytes = 0;  // of the file
  SegmentHeader header;
};

struct SegmentFiles {
  std::vector<SegmentFile> segments;  // oldest first
  std::string unfinished;             // path of a last file whose header was never completed; empty = none
};

struct LogEnd {
  SegmentFiles files;
  std::uint64_t good_bytes = 0;  // of the last segment
  std::uint64_t last_frame = 0;  // checksum that the next frame must name
};

// The payload lives during the call. An error ends the walk and is its result.
using FrameVisitor = std::function<Result<void>(const LogFrame& frame, const SegmentFile& segment)>;
using RecordVisitor = std::function<Result<void>(const DecisionRecord& record)>;

// Headers only.
[[nodiscard]] Result<SegmentFiles> list_segments(Files& files, const std::string& directory);

// Visits every good frame of the segments that hold records after `after`.
[[nodiscard]] Result<LogEnd> walk_frames(Files& files, const std::string& directory, EpochId after, const FrameVisitor& visitor);

// Visits the records after `after`, oldest first. kCorruption when `after` is neither {0, 0} nor in the log nor the one before its first
// record, or when a record does not name the one before it.
[[nodiscard]] Result<void> walk_records(Files& files, const std::string& directory, EpochId after, const RecordVisitor& visitor);

// Whether `record` is in the log, or is the one before its first record: that one is told by its number alone.
[[nodiscard]] Result<bool> log_holds(Files& files, const std::string& directory, const DecisionRecord& record);

// Reads from the end, so at little cost; safe while another process appends. nullopt = no record yet.
[[nodiscard]] Result<std::optional<DecisionRecord>> last_record(Files& files, const std::string& directory);

// decode_decision_record(), with the place in the message.
[[nodiscard]] Result<DecisionRecord> decode_frame(const LogFrame& frame, const std::string& path);

}  // namespace reckoner
