// How long a row takes on topics: from when its event was to be sent until a reader at read_committed has it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/kafka_client.hpp"
#include "connectors/kafka_feed.hpp"
#include "engine/clock.hpp"

namespace reckoner {

struct LiveEvent {
  std::size_t topic = 0;  // in the feed
  std::string_view key;
  std::string_view line;
  std::string_view id;  // that a row names as the event that set it off
};

struct LiveRows {
  std::string topic;
  std::uint32_t partitions = 1;
  std::string key;                     // a field: rows that have it are told apart from those that do not
  std::vector<std::string> id_fields;  // of a row; the first that holds the id of an event says which it is
};

// Nanoseconds, ascending.
struct LiveLatency {
  std::vector<std::int64_t> with_key;
  std::vector<std::int64_t> without_key;
};

// Sends the events at a steady rate, whatever becomes of them, and reads the rows meanwhile, until none has come for three seconds. An event that
// could not be sent in time counts from when it should have been.
[[nodiscard]] Result<LiveLatency> measure_live_latency(Clock& clock, KafkaFeed& feed, KafkaClient& reader, const LiveRows& rows,
                                                       std::span<const LiveEvent> events, std::uint32_t events_per_second);

// "104 rows: p50 31.5 ms, p90 ..."
[[nodiscard]] std::string latency_text(const std::vector<std::int64_t>& times_ns);

}  // namespace reckoner
