// What is in the log topic: a record holds a section for each shard that its transaction is about. docs/protocol.md says when a section is
// valid; docs/formats.md how it is stored. Its first byte is a version.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/decision_record.hpp"
#include "engine/error.hpp"

namespace reckoner {

// Stored: do not renumber.
enum class SectionKind : std::uint8_t { kTakeover = 1, kEpoch = 2, kRelease = 3, kGap = 4 };

struct LogSection {
  std::uint32_t shard = 0;
  SectionKind kind = SectionKind::kEpoch;
  EpochId id;
  EpochId previous;                    // of the shard's last valid section
  std::vector<std::int64_t> ended_at;  // kEpoch of a job that ends with its input: offsets, by input, at which it did; empty = not yet
  std::string decisions;               // kEpoch: the decision record as encode() gives it; kGap: the gaps as encode() does
  friend bool operator==(const LogSection&, const LogSection&) = default;
};

struct LogRecord {
  std::uint64_t job_hash = 0;  // identity of the job, so that the log of another one is told
  std::string slot;            // of the instance that wrote it
  std::vector<LogSection> sections;
  friend bool operator==(const LogRecord&, const LogRecord&) = default;
};

[[nodiscard]] std::string encode(const LogRecord& record);
[[nodiscard]] Result<LogRecord> decode_log_record(std::string_view bytes);

}  // namespace reckoner
