#include "connectors/kafka_log_record.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/big_endian.hpp"
#include "engine/check.hpp"
#include "engine/checksum.hpp"

namespace reckoner {

namespace {

// docs/formats.md describes the form. Do not change it: add a version.
constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kGapVersion = 2;  // the same, with a kind that a program of version 1 would take for damage
constexpr std::size_t kChecksumBytes = 8;

void put(std::string& out, const EpochId& id) {
  append_big_endian(out, id.owner);
  append_big_endian(out, id.epoch);
}

void put(std::string& out, std::string_view text) {
  append_big_endian(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

// Reads what was put. After the first value that is not there everything is empty, so that a caller asks once, at the end.
class Taker {
 public:
  explicit Taker(std::string_view bytes) : bytes_(bytes) {}

  template <typename T>
  T number() {
    if (bytes_.size() < sizeof(T)) {
      whole_ = false;
      bytes_ = {};
      return 0;
    }
    return take_big_endian<T>(bytes_);
  }

  EpochId id() {
    const auto owner = number<std::uint64_t>();
    return {owner, number<std::uint64_t>()};
  }

  std::string text() {
    const auto length = number<std::uint32_t>();
    if (length > bytes_.size()) {
      whole_ = false;
      bytes_ = {};
      return {};
    }
    std::string found(bytes_.substr(0, length));
    bytes_.remove_prefix(length);
    return found;
  }

  [[nodiscard]] bool whole() const { return whole_; }
  [[nodiscard]] bool at_end() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
  bool whole_ = true;
};

LogSection take_section(Taker& in) {
  LogSection section;
  section.shard = in.number<std::uint32_t>();
  section.kind = static_cast<SectionKind>(in.number<std::uint8_t>());
  section.id = in.id();
  section.previous = in.id();
  const auto ends = in.number<std::uint16_t>();
  for (std::uint16_t i = 0; i < ends && in.whole(); ++i) section.ended_at.push_back(static_cast<std::int64_t>(in.number<std::uint64_t>()));
  section.decisions = in.text();
  return section;
}

bool is_known(SectionKind kind, std::uint8_t version) {
  return kind == SectionKind::kTakeover || kind == SectionKind::kEpoch || kind == SectionKind::kRelease ||
         (kind == SectionKind::kGap && version == kGapVersion);
}

std::uint8_t version_of(const LogRecord& record) {
  const auto is_gap = [](const LogSection& section) { return section.kind == SectionKind::kGap; };
  return std::any_of(record.sections.begin(), record.sections.end(), is_gap) ? kGapVersion : kVersion;
}

}  // namespace

std::string encode(const LogRecord& record) {
  std::string out;
  append_big_endian(out, version_of(record));
  append_big_endian(out, record.job_hash);
  put(out, record.slot);
  append_big_endian(out, static_cast<std::uint32_t>(record.sections.size()));
  for (const LogSection& section : record.sections) {
    append_big_endian(out, section.shard);
    append_big_endian(out, static_cast<std::uint8_t>(section.kind));
    put(out, section.id);
    put(out, section.previous);
    append_big_endian(out, static_cast<std::uint16_t>(section.ended_at.size()));
    for (const std::int64_t offset : section.ended_at) append_big_endian(out, static_cast<std::uint64_t>(offset));
    put(out, section.decisions);
  }
  append_big_endian(out, checksum(out));
  return out;
}

Result<LogRecord> decode_log_record(std::string_view bytes) {
  const auto damaged = [&](std::string_view how) {
    return fail(ErrorKind::kCorruption, fmt::format("a log record of {} bytes {}; is the topic the log of a job?", bytes.size(), how));
  };
  if (bytes.size() < 1 + kChecksumBytes) return damaged("is too short");
  std::string_view stored = bytes.substr(bytes.size() - kChecksumBytes);
  const std::string_view body = bytes.substr(0, bytes.size() - kChecksumBytes);
  if (take_big_endian<std::uint64_t>(stored) != checksum(body)) return damaged("does not have its checksum");
  Taker in(body);
  const auto version = in.number<std::uint8_t>();
  if (version != kVersion && version != kGapVersion) {
    return fail(ErrorKind::kConfiguration,
                fmt::format("the log has a record of version {}, this program knows {}; use the program that wrote it", version, kGapVersion));
  }
  LogRecord record;
  record.job_hash = in.number<std::uint64_t>();
  record.slot = in.text();
  const auto count = in.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < count && in.whole(); ++i) {
    record.sections.push_back(take_section(in));
    if (!is_known(record.sections.back().kind, version)) return damaged("has a section of an unknown kind");
  }
  if (!in.whole() || !in.at_end()) return damaged("does not have the length that it says");
  return record;
}

}  // namespace reckoner
