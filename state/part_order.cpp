#include "state/part_order.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/check.hpp"
#include "engine/checkpoint_store.hpp"

namespace reckoner {

namespace {

using Shards = std::span<const CheckpointParts* const>;

constexpr std::size_t kPrefixBytes = 16;

std::string_view key_of(Shards shards, const PartReference& reference) {
  const CheckpointParts& parts = *shards[reference.shard];
  return parts.key(parts.parts()[reference.part]);
}

std::size_t common_prefix_bytes(const CheckpointParts& parts) {
  const std::string_view first = parts.key(parts.parts().front());
  std::size_t common = first.size();
  for (const CheckpointParts::Part& part : parts.parts()) {
    const std::string_view key = parts.key(part);
    common = std::min(common, key.size());
    if (std::memcmp(key.data(), first.data(), common) == 0) continue;
    common =
        static_cast<std::size_t>(std::mismatch(key.begin(), key.begin() + static_cast<std::ptrdiff_t>(common), first.begin()).first - key.begin());
  }
  return common;
}

std::uint64_t big_endian(const char* bytes) {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t value = 0;
  std::memcpy(&value, bytes, sizeof(value));
  return __builtin_bswap64(value);
}

// Shorter keys are filled with zeros: they then sort before or equal to what they are a prefix of, and equal ones are compared whole.
void set_prefix(PartReference& reference, std::string_view key) {
  char bytes[kPrefixBytes] = {};
  std::memcpy(bytes, key.data(), std::min(key.size(), kPrefixBytes));
  reference.prefix_high = big_endian(bytes);
  reference.prefix_low = big_endian(bytes + sizeof(std::uint64_t));
}

void append_sorted(std::vector<PartReference>& order, Shards shards, std::uint32_t shard) {
  const CheckpointParts& parts = *shards[shard];
  RECKONER_CHECK(parts.parts().size() <= std::numeric_limits<std::uint32_t>::max(), "{} parts in a shard", parts.parts().size());
  const std::size_t begin = order.size();
  const std::size_t common = common_prefix_bytes(parts);
  for (std::uint32_t index = 0; index < parts.parts().size(); ++index) {
    PartReference reference{.prefix_high = 0, .prefix_low = 0, .shard = shard, .part = index};
    set_prefix(reference, parts.key(parts.parts()[index]).substr(common));
    order.push_back(reference);
  }
  std::sort(order.begin() + static_cast<std::ptrdiff_t>(begin), order.end(), [shards](const PartReference& left, const PartReference& right) {
    if (left.prefix_high != right.prefix_high) return left.prefix_high < right.prefix_high;
    if (left.prefix_low != right.prefix_low) return left.prefix_low < right.prefix_low;
    return key_of(shards, left) < key_of(shards, right);
  });
}

}  // namespace

std::vector<PartReference> parts_in_key_order(Shards shards) {
  std::vector<std::uint32_t> filled;
  std::size_t total = 0;
  for (std::uint32_t shard = 0; shard < shards.size(); ++shard) {
    RECKONER_CHECK(shards[shard] != nullptr, "shard {}", shard);
    if (!shards[shard]->parts().empty()) filled.push_back(shard);
    total += shards[shard]->parts().size();
  }
  const auto any_key = [shards](std::uint32_t shard) { return shards[shard]->key(shards[shard]->parts().front()); };
  std::sort(filled.begin(), filled.end(), [&](std::uint32_t left, std::uint32_t right) { return any_key(left) < any_key(right); });

  const auto by_key = [shards](const PartReference& left, const PartReference& right) { return key_of(shards, left) < key_of(shards, right); };
  std::vector<PartReference> order;
  bool disjoint = true;
  order.reserve(total);
  for (const std::uint32_t shard : filled) {
    const auto middle = static_cast<std::ptrdiff_t>(order.size());
    append_sorted(order, shards, shard);
    // Keys begin with the shard, so as a rule each shard's follow the one's before. Where they do not, all are sorted again.
    const auto at = order.begin() + middle;
    if (middle != 0 && !by_key(*(at - 1), *at)) disjoint = false;
  }
  if (!disjoint) std::sort(order.begin(), order.end(), by_key);
  RECKONER_CHECK(order.size() == total, "{} of {}", order.size(), total);
  return order;
}

}  // namespace reckoner
