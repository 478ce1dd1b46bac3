// A record on its way from the shard that read it to the shard that owns another of its keys, through a topic of the job's own, and from there to
// the next where that one's facts are asked for by another key: each such way is a hop. Or, without a record, how far event time has come where
// records set out on a hop; or what a rule has put into a list. The receiver decodes a record anew, as it was.
// docs/formats.md describes the stored form; its first byte is a version.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/error.hpp"
#include "engine/record_block.hpp"

namespace reckoner {

// Views are the caller's, or point into what was decoded.
struct HandedRecord {
  static constexpr InputId kLists = 0xffff;  // in the place of an input: what is told of additions to lists, and these
  PartitionId origin;                        // where it was read; without a record, whose input and of which shard it is told
  std::uint8_t hop = 1;                      // the first one begins where records are read
  std::uint32_t sender = 0;                  // shard
  std::uint64_t record = 0;                  // its number where it was read; without a record how far the sender is, once it is over: else 0
  std::uint16_t key_kinds = 0;               // that it is meant for, a bit each; 0 = no record
  bool released = false;                     // what the hop begins with holds no watermark back now
  bool adds = false;                         // without a record: an addition to a list, which says nothing of event time
  std::int64_t watermark_ms = 0;             // of its input at the sender, in force when it was looked at there; kNoWatermark = none yet
  std::int64_t timestamp_ms = TopicRecord::kNoTimestamp;
  std::optional<std::string_view> key;
  std::string_view headers;  // as engine/record_headers.hpp packs them
  std::string_view lent;     // what shards on its way lend, as engine/lent_facts.hpp packs it; or with `adds` a packed ListAddition
  std::string_view value;
};

void append(std::string& bytes, const HandedRecord& record);
// kCorruption when it is none.
[[nodiscard]] Result<HandedRecord> decode_handed_record(std::string_view bytes);

// A row as it was read, with what it was lent on its way here. Views into the block; who hands it on, for whom and what is told of event time are the
// caller's.
[[nodiscard]] HandedRecord record_as_read(const RecordBlock& block, std::uint32_t row);
// Appends the record to a block of such records (engine/topic_block.hpp); `next`: where its reader goes on behind it.
void append_handed_record(RecordBlock& block, const HandedRecord& record, std::uint64_t next);

// Records for several shards, one behind the other: each with the number of its shard. What an epoch hands on is one such text.
void append_addressed(std::string& bytes, std::uint32_t shard, const HandedRecord& record);
struct AddressedRecord {
  std::uint32_t shard = 0;
  std::string_view record;  // as append() wrote it
};
// Takes the first from the front.
[[nodiscard]] AddressedRecord take_addressed(std::string_view& bytes);

}  // namespace reckoner
