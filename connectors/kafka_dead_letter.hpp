// A dead letter as a record of a topic: key, value and headers of the rejected record as they were, and behind them headers that say where it
// stood and why it was rejected, under the names that Kafka Connect and Kafka Streams use too, so that their tools show them. That a dead letter
// was sent to its topic again says another record of the same partition, without key and value: a mark. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/dead_letter_row.hpp"
#include "connectors/kafka_outgoing.hpp"

namespace reckoner {

// Whose dead letters they are.
struct DeadLetterOrigin {
  std::string job;
  std::uint64_t rule_set = 0;                 // hash
  std::map<std::string, std::string> topics;  // by input
};

// To `topic` of a producer's list. `row` is a row of the output dead_letters, as the engine writes it.
[[nodiscard]] KafkaOutgoing make_dead_letter(std::string_view row, const DeadLetterOrigin& origin, std::size_t topic, std::int32_t partition);

// From a record of a topic of dead letters, whose `headers` are packed (engine/record_headers.hpp); nothing when it is none.
[[nodiscard]] std::optional<DeadLetter> read_dead_letter(std::optional<std::string_view> key, std::optional<std::string_view> value,
                                                         std::string_view headers);

// Ranges of offsets in a topic of dead letters, each from first to last.
using OffsetRanges = std::vector<std::pair<std::int64_t, std::int64_t>>;
[[nodiscard]] KafkaOutgoing make_replay_mark(const OffsetRanges& replayed, std::size_t topic, std::int32_t partition);
// Nothing when the record is no mark.
[[nodiscard]] std::optional<OffsetRanges> read_replay_mark(std::string_view headers);

}  // namespace reckoner
