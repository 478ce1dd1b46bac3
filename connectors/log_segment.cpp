#include "connectors/log_segment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/check.hpp"
#include "engine/checksum.hpp"
#include "engine/decision_record.hpp"
#include "engine/error.hpp"

namespace reckoner {

namespace {

constexpr std::string_view kMagic = "RECKNLOG";
constexpr std::string_view kFrameMagic = "FRAM";
constexpr std::uint32_t kVersion = 1;
constexpr std::string_view kNamePrefix = "log-";
constexpr std::string_view kNameSuffix = ".rlog";
constexpr std::size_t kNameDigits = 20;

// Offsets in the header.
constexpr std::size_t kVersionAt = 8;
constexpr std::size_t kJobAt = 16;
constexpr std::size_t kOwnerAt = 24;
constexpr std::size_t kEpochAt = 32;
constexpr std::size_t kPreviousFrameAt = 40;
constexpr std::size_t kHeaderChecksumAt = 56;

// Offsets in a frame. Its checksum covers all but the magic and itself.
constexpr std::size_t kLengthAt = 4;
constexpr std::size_t kChainAt = 8;
constexpr std::size_t kFrameChecksumAt = 16;

template <typename Number>
void store(std::string& bytes, std::size_t at, Number value) {
  for (std::size_t index = 0; index < sizeof(Number); ++index) bytes[at + index] = static_cast<char>(static_cast<std::uint8_t>(value >> (8 * index)));
}

template <typename Number>
Number load(std::span<const char> bytes, std::size_t at) {
  Number value = 0;
  for (std::size_t index = 0; index < sizeof(Number); ++index) {
    value |= static_cast<Number>(static_cast<Number>(static_cast<std::uint8_t>(bytes[at + index])) << (8 * index));
  }
  return value;
}

std::uint64_t frame_checksum(std::span<const char> header, std::span<const char> payload) {
  ChecksumStream stream;
  stream.add(header.subspan(kLengthAt, kFrameChecksumAt - kLengthAt));
  stream.add(payload);
  return stream.value();
}

bool begins_with(std::span<const char> bytes, std::string_view text) {
  return bytes.size() >= text.size() && std::memcmp(bytes.data(), text.data(), text.size()) == 0;
}

// The frame at `offset`, whatever it names as its predecessor.
std::optional<LogFrame> frame_at(std::span<const char> bytes, std::size_t offset) {
  const std::span<const char> rest = bytes.subspan(offset);
  if (rest.size() < kFrameHeaderBytes || !begins_with(rest, kFrameMagic)) return std::nullopt;
  const std::size_t length = load<std::uint32_t>(rest, kLengthAt);
  if (length > kFramePayloadBytesMax || length > rest.size() - kFrameHeaderBytes) return std::nullopt;
  const std::span<const char> payload = rest.subspan(kFrameHeaderBytes, length);
  const std::uint64_t stored = load<std::uint64_t>(rest, kFrameChecksumAt);
  if (frame_checksum(rest, payload) != stored) return std::nullopt;
  return LogFrame{offset, payload, stored};
}

std::optional<std::size_t> next_frame_after(std::span<const char> bytes, std::size_t offset) {
  const std::string_view text(bytes.data(), bytes.size());
  for (std::size_t at = text.find(kFrameMagic, offset + 1); at != std::string_view::npos; at = text.find(kFrameMagic, at + 1)) {
    if (frame_at(bytes, at)) return at;
  }
  return std::nullopt;
}

}  // namespace

std::string segment_name(std::uint64_t first_epoch) { return fmt::format("{}{:020}{}", kNamePrefix, first_epoch, kNameSuffix); }

bool is_segment_name(std::string_view name) {
  if (name.size() != kNamePrefix.size() + kNameDigits + kNameSuffix.size()) return false;
  if (!name.starts_with(kNamePrefix) || !name.ends_with(kNameSuffix)) return false;
  return std::ranges::all_of(name.substr(kNamePrefix.size(), kNameDigits), [](char digit) { return digit >= '0' && digit <= '9'; });
}

std::string encode_segment_header(const SegmentHeader& header) {
  std::string bytes(kSegmentHeaderBytes, '\0');
  kMagic.copy(bytes.data(), kMagic.size());
  store(bytes, kVersionAt, kVersion);
  store(bytes, kJobAt, header.job_hash);
  store(bytes, kOwnerAt, header.previous.owner);
  store(bytes, kEpochAt, header.previous.epoch);
  store(bytes, kPreviousFrameAt, header.previous_frame);
  store(bytes, kHeaderChecksumAt, checksum(std::span(bytes).first(kHeaderChecksumAt)));
  return bytes;
}

Result<SegmentHeader> decode_segment_header(std::span<const char> bytes, const std::string& path) {
  const auto damaged = [&] { return fail(ErrorKind::kCorruption, fmt::format("{}: its header is damaged; restore the log from a copy", path)); };
  if (bytes.size() < kSegmentHeaderBytes || !begins_with(bytes, kMagic)) return damaged();
  if (load<std::uint64_t>(bytes, kHeaderChecksumAt) != checksum(bytes.first(kHeaderChecksumAt))) return damaged();
  const auto version = load<std::uint32_t>(bytes, kVersionAt);
  if (version != kVersion) {
    return fail(ErrorKind::kConfiguration,
                fmt::format("{}: log format {}, this program knows {}; use the program that wrote it", path, version, kVersion));
  }
  return SegmentHeader{.job_hash = load<std::uint64_t>(bytes, kJobAt),
                       .previous = {load<std::uint64_t>(bytes, kOwnerAt), load<std::uint64_t>(bytes, kEpochAt)},
                       .previous_frame = load<std::uint64_t>(bytes, kPreviousFrameAt)};
}

std::string encode_frame(std::string_view payload, std::uint64_t previous_frame, std::uint64_t& checksum) {
  RECKONER_CHECK(payload.size() <= kFramePayloadBytesMax, "a record of {} bytes", payload.size());
  std::string bytes(kFrameHeaderBytes, '\0');
  kFrameMagic.copy(bytes.data(), kFrameMagic.size());
  store(bytes, kLengthAt, static_cast<std::uint32_t>(payload.size()));
  store(bytes, kChainAt, previous_frame);
  checksum = frame_checksum(bytes, payload);
  store(bytes, kFrameChecksumAt, checksum);
  return bytes.append(payload);
}

Result<ParsedSegment> parse_segment(std::span<const char> bytes, const std::string& path) {
  const Result<SegmentHeader> header = decode_segment_header(bytes, path);
  if (!header) return std::unexpected(header.error());
  ParsedSegment segment{.header = *header, .frames = {}, .good_bytes = kSegmentHeaderBytes, .last_frame = header->previous_frame, .damage = {}};
  while (segment.good_bytes < bytes.size()) {
    const std::optional<LogFrame> frame = frame_at(bytes, segment.good_bytes);
    if (!frame) {
      if (const std::optional<std::size_t> later = next_frame_after(bytes, segment.good_bytes)) {
        segment.damage = fmt::format("a damaged frame, with a good one after it at byte {}", *later);
      }
      return segment;
    }
    if (load<std::uint64_t>(bytes, frame->offset + kChainAt) != segment.last_frame) {
      segment.damage = "a frame that does not follow the one before it";
      return segment;
    }
    segment.frames.push_back(*frame);
    segment.good_bytes += kFrameHeaderBytes + frame->payload.size();
    segment.last_frame = frame->checksum;
  }
  return segment;
}

}  // namespace reckoner
