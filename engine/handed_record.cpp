#include "engine/handed_record.hpp"

#include "engine/big_endian.hpp"
#include "engine/check.hpp"
#include "engine/topic_block.hpp"

namespace reckoner {

namespace {

// docs/formats.md describes the form. Do not change it: add a version.
constexpr std::uint8_t kVersion = 2;
constexpr std::uint8_t kFirstHopAlone = 1;  // the version before: without hop, sender and what is lent
constexpr std::uint8_t kReleased = 1;
constexpr std::uint8_t kHasKey = 2;
constexpr std::uint8_t kAdds = 4;
constexpr std::size_t kHopBytes = 1 + 4 + 4;
constexpr std::size_t kFixedBytes = 1 + 1 + 2 + 4 + 8 + 2 + 8 + 8 + 4 + 4;  // of both versions, in front of key, headers and value

}  // namespace

void append(std::string& bytes, const HandedRecord& record) {
  append_big_endian(bytes, kVersion);
  append_big_endian(bytes, static_cast<std::uint8_t>((record.released ? kReleased : 0) | (record.key ? kHasKey : 0) | (record.adds ? kAdds : 0)));
  append_big_endian(bytes, record.origin.input);
  append_big_endian(bytes, record.origin.partition);
  append_big_endian(bytes, record.record);
  append_big_endian(bytes, record.key_kinds);
  append_big_endian(bytes, static_cast<std::uint64_t>(record.watermark_ms));
  append_big_endian(bytes, static_cast<std::uint64_t>(record.timestamp_ms));
  append_big_endian(bytes, record.hop);
  append_big_endian(bytes, record.sender);
  const std::string_view key = record.key.value_or(std::string_view{});
  append_big_endian(bytes, static_cast<std::uint32_t>(key.size()));
  append_big_endian(bytes, static_cast<std::uint32_t>(record.headers.size()));
  append_big_endian(bytes, static_cast<std::uint32_t>(record.lent.size()));
  bytes += key;
  bytes += record.headers;
  bytes += record.lent;
  bytes += record.value;
}

Result<HandedRecord> decode_handed_record(std::string_view bytes) {
  const auto refuse = [](std::string_view why) {
    return fail(ErrorKind::kCorruption, std::string("a record that was handed on between shards ") + std::string(why));
  };
  if (bytes.size() < kFixedBytes) return refuse("ends too early");
  const auto version = take_big_endian<std::uint8_t>(bytes);
  if (version != kVersion && version != kFirstHopAlone) return refuse("is of another version; run the version that wrote it");
  if (version == kVersion && bytes.size() + 1 < kFixedBytes + kHopBytes) return refuse("ends too early");
  HandedRecord record;
  const auto flags = take_big_endian<std::uint8_t>(bytes);
  record.released = (flags & kReleased) != 0;
  record.adds = (flags & kAdds) != 0;
  record.origin.input = take_big_endian<std::uint16_t>(bytes);
  record.origin.partition = take_big_endian<std::uint32_t>(bytes);
  record.record = take_big_endian<std::uint64_t>(bytes);
  record.key_kinds = take_big_endian<std::uint16_t>(bytes);
  record.watermark_ms = static_cast<std::int64_t>(take_big_endian<std::uint64_t>(bytes));
  record.timestamp_ms = static_cast<std::int64_t>(take_big_endian<std::uint64_t>(bytes));
  record.hop = version == kVersion ? take_big_endian<std::uint8_t>(bytes) : std::uint8_t{1};
  record.sender = version == kVersion ? take_big_endian<std::uint32_t>(bytes) : record.origin.partition;
  const std::size_t key_bytes = take_big_endian<std::uint32_t>(bytes);
  const std::size_t header_bytes = take_big_endian<std::uint32_t>(bytes);
  const std::size_t lent_bytes = version == kVersion ? take_big_endian<std::uint32_t>(bytes) : 0;
  if (key_bytes + header_bytes + lent_bytes > bytes.size()) return refuse("ends inside its key, headers or what it was lent");
  if ((flags & kHasKey) != 0) record.key = bytes.substr(0, key_bytes);
  record.headers = bytes.substr(key_bytes, header_bytes);
  record.lent = bytes.substr(key_bytes + header_bytes, lent_bytes);
  record.value = bytes.substr(key_bytes + header_bytes + lent_bytes);
  return record;
}

HandedRecord record_as_read(const RecordBlock& block, std::uint32_t row) {
  HandedRecord record;
  record.origin = block.origin(row);
  record.record = block.record(row);
  if (!block.handed_on.empty()) {
    record.hop = block.handed_on[row].hop;
    record.lent = block.beside(block.handed_on[row].lent);
  }
  if (block.topic_records.empty()) {
    record.value = block.raw(row);
    return record;
  }
  const TopicRecord& topic_record = block.topic_records[row];
  record.timestamp_ms = topic_record.timestamp_ms;
  if (topic_record.has_key) record.key = block.beside(topic_record.key);
  record.headers = block.beside(topic_record.headers);
  record.value = block.string(topic_record.value);
  return record;
}

void append_handed_record(RecordBlock& block, const HandedRecord& record, std::uint64_t next) {
  const bool is_record = record.key_kinds != 0;
  TopicRecord& appended = append_topic_record(block, record.key, is_record ? std::optional(record.value) : std::nullopt, record.timestamp_ms);
  block.topic_text.insert(block.topic_text.end(), record.headers.begin(), record.headers.end());
  appended.headers.length = static_cast<std::uint32_t>(record.headers.size());
  const TextRef lent{static_cast<std::uint32_t>(block.topic_text.size()), static_cast<std::uint32_t>(record.lent.size())};
  block.topic_text.insert(block.topic_text.end(), record.lent.begin(), record.lent.end());
  block.handed_on.push_back(
      {record.record, next, record.watermark_ms, record.origin.partition, lent, record.key_kinds, record.hop, record.released, record.adds});
}

void append_addressed(std::string& bytes, std::uint32_t shard, const HandedRecord& record) {
  append_big_endian(bytes, shard);
  const std::size_t length_at = bytes.size();
  append_big_endian(bytes, std::uint32_t{0});
  append(bytes, record);
  store_big_endian(bytes.data() + length_at, static_cast<std::uint32_t>(bytes.size() - length_at - sizeof(std::uint32_t)));
}

AddressedRecord take_addressed(std::string_view& bytes) {
  AddressedRecord taken;
  taken.shard = take_big_endian<std::uint32_t>(bytes);
  const auto length = take_big_endian<std::uint32_t>(bytes);
  RECKONER_CHECK(length <= bytes.size(), "a record of {} bytes in {}", length, bytes.size());
  taken.record = bytes.substr(0, length);
  bytes.remove_prefix(length);
  return taken;
}

}  // namespace reckoner
