// One segment file of the local commit log: a header, then frames that each carry one decision record. docs/formats.md describes the
// bytes; do not change them, add a version. Pure functions over bytes in memory, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/decision_record.hpp"
#include "engine/error.hpp"

namespace reckoner {

inline constexpr std::size_t kSegmentHeaderBytes = 64;
inline constexpr std::size_t kFrameHeaderBytes = 24;
inline constexpr std::size_t kFramePayloadBytesMax = std::size_t{64} << 20U;

struct SegmentHeader {
  std::uint64_t job_hash = 0;        // of the job the log belongs to
  EpochId previous;                  // of the last record before this segment; {0, 0} when there is none
  std::uint64_t previous_frame = 0;  // checksum of that record's frame; 0 when there is none
};

// A good frame. The payload lives in the bytes that were parsed.
struct LogFrame {
  std::size_t offset = 0;
  std::span<const char> payload;
  std::uint64_t checksum = 0;
};

struct ParsedSegment {
  SegmentHeader header;
  std::vector<LogFrame> frames;
  std::size_t good_bytes = 0;    // header and good frames; what follows is a torn tail, or damage
  std::uint64_t last_frame = 0;  // checksum that the next frame must name
  std::string damage;            // not empty: what is wrong at good_bytes and cannot be the trace of an interrupted append
};

// `log-<first epoch>.rlog`: every record inside has at least this epoch number.
[[nodiscard]] std::string segment_name(std::uint64_t first_epoch);
[[nodiscard]] bool is_segment_name(std::string_view name);

[[nodiscard]] std::string encode_segment_header(const SegmentHeader& header);
// kCorruption when the bytes are no header, kConfiguration when a later version wrote them.
[[nodiscard]] Result<SegmentHeader> decode_segment_header(std::span<const char> bytes, const std::string& path);

// `checksum` receives what the next frame must name as `previous_frame`.
[[nodiscard]] std::string encode_frame(std::string_view payload, std::uint64_t previous_frame, std::uint64_t& checksum);

// Fails as decode_segment_header() does. Bad frames are no failure here: whoever knows whether a later segment exists judges them.
[[nodiscard]] Result<ParsedSegment> parse_segment(std::span<const char> bytes, const std::string& path);

}  // namespace reckoner
