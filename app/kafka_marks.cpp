#include "app/kafka_marks.hpp"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "connectors/kafka_partition.hpp"
#include "connectors/kafka_topics.hpp"
#include "engine/key.hpp"

namespace reckoner {

namespace {

constexpr std::uint64_t kMarksBytesMax = 1U << 20U;
constexpr int kWaitMs = 100;
constexpr int kWaitsMax = 100;  // for a record or the end

struct Mark {
  std::int64_t offset = 0;
  std::uint64_t hash = 0;
  friend bool operator==(const Mark&, const Mark&) = default;
};
using Marks = std::map<std::string, Mark, std::less<>>;  // by topic

std::string path_of(const std::string& directory) { return join_path(directory, "topic-marks"); }

// A line each: offset, hash and topic. What cannot be read marks nothing.
Marks parse(std::string_view text) {
  Marks marks;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    Mark mark;
    const char* const end = line.data() + line.size();
    const auto offset = std::from_chars(line.data(), end, mark.offset);
    if (offset.ec != std::errc{} || offset.ptr == end) continue;
    const auto hash = std::from_chars(offset.ptr + 1, end, mark.hash, 16);
    if (hash.ec != std::errc{} || hash.ptr == end) continue;
    marks[std::string(hash.ptr + 1, end)] = mark;
  }
  return marks;
}

std::string text_of(const Marks& marks) {
  std::string text;
  for (const auto& [topic, mark] : marks) text += fmt::format("{} {:016x} {}\n", mark.offset, mark.hash, topic);
  return text;
}

// The first record from an offset on; nothing when there is none up to the end.
Result<std::optional<Mark>> record_at(KafkaClient& reader, const std::string& topic, std::uint32_t partition, std::int64_t offset) {
  KafkaPartition records(reader, topic, static_cast<std::int32_t>(partition));
  if (Result<void> started = records.start(offset); !started) return std::unexpected(started.error());
  const KafkaRecord* found = nullptr;
  for (int waits = 0; found == nullptr && !records.end() && waits < kWaitsMax; ++waits) {
    const auto front = records.front(kWaitMs);
    if (!front) return std::unexpected(front.error());
    found = *front;
  }
  if (found == nullptr) return std::optional<Mark>();
  const KafkaRecord& record = *found;
  std::string bytes = fmt::format("{}\n", record.timestamp_ms);
  for (const std::optional<std::string_view>& part : {record.key, record.value}) bytes += part ? fmt::format("{}:{}", part->size(), *part) : "-";
  return std::optional(Mark{record.offset, hash_key(bytes)});
}

Error made_again(const std::string& topic, std::uint32_t shard, const std::string& how) {
  return {
      ErrorKind::kData, Retry::kNever,
      fmt::format(
          "{}[{}]: {}: the topic was deleted and made again, and its offsets mean other records than those that the job has read. Restore the topic, "
          "or start a new job with another name, state.dir and outputs",
          topic, shard, how)};
}

// The mark to be kept of one partition; nothing where there is no record yet.
Result<std::optional<Mark>> check(KafkaClient& reader, const std::string& topic, std::uint32_t shard, const std::optional<Mark>& known) {
  const auto range = offset_range(reader, topic, static_cast<std::int32_t>(shard));
  if (!range) return std::unexpected(range.error());
  if (known && range->begin < known->offset && range->end > range->begin) {
    const auto earlier = record_at(reader, topic, shard, range->begin);
    if (!earlier) return earlier;
    if (*earlier && (*earlier)->offset < known->offset)
      return std::unexpected(
          made_again(topic, shard, fmt::format("it begins at offset {}, where it began at {} before", (*earlier)->offset, known->offset)));
  }
  if (known && range->begin <= known->offset && known->offset < range->end) {
    const auto now = record_at(reader, topic, shard, known->offset);
    if (!now) return now;
    if (*now && (*now)->offset == known->offset && **now != *known)
      return std::unexpected(made_again(topic, shard, fmt::format("offset {} holds another record than before", known->offset)));
    return known;
  }
  if (range->begin == range->end) return known;
  return record_at(reader, topic, shard, range->begin);
}

}  // namespace

Result<void> check_marks(const KafkaGround& ground, KafkaClient& reader, std::uint32_t shard) {
  const std::string path = path_of(shard_directory(ground.file, shard));
  Marks marks;
  if (ground.files->exists(path)) {
    const Result<std::string> text = read_whole(*ground.files, path, kMarksBytesMax);
    if (!text) return std::unexpected(text.error());
    marks = parse(*text);
  }
  std::vector<std::string> topics = ground.topics.inputs;
  if (!ground.topics.repartition.empty()) topics.push_back(ground.topics.repartition);
  const Marks before = marks;
  for (const std::string& topic : topics) {
    const auto known = marks.find(topic);
    const auto mark = check(reader, topic, shard, known == marks.end() ? std::nullopt : std::optional(known->second));
    if (!mark) return std::unexpected(mark.error());
    if (*mark) marks[topic] = **mark;
  }
  if (marks == before) return {};
  if (Result<void> made = ground.files->make_directories(shard_directory(ground.file, shard)); !made) return made;
  return write_atomically(*ground.files, path, text_of(marks));
}

}  // namespace reckoner
