#include "app/kafka_placement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "app/input_decoder.hpp"
#include "connectors/kafka_partition.hpp"
#include "connectors/kafka_topics.hpp"
#include "engine/key.hpp"
#include "engine/topic_block.hpp"
#include "operators/handing_on.hpp"

namespace reckoner {

namespace {

constexpr std::int64_t kNewest = 500;  // records of a partition

struct Place {
  std::size_t input = 0;
  std::uint32_t partition = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};
using Places = std::map<std::string, std::vector<Place>>;  // of keys, each place once

class PlacementSample {
 public:
  explicit PlacementSample(const KafkaLook& job) : job_(job) {}

  Result<void> read(std::size_t input);
  [[nodiscard]] const Places& places() const { return places_; }
  [[nodiscard]] std::uint64_t records() const { return records_; }

 private:
  Result<void> read_partition(std::size_t input, std::uint32_t partition, KeyedBlock& block) const;
  void note(std::size_t input, std::uint32_t partition, const KeyedBlock& block);

  const KafkaLook& job_;
  Places places_;
  std::uint64_t records_ = 0;
};

// Not an input that has no such key.
Result<void> PlacementSample::read(std::size_t input) {
  const Schema& schema = job_.plan->inputs[input].schema;
  std::vector<std::uint32_t> fields;
  std::uint64_t wanted = 0;
  for (const std::string& name : driver_key(*job_.plan)) {
    const auto field = schema.find(name);
    if (!field) return {};
    fields.push_back(static_cast<std::uint32_t>(*field));
    wanted |= std::uint64_t{1} << *field;
  }
  const auto decoder = make_input_decoder(job_.file, schema, nullptr);
  if (!decoder) return std::unexpected(decoder.error());
  const auto scratch = (*decoder)->make_scratch();
  for (std::uint32_t partition = 0; partition < job_.log.shards; ++partition) {
    KeyedBlock block;
    if (Result<void> read = read_partition(input, partition, block); !read) return read;
    if (block.records.text_bytes == 0) continue;
    (*decoder)->decode(block.records, wanted, *scratch);
    block.keys.resize(1);
    block.composed.resize(1);
    make_keys(block, 0, schema, fields);
    note(input, partition, block);
  }
  return {};
}

Result<void> PlacementSample::read_partition(std::size_t input, std::uint32_t partition, KeyedBlock& block) const {
  const std::string& topic = job_.topics.inputs[input];
  const auto range = offset_range(*job_.client, topic, static_cast<std::int32_t>(partition));
  if (!range) return std::unexpected(range.error());
  KafkaPartition records(*job_.client, topic, static_cast<std::int32_t>(partition));
  std::int64_t left = kNewest;  // more may have come meanwhile
  const auto read = read_to_end(records, std::max(range->begin, range->end - kNewest), [&](const KafkaRecord& record) -> Result<void> {
    if (left-- <= 0) return {};
    TopicRecord& appended = append_topic_record(block.records, record.key, record.value, record.timestamp_ms);
    records.append_headers(block.records.topic_text);
    appended.headers.length = static_cast<std::uint32_t>(block.records.topic_text.size()) - appended.headers.offset;
    return {};
  });
  if (!read) return std::unexpected(read.error());
  end_topic_block(block.records);
  return {};
}

void PlacementSample::note(std::size_t input, std::uint32_t partition, const KeyedBlock& block) {
  for (std::uint32_t row = 0; row < block.records.rows; ++row) {
    if (block.records.rejected[row] != 0 || block.keys[0][row].is_absent()) continue;
    ++records_;
    std::vector<Place>& places = places_[std::string(block.key(0, row))];
    const Place place{input, partition};
    if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(place);
  }
}

// Of two inputs, or one and itself.
struct Pair {
  std::uint64_t keys = 0;   // that both have
  std::uint64_t apart = 0;  // of them, in different partitions
  std::string example;      // of these
  Place one;
  Place other;
};
using Pairs = std::map<std::pair<std::size_t, std::size_t>, Pair>;

void compare(const std::string& key, std::vector<Place> places, Pairs& pairs) {
  std::sort(places.begin(), places.end());
  std::map<std::pair<std::size_t, std::size_t>, std::optional<std::pair<Place, Place>>> found;
  for (std::size_t i = 0; i < places.size(); ++i) {
    for (std::size_t j = i; j < places.size(); ++j) {
      auto& apart = found[{places[i].input, places[j].input}];
      if (!apart && places[i].partition != places[j].partition) apart = std::pair(places[i], places[j]);
    }
  }
  for (const auto& [inputs, apart] : found) {
    Pair& pair = pairs[inputs];
    ++pair.keys;
    if (!apart || pair.apart++ > 0) continue;
    pair.example = key;
    std::tie(pair.one, pair.other) = *apart;
  }
}

std::string key_text(const std::string& key, std::size_t fields) {
  if (fields == 1) return key;
  std::string_view left = key;
  std::vector<std::string_view> parts;
  parts.reserve(fields);
  for (std::size_t field = 0; field < fields; ++field) parts.push_back(take_key_part(left));
  return fmt::format("({})", fmt::join(parts, ", "));
}

std::string problem_text(const KafkaLook& job, const Pair& pair) {
  const std::vector<std::string>& by = driver_key(*job.plan);
  const std::string& one = job.topics.inputs[pair.one.input];
  const std::string& other = job.topics.inputs[pair.other.input];
  return fmt::format(
      "{} of {} keys that are in {} have records in different partitions, as {} {} in {} of {} and {} of {}: rules see a part of them alone. Write "
      "to all inputs with the same key and the same partitioner (Java's clients: murmur2; librdkafka: partitioner=murmur2_random), and make the "
      "topics anew",
      pair.apart, pair.keys, pair.one.input == pair.other.input ? one : fmt::format("both {} and {}", one, other), fmt::join(by, ", "),
      key_text(pair.example, by.size()), pair.one.partition, one, pair.other.partition, other);
}

}  // namespace

Result<PlacementLook> look_at_placement(const KafkaLook& job) {
  PlacementSample sample(job);
  for (std::size_t input = 0; input < job.topics.inputs.size(); ++input) {
    if (Result<void> read = sample.read(input); !read) return std::unexpected(read.error());
  }
  PlacementLook look{sample.records(), sample.places().size(), {}};
  Pairs pairs;
  for (const auto& [key, places] : sample.places()) compare(key, places, pairs);
  for (const auto& [inputs, pair] : pairs) {
    if (pair.apart > 0) look.problems.push_back(problem_text(job, pair));
  }
  return look;
}

}  // namespace reckoner
