// A run of consecutive records of one partition, as read and then as decoded: the raw bytes and one 64-bit column a field. Everything
// downstream refers to records by (block, row). A block is filled by one thread at a time and is read-only once decoded; views into it
// live until it is cleared or destroyed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/schema.hpp"

namespace reckoner {

using InputId = std::uint16_t;

struct PartitionId {
  InputId input = 0;
  std::uint32_t partition = 0;
  friend auto operator<=>(const PartitionId&, const PartitionId&) = default;
};

// Next to read, never last read. `record` counts records of the partition from 0, `byte` is the offset in the uncompressed text. A source whose
// records have numbers of their own, with gaps, as a topic has, goes by these: `byte` is then the length of the text of those before.
struct Position {
  std::uint64_t record = 0;
  std::uint64_t byte = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

// A string inside a block's text. Packed into a column as offset << 32 | length.
struct TextRef {
  std::uint32_t offset = 0;
  std::uint32_t length = 0;

  [[nodiscard]] static TextRef unpack(std::int64_t cell) {
    return {static_cast<std::uint32_t>(static_cast<std::uint64_t>(cell) >> 32U), static_cast<std::uint32_t>(cell)};
  }
  [[nodiscard]] std::int64_t pack() const { return static_cast<std::int64_t>(std::uint64_t{offset} << 32U | length); }
};

// A record of a topic: its source cut it out, and it has more than its value. The key and the headers lie in RecordBlock::topic_text.
struct TopicRecord {
  TextRef value;                             // in RecordBlock::text
  TextRef key;                               // empty too where there is none
  TextRef headers;                           // as engine/record_headers.hpp packs them
  std::int64_t timestamp_ms = kNoTimestamp;  // since 1970
  bool has_value = false;                    // else a tombstone
  bool has_key = false;
  static constexpr std::int64_t kNoTimestamp = -1;
};

// What comes with a record that another shard handed on (engine/handed_record.hpp).
struct HandedOn {
  std::uint64_t record = 0;       // its number where it was read; without a record how far the sender is
  std::uint64_t next = 0;         // where this reader goes on behind it
  std::int64_t watermark_ms = 0;  // of its input where it was handed on, in force then
  std::uint32_t partition = 0;    // where it was read
  TextRef lent;                   // in RecordBlock::topic_text: what it was lent on its way (engine/lent_facts.hpp), or with `adds` a ListAddition
  std::uint16_t key_kinds = 0;    // that it is meant for, a bit each; 0 = no record
  std::uint8_t hop = 1;           // how often it was handed on
  bool released = false;          // where it came from nothing holds the watermark back now
  bool adds = false;              // no record, but what a rule put into a list; says nothing else
};

// Stable codes: they are written to dead letters and documented; do not renumber.
enum class RejectCode : std::uint8_t {
  kNone = 0,
  kBadJson = 1,
  kBadUtf8 = 2,
  kDuplicateKey = 3,
  kTooDeep = 4,
  kTooLarge = 5,
  kMissingField = 6,
  kWrongType = 7,
  kBadNumber = 8,
  kOutOfRange = 9,
  kUnknownName = 10,  // not one of an enum's names
  kPatternMismatch = 11,
  kUnknownField = 12,
  kBadTime = 13,
  kBadCsv = 14,
  kTooLong = 15,
  kFutureTime = 16,
};

[[nodiscard]] std::string_view to_text(RejectCode code);

// What a record is that is no row of its input, where a decoder passes over it: counted as filtered, without an event time. Values as in
// RecordBlock::rejected.
enum class SkipCode : std::uint8_t {
  kNone = 0,
  kTombstone = 2,    // a key without a value, for the compaction of its topic
  kTruncate = 3,     // a table was emptied
  kMessage = 4,      // a message of a database's own
  kHeartbeat = 5,    // a sign of life
  kTransaction = 6,  // the begin or end of a database's transaction
};
inline constexpr std::size_t kSkipCodes = 7;

[[nodiscard]] std::string_view to_text(SkipCode code);

struct Reject {
  std::uint32_t row = 0;
  RejectCode code = RejectCode::kNone;
  std::string field;    // empty when the record as a whole is bad
  std::string message;  // where, what, what to do next
};

// Free bytes a block keeps after its text, as simdjson asks.
inline constexpr std::size_t kTextPadding = 64;

struct RecordBlock {
  // Filled by the source.
  PartitionId partition;   // where the records were read; of such that were handed on see origin()
  Position first;          // position of row 0
  std::vector<char> text;  // text_bytes of whole records, kTextPadding spare bytes, then strings that the decoder had to unescape
  std::size_t text_bytes = 0;
  std::uint64_t next_byte = 0;  // offset in the partition after this block, with whatever the source skipped
  // The source numbers records: first.record is the number of row 0, and this that of the last row + 1. 0 = they are counted by the reader.
  std::uint64_t next_record = 0;
  // By row, where the source has whole records: a value may hold line ends then, and a blank one is a record. Empty = they are found in the text.
  std::vector<TopicRecord> topic_records;
  std::vector<char> topic_text;  // with kTextPadding spare bytes behind it
  // By row, where another shard handed the records on; then numbers of rows may have gaps, and first and next_record are of what they came through.
  std::vector<HandedOn> handed_on;

  // Filled by the decoder. A blank line is not a record.
  std::uint32_t rows = 0;
  std::vector<std::uint32_t> row_begin;            // offset of each record's first byte in text
  std::vector<std::uint32_t> row_length;           // bytes, without the line end
  std::vector<std::uint8_t> rejected;              // 0 = a row; 1 = see rejects; else a SkipCode. Other cells of the latter two mean nothing
  std::vector<std::uint64_t> present;              // bit f set = field f has a value
  std::vector<std::vector<std::int64_t>> columns;  // [field][row]; a field that is not wanted keeps an empty column
  std::vector<Reject> rejects;                     // in row order

  void clear();  // keeps capacity
  [[nodiscard]] std::string_view string(TextRef ref) const { return {text.data() + ref.offset, ref.length}; }
  [[nodiscard]] std::string_view string(std::size_t field, std::uint32_t row) const { return string(TextRef::unpack(columns[field][row])); }
  [[nodiscard]] std::string_view beside(TextRef ref) const { return {topic_text.data() + ref.offset, ref.length}; }
  // The partition in which a row's record was read, and its number there.
  [[nodiscard]] PartitionId origin(std::uint32_t row) const {
    return {partition.input, handed_on.empty() ? partition.partition : handed_on[row].partition};
  }
  [[nodiscard]] std::uint64_t record(std::uint32_t row) const { return handed_on.empty() ? first.record + row : handed_on[row].record; }
  [[nodiscard]] std::string_view raw(std::uint32_t row) const { return {text.data() + row_begin[row], row_length[row]}; }
};

}  // namespace reckoner
