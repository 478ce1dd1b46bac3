// Puts the parts of all lists in key order, without touching their bytes more than once: what is compared is a 16-byte prefix that lies
// beside the reference, taken after the bytes that the lists' keys all begin with. A list that is in order already is not sorted.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/checkpoint_store.hpp"

namespace reckoner {

struct PartReference {
  std::uint64_t prefix_high = 0;
  std::uint64_t prefix_low = 0;
  const CheckpointParts::Part* part = nullptr;
};

[[nodiscard]] std::vector<PartReference> parts_in_key_order(std::span<const CheckpointParts* const> lists);

}  // namespace reckoner
