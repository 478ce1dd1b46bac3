#include "connectors/kafka_dead_letter.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/check.hpp"
#include "engine/checksum.hpp"
#include "engine/record_headers.hpp"
#include "engine/whole_number.hpp"

namespace reckoner {

namespace {

constexpr std::string_view kConnect = "__connect.errors.";
constexpr std::string_view kStreams = "__streams.errors.";
constexpr std::string_view kOwn = "reckoner.";
constexpr std::string_view kMark = "reckoner.replayed";
constexpr std::size_t kAdded = 18;  // headers of a dead letter behind those of the rejected record

void add(HeaderList& headers, std::string_view prefix, std::string_view name, std::string value) {
  headers.emplace_back(fmt::format("{}{}", prefix, name), std::move(value));
}

void add_errors(HeaderList& headers, const DeadLetter& letter, const DeadLetterOrigin& origin) {
  const auto topic = origin.topics.find(letter.input);
  RECKONER_CHECK(topic != origin.topics.end(), "a dead letter of input {}", letter.input);
  const std::size_t own = headers.size();
  const std::string partition = fmt::format("{}", letter.partition);
  const std::string offset = fmt::format("{}", letter.record);
  for (const std::string_view prefix : {kConnect, kStreams}) {
    add(headers, prefix, "topic", topic->second);
    add(headers, prefix, "partition", partition);
    add(headers, prefix, "offset", offset);
  }
  add(headers, kConnect, "stage", letter.stage);
  add(headers, kConnect, "class.name", "reckoner");
  add(headers, kConnect, "exception.class.name", letter.code);
  add(headers, kConnect, "exception.message", letter.message);
  add(headers, kStreams, "exception", letter.code);
  add(headers, kStreams, "message", letter.message);
  add(headers, kOwn, "job", origin.job);
  add(headers, kOwn, "rule_set", fmt::format("{:016x}", origin.rule_set));
  add(headers, kOwn, "input", letter.input);
  add(headers, kOwn, "field", letter.field);
  add(headers, kOwn, "timestamp", letter.timestamp_ms ? fmt::format("{}", *letter.timestamp_ms) : std::string());
  add(headers, kOwn, "id", fmt::format("{:016x}", checksum(fmt::format("{}/{}/{}", topic->second, partition, offset))));
  RECKONER_CHECK(headers.size() == own + kAdded, "{} headers were added", headers.size() - own);
}

// The value of the last header of that name: of those that were added here, whatever the rejected record had itself.
std::string text_of(std::string_view headers, std::string_view prefix, std::string_view name) {
  const std::optional<RecordHeader> header = find_header(headers, fmt::format("{}{}", prefix, name));
  return header && header->value ? std::string(*header->value) : std::string();
}

std::optional<std::string> copy_of(std::optional<std::string_view> bytes) {
  if (!bytes) return std::nullopt;
  return std::string(*bytes);
}

}  // namespace

KafkaOutgoing make_dead_letter(std::string_view row, const DeadLetterOrigin& origin, std::size_t topic, std::int32_t partition) {
  std::optional<DeadLetter> letter = read_dead_letter_row(row);
  RECKONER_CHECK(letter.has_value(), "a row of {} bytes is no dead letter", row.size());
  KafkaOutgoing record;
  record.topic = topic;
  record.partition = partition;
  record.key = std::move(letter->key);
  record.value = std::move(letter->value);
  record.headers = std::move(letter->headers);
  add_errors(record.headers, *letter, origin);
  return record;
}

std::optional<DeadLetter> read_dead_letter(std::optional<std::string_view> key, std::optional<std::string_view> value, std::string_view headers) {
  const std::optional<std::int64_t> partition = whole_number(text_of(headers, kConnect, "partition"));
  const std::optional<std::int64_t> offset = whole_number(text_of(headers, kConnect, "offset"));
  if (!partition || !offset) return std::nullopt;
  DeadLetter letter;
  letter.input = text_of(headers, kOwn, "input");
  letter.partition = static_cast<std::uint32_t>(*partition);
  letter.record = static_cast<std::uint64_t>(*offset);
  letter.stage = text_of(headers, kConnect, "stage");
  letter.code = text_of(headers, kConnect, "exception.class.name");
  letter.field = text_of(headers, kOwn, "field");
  letter.message = text_of(headers, kConnect, "exception.message");
  letter.key = copy_of(key);
  letter.value = copy_of(value);
  letter.timestamp_ms = whole_number(text_of(headers, kOwn, "timestamp"));
  RecordHeaders all(headers);
  while (const std::optional<RecordHeader> header = all.next()) letter.headers.emplace_back(std::string(header->name), copy_of(header->value));
  if (letter.headers.size() < kAdded) return std::nullopt;
  letter.headers.resize(letter.headers.size() - kAdded);
  return letter;
}

KafkaOutgoing make_replay_mark(const OffsetRanges& replayed, std::size_t topic, std::int32_t partition) {
  std::string text;
  for (const auto& [first, last] : replayed) text += fmt::format("{}{}-{}", text.empty() ? "" : ",", first, last);
  KafkaOutgoing record;
  record.topic = topic;
  record.partition = partition;
  record.headers.emplace_back(std::string(kMark), std::move(text));
  return record;
}

std::optional<OffsetRanges> read_replay_mark(std::string_view headers) {
  const std::optional<RecordHeader> mark = find_header(headers, kMark);
  if (!mark || !mark->value) return std::nullopt;
  OffsetRanges ranges;
  std::string_view rest = *mark->value;
  while (!rest.empty()) {
    const std::string_view range = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(range.size() + 1, rest.size()));
    const std::size_t dash = range.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const std::optional<std::int64_t> first = whole_number(range.substr(0, dash));
    const std::optional<std::int64_t> last = whole_number(range.substr(dash + 1));
    if (!first || !last) return std::nullopt;
    ranges.emplace_back(*first, *last);
  }
  return ranges;
}

}  // namespace reckoner
