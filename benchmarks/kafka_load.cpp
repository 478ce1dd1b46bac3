// Sends events of the seed workload to a topic at a steady rate, and says how long the rows of another topic take that name them.
//   kafka_load BROKERS INPUT OUTPUT PARTITIONS EVENTS_PER_SECOND SECONDS ACCOUNTS
// Without a rate (0) it sends SECONDS thousand events as fast as it can, and measures nothing.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "app/generate_seed.hpp"
#include "app/live_latency.hpp"
#include "app/row_text.hpp"
#include "connectors/system_clock.hpp"
#include "engine/check.hpp"

namespace reckoner {
namespace {

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

int run(char** words) {
  const auto number = [&](int word) { return std::strtoull(words[word], nullptr, 10); };
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
  std::vector<LiveEvent> events;
  events.reserve(seed.events);
  for (std::string_view left = text; !left.empty(); left.remove_prefix(left.find('\n') + 1)) {
    const std::string_view line = left.substr(0, left.find('\n'));
    events.push_back({0, member(line, "account_id"), line, member(line, "event_id")});
  }
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
  const LiveRows rows{words[3], static_cast<std::uint32_t>(number(4)), "account_id", {"event_id"}};
  fmt::print("{}\n", latency_text(must(measure_live_latency(clock, *feed, *reader, rows, events, rate)).with_key));
  return 0;
}

}  // namespace
}  // namespace reckoner

int main(int count, char** words) {
  if (count != 8) return 2;
  return reckoner::run(words);
}
