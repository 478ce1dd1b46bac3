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

// All times are nanoseconds of the machine's monotonic clock.
struct LiveLatency {
  struct Row {
    std::int64_t due = 0;   // when its event was to be sent
    std::int64_t seen = 0;  // when the reader had it
    bool has_key = false;
    std::string trigger;  // the event's input, partition and offset, as the row has it; empty = it does not
  };
  // All records of a partition up to this one are in the brokers: that was heard then.
  struct Delivery {
    std::int64_t heard = 0;
    std::size_t topic = 0;  // in the feed
    std::int32_t partition = 0;
    std::int64_t offset = 0;
  };
  std::vector<Row> rows;  // in the order in which they were seen
  std::vector<Delivery> deliveries;
};

// Sends the events at a steady rate, whatever becomes of them, and reads the rows meanwhile, until none has come for three seconds. An event that
// could not be sent in time counts from when it should have been.
[[nodiscard]] Result<LiveLatency> measure_live_latency(Clock& clock, KafkaFeed& feed, KafkaClient& reader, const LiveRows& rows,
                                                       std::span<const LiveEvent> events, std::uint32_t events_per_second);

// "104 rows: p50 31.5 ms, p90 ...", of the rows that have the key, or do not.
[[nodiscard]] std::string latency_text(std::span<const LiveLatency::Row> rows, bool has_key);

}  // namespace reckoner
