#include "app/kafka_marks.hpp"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <memory>
#include <optional>
#include <span>
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

// A partition on its way to its first record: all of them are asked for before the first is waited for.
struct Look {
  std::uint32_t shard = 0;
  std::string topic;
  OffsetRange range;
  std::unique_ptr<KafkaPartition> records;
};

Result<Look> begin_look(KafkaClient& reader, const std::string& topic, std::uint32_t shard) {
  const auto range = offset_range(reader, topic, static_cast<std::int32_t>(shard));
  if (!range) return std::unexpected(range.error());
  Look look{shard, topic, *range, nullptr};
  if (range->begin == range->end) return look;
  look.records = std::make_unique<KafkaPartition>(reader, topic, static_cast<std::int32_t>(shard));
  if (Result<void> started = look.records->start(range->begin); !started) return std::unexpected(started.error());
  return look;
}

// Nothing when there is no record up to the end.
Result<std::optional<Mark>> first_record(Look& look) {
  const KafkaRecord* found = nullptr;
  for (int waits = 0; look.records && found == nullptr && !look.records->end() && waits < kWaitsMax; ++waits) {
    const auto front = look.records->front(kWaitMs);
    if (!front) return std::unexpected(front.error());
    found = *front;
  }
  if (found == nullptr) return std::optional<Mark>();
  std::string bytes = fmt::format("{}\n", found->timestamp_ms);
  for (const std::optional<std::string_view>& part : {found->key, found->value}) bytes += part ? fmt::format("{}:{}", part->size(), *part) : "-";
  return std::optional(Mark{found->offset, hash_key(bytes)});
}

Error made_again(const std::string& topic, std::uint32_t shard, const std::string& how) {
  return {
      ErrorKind::kData, Retry::kNever,
      fmt::format(
          "{}[{}]: {}: the topic was deleted and made again, and its offsets mean other records than those that the job has read. Restore the topic, "
          "or start a new job with another name, state.dir and outputs",
          topic, shard, how)};
}

// The mark to be kept of a partition; nothing where there is no record yet.
Result<std::optional<Mark>> check(Look& look, const std::optional<Mark>& known) {
  const Result<std::optional<Mark>> read = first_record(look);
  if (!read) return read;
  const std::optional<Mark>& first = *read;
  if (!first || !known) return first ? first : known;
  if (first->offset < known->offset)
    return std::unexpected(
        made_again(look.topic, look.shard, fmt::format("it begins at offset {}, where it began at {} before", first->offset, known->offset)));
  if (first->offset == known->offset && *first != *known)
    return std::unexpected(made_again(look.topic, look.shard, fmt::format("offset {} holds another record than before", known->offset)));
  return first;
}

Result<void> keep_marks(const KafkaGround& ground, std::uint32_t shard, std::span<Look> looks) {
  const std::string path = path_of(shard_directory(ground.file, shard));
  Marks marks;
  if (ground.files->exists(path)) {
    const Result<std::string> text = read_whole(*ground.files, path, kMarksBytesMax);
    if (!text) return std::unexpected(text.error());
    marks = parse(*text);
  }
  const Marks before = marks;
  for (Look& look : looks) {
    const auto known = marks.find(look.topic);
    const auto checked = check(look, known == marks.end() ? std::nullopt : std::optional(known->second));
    if (!checked) return std::unexpected(checked.error());
    if (const std::optional<Mark>& mark = *checked) marks[look.topic] = *mark;
  }
  if (marks == before) return {};
  if (Result<void> made = ground.files->make_directories(shard_directory(ground.file, shard)); !made) return made;
  return write_atomically(*ground.files, path, text_of(marks));
}

}  // namespace

Result<void> check_marks(const KafkaGround& ground, KafkaClient& reader, std::span<const std::uint32_t> shards) {
  std::vector<std::string> topics = ground.topics.inputs;
  if (!ground.topics.repartition.empty()) topics.push_back(ground.topics.repartition);
  std::vector<Look> looks;
  for (const std::uint32_t shard : shards) {
    for (const std::string& topic : topics) {
      auto look = begin_look(reader, topic, shard);
      if (!look) return std::unexpected(look.error());
      looks.push_back(std::move(*look));
    }
  }
  for (std::size_t i = 0; i < shards.size(); ++i) {
    if (Result<void> kept = keep_marks(ground, shards[i], std::span(looks).subspan(i * topics.size(), topics.size())); !kept) return kept;
  }
  return {};
}

}  // namespace reckoner
