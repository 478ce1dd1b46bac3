#include "state/part_order.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "engine/check.hpp"
#include "engine/checkpoint_store.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kPrefixBytes = 16;

std::size_t common_bytes(std::string_view left, std::string_view right) {
  const std::size_t most = std::min(left.size(), right.size());
  if (std::memcmp(left.data(), right.data(), most) == 0) return most;
  return static_cast<std::size_t>(std::mismatch(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(most), right.begin()).first - left.begin());
}

std::size_t common_prefix_bytes(std::span<const CheckpointParts* const> lists, std::string_view first) {
  std::size_t common = first.size();
  for (const CheckpointParts* list : lists) {
    for (std::size_t i = 0; i < list->size(); ++i) common = common_bytes(first.substr(0, common), CheckpointParts::key(list->part(i)));
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
PartReference reference_to(const CheckpointParts::Part& part, std::size_t common) {
  RECKONER_CHECK(common <= part.key_bytes, "{} common bytes in a key of {}", common, part.key_bytes);
  const std::string_view key = CheckpointParts::key(part).substr(common);
  char bytes[kPrefixBytes] = {};
  std::memcpy(bytes, key.data(), std::min(key.size(), kPrefixBytes));
  return {big_endian(bytes), big_endian(bytes + sizeof(std::uint64_t)), &part};
}

bool precedes(const PartReference& left, const PartReference& right) {
  if (left.prefix_high != right.prefix_high) return left.prefix_high < right.prefix_high;
  if (left.prefix_low != right.prefix_low) return left.prefix_low < right.prefix_low;
  return CheckpointParts::key(*left.part) < CheckpointParts::key(*right.part);
}

}  // namespace

std::vector<PartReference> parts_in_key_order(std::span<const CheckpointParts* const> lists) {
  std::size_t total = 0;
  const CheckpointParts::Part* any = nullptr;
  for (const CheckpointParts* list : lists) {
    RECKONER_CHECK(list != nullptr, "{} lists", lists.size());
    if (any == nullptr && list->size() > 0) any = &list->part(0);
    total += list->size();
  }
  std::vector<PartReference> order;
  if (any == nullptr) return order;
  order.reserve(total);
  const std::size_t common = common_prefix_bytes(lists, CheckpointParts::key(*any));
  for (const CheckpointParts* list : lists) {
    const auto middle = static_cast<std::ptrdiff_t>(order.size());
    for (std::size_t i = 0; i < list->size(); ++i) order.push_back(reference_to(list->part(i), common));
    if (!std::is_sorted(order.begin() + middle, order.end(), precedes)) std::sort(order.begin() + middle, order.end(), precedes);
    if (list->size() == 0) continue;
    // Keys begin with the shard, so as a rule a list follows the ones before it, or lies within the last of them.
    const auto from = std::upper_bound(order.begin(), order.begin() + middle, order[static_cast<std::size_t>(middle)], precedes);
    std::inplace_merge(from, order.begin() + middle, order.end(), precedes);
  }
  RECKONER_CHECK(order.size() == total, "{} of {}", order.size(), total);
  return order;
}

}  // namespace reckoner
