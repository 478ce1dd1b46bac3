// Puts the parts of all shards in key order, without touching their bytes more than once: what is compared is a 16-byte prefix that lies
// beside the reference, taken after the bytes that a shard's keys all begin with.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/checkpoint_store.hpp"

namespace reckoner {

struct PartReference {
  std::uint64_t prefix_high = 0;
  std::uint64_t prefix_low = 0;
  std::uint32_t shard = 0;  // index in the span given
  std::uint32_t part = 0;   // index in that shard's parts()
};

[[nodiscard]] std::vector<PartReference> parts_in_key_order(std::span<const CheckpointParts* const> shards);

}  // namespace reckoner
