// What a walk of the model is given: how much may happen, and which bug is planted.
#pragma once

#include <array>
#include <cstdint>

#include "protocol/planted_bugs.hpp"
#include "protocol/state.hpp"

namespace reckoner::protocol {

struct Bounds {
  std::uint8_t epochs = 3;          // with outputs, of a shard
  std::uint8_t log_partitions = 1;  // 1: both shards share one. 2: each has its own
  bool late_markers = true;         // a committed record becomes readable later than the commit; else in the same step
  bool coarse = false;              // steps of an instance that follow each other are taken as one (steps.cpp)
  std::uint8_t instances = kInstances;
  std::uint8_t shards = kShards;
  std::array<std::uint8_t, kInstances> slot_of = {0, 1, 2};  // two instances with one slot: a second process with the same identity
  FaultsLeft faults;
};

struct Rules {
  Bounds bounds;
  PlantedBug bug = PlantedBug::kNone;

  [[nodiscard]] bool has(PlantedBug planted) const { return bug == planted; }
  [[nodiscard]] std::uint8_t partition_of(std::uint8_t shard) const { return bounds.log_partitions == 1 ? std::uint8_t{0} : shard; }
};

}  // namespace reckoner::protocol
