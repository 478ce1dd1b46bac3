// How long an alert takes on topics: from when its event was to be sent until a reader at read_committed has it.
#pragma once

#include <cstdint>
#include <span>

#include "app/demo_data.hpp"
#include "app/kafka_look.hpp"
#include "connectors/kafka_feed.hpp"
#include "engine/clock.hpp"

namespace reckoner {

// Sends the events at a steady rate, whatever becomes of them, reads the alerts meanwhile, and prints percentiles: of alerts by the topics' own key,
// and of those by others, which take two transactions. An event that could not be sent in time counts from when it should have been.
[[nodiscard]] Result<void> show_live_latency(Clock& clock, KafkaFeed& feed, const KafkaLook& job, std::span<const DemoEvent> events,
                                             std::uint32_t events_per_second);

}  // namespace reckoner
