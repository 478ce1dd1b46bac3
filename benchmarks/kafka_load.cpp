// Sends events of the seed workload to a topic at a steady rate, and says how long the rows of another topic take that name them.
//   kafka_load BROKERS INPUT OUTPUT PARTITIONS EVENTS_PER_SECOND SECONDS ACCOUNTS [TIMES]
// Without a rate (0) it sends SECONDS thousand events as fast as it can, and measures nothing. The first sixth of the time warms up and does not
// count. TIMES: a file for when each row was to be sent and was seen, and each event was in the brokers (tests/scripts/latency_stages.py):
//   row DUE SEEN INPUT/PARTITION/OFFSET
//   delivered HEARD PARTITION OFFSET
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <vector>

#include "app/generate_seed.hpp"
#include "app/live_latency.hpp"
#include "connectors/system_clock.hpp"
#include "engine/check.hpp"

namespace reckoner {
namespace {

constexpr std::uint32_t kBurstsPerSecond = 1000;

template <typename Value>
Value must(Result<Value> result) {
  if (result) return std::move(*result);
  fmt::print(stderr, "kafka_load: {}\n", result.error().text);
  std::exit(1);
}

std::string_view member(std::string_view line, std::string_view name) {
  const std::string mark = fmt::format("\"{}\":\"", name);
  const std::size_t begin = line.find(mark) + mark.size();
  return line.substr(begin, line.find('"', begin) - begin);
}

std::vector<LiveEvent> events_of(std::string_view lines) {
  std::vector<LiveEvent> events;
  for (std::string_view left = lines; !left.empty(); left.remove_prefix(left.find('\n') + 1)) {
    const std::string_view line = left.substr(0, left.find('\n'));
    events.push_back({0, member(line, "account_id"), line, member(line, "event_id")});
  }
  return events;
}

// As clients send them that batch: what falls into a millisecond goes to one partition, the next one's to the next. Otherwise nearly every event is a
// request of its own, 8,000 a second, and the broker has little time for who is measured. The order within a partition stays.
std::vector<LiveEvent> in_bursts(const std::vector<LiveEvent>& events, std::uint32_t partitions, std::uint32_t rate) {
  std::vector<std::deque<LiveEvent>> waiting(partitions);
  for (const LiveEvent& event : events) waiting[KafkaFeed::partition_of(event.key, partitions)].push_back(event);
  std::vector<LiveEvent> ordered;
  ordered.reserve(events.size());
  for (std::uint32_t turn = 0; ordered.size() < events.size(); ++turn) {
    std::deque<LiveEvent>& queue = waiting[turn % partitions];
    for (std::uint32_t taken = 0; taken < std::max(rate / kBurstsPerSecond, 1U) && !queue.empty(); ++taken) {
      ordered.push_back(queue.front());
      queue.pop_front();
    }
  }
  return ordered;
}

void write_times(const char* path, const LiveLatency& found) {
  std::FILE* const file = std::fopen(path, "we");
  RECKONER_CHECK(file != nullptr, "{} cannot be written", path);
  for (const LiveLatency::Row& row : found.rows) fmt::print(file, "row {} {} {}\n", row.due, row.seen, row.trigger);
  for (const LiveLatency::Delivery& delivery : found.deliveries)
    fmt::print(file, "delivered {} {} {}\n", delivery.heard, delivery.partition, delivery.offset);
  std::fclose(file);
}

int run(int count, char** words) {
  const auto number = [&](int word) { return std::strtoull(words[word], nullptr, 10); };
  const auto partitions = static_cast<std::uint32_t>(number(4));
  const auto rate = static_cast<std::uint32_t>(number(5));
  SeedSettings seed;
  seed.events = rate == 0 ? number(6) * 1000 : rate * number(6);
  seed.accounts = number(7);
  seed.seed = 1;
  std::string text;
  RECKONER_CHECK(generate_seed(seed,
                               [&](std::string_view bytes) -> Result<void> {
                                 text += bytes;
                                 return {};
                               })
                     .has_value(),
                 "{} accounts", seed.accounts);
  const std::vector<LiveEvent> events = events_of(text);
  const KafkaSettings settings = must(make_kafka_settings(words[1], {}));
  const auto feed = must(KafkaFeed::open(settings, {words[2]}));
  if (rate == 0) {
    for (const LiveEvent& event : events) {
      if (const auto sent = feed->send(0, event.key, event.line); !sent) return must<int>(std::unexpected(sent.error()));
    }
    const auto flushed = feed->flush();
    return flushed ? 0 : must<int>(std::unexpected(flushed.error()));
  }
  const auto reader = must(KafkaClient::make(settings, KafkaRole::kReader));
  SystemClock clock;
  const LiveRows rows{words[3], partitions, "account_id", {"event_id"}};
  const std::vector<LiveEvent> bursts = in_bursts(events, partitions, rate);
  LiveLatency found = must(measure_live_latency(clock, *feed, *reader, rows, bursts, rate));
  const auto due = [](const LiveLatency::Row& row) { return row.due; };
  if (!found.rows.empty()) {
    const std::int64_t first = std::ranges::min(found.rows, {}, due).due;
    const std::int64_t warm = first + static_cast<std::int64_t>(number(6)) * 1'000'000'000 / 6;
    std::erase_if(found.rows, [&](const LiveLatency::Row& row) { return row.due < warm; });
  }
  fmt::print("{}\n", latency_text(found.rows, true));
  if (count > 8) write_times(words[8], found);
  return 0;
}

}  // namespace
}  // namespace reckoner

int main(int count, char** words) {
  if (count != 8 && count != 9) return 2;
  return reckoner::run(count, words);
}
