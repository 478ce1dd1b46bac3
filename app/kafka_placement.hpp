// Whether all records of a key lie in one partition, and in that of the same number in every input: a shard sees no others. Only those who write to the
// topics see to it; a client with another partitioner, another form of key or none puts them apart, and rules would miss records without a word.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/kafka_look.hpp"
#include "engine/error.hpp"

namespace reckoner {

struct PlacementLook {
  std::uint64_t records = 0;          // that were looked at
  std::uint64_t keys = 0;             // in them
  std::vector<std::string> problems;  // one for each two inputs that have keys in different partitions, with an example
};

// Looks at the newest records of each partition of each input.
[[nodiscard]] Result<PlacementLook> look_at_placement(const KafkaLook& job);

}  // namespace reckoner
