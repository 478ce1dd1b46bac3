// Which key kinds look at their records in order of event time, and in how many orders: those that lend facts to each other share one.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/event_time_order.hpp"
#include "engine/job.hpp"
#include "operators/plan.hpp"

namespace reckoner {

// A bit each for the key kinds of an order, by lowest key kind; empty = all key kinds look at records as they are read.
[[nodiscard]] std::vector<KindSet> orders_of(const Plan& plan);

// The key kinds that a key kind shares its order with, itself among them.
[[nodiscard]] KindSet order_of(const Plan& plan, std::size_t key_kind);

// Null when there are none. `waiting_max`: records of an order.
[[nodiscard]] std::unique_ptr<EventTimeOrder> build_event_time_order(const Plan& plan, std::uint64_t waiting_max);

// The rows of records that are late for an order. Takes copies of what it needs.
[[nodiscard]] WriteLate make_write_late(const Plan& plan);

}  // namespace reckoner
