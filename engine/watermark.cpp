#include "engine/watermark.hpp"

#include <algorithm>

#include "engine/check.hpp"

namespace reckoner {

namespace {

constexpr std::int64_t kReleased = std::numeric_limits<std::int64_t>::max();

// Of those that are known.
std::int64_t least_known(const std::vector<std::int64_t>& watermarks) {
  std::int64_t least = kReleased;
  for (const std::int64_t watermark : watermarks) {
    if (watermark != kNoWatermark) least = std::min(least, watermark);
  }
  return least;
}

}  // namespace

Watermarks::Watermarks(std::vector<std::int64_t> bounds_ms, std::vector<std::vector<InputId>> groups)
    : inputs_(bounds_ms.size()), groups_(std::move(groups)), groups_of_(bounds_ms.size()), group_watermarks_(groups_.size(), kNoWatermark) {
  for (std::size_t input = 0; input < bounds_ms.size(); ++input) {
    inputs_[input].told = bounds_ms[input] == kTold;
    inputs_[input].bound_ms = std::max<std::int64_t>(bounds_ms[input], 0);
  }
  for (std::size_t group = 0; group < groups_.size(); ++group) {
    for (const InputId input : groups_[group]) groups_of_[input].push_back(group);
  }
}

void Watermarks::add_partition(PartitionId id) {
  Input& input = inputs_[id.input];
  RECKONER_CHECK(id.partition >= input.promises.size(), "partition {} after {}", id.partition, input.promises.size());
  input.promises.resize(id.partition, kReleased);
  input.promises.push_back(kNoWatermark);
  input.known.resize(input.promises.size(), kNoWatermark);
  if (input.promises.size() == 1 || input.promises[input.least] > kNoWatermark) input.least = id.partition;
}

void Watermarks::set(PartitionId id, std::int64_t high_ms, std::int64_t head_ms, bool released) {
  Input& input = inputs_[id.input];
  const std::int64_t known = std::max(high_ms, head_ms);
  const std::int64_t promise = released ? kReleased : known == kNoWatermark ? kNoWatermark : known - input.bound_ms;
  std::int64_t& held = input.promises[id.partition];
  const bool tells = input.told && released && input.known[id.partition] != known;
  input.known[id.partition] = known;
  if (held == promise && !tells) return;
  const bool was_least = input.least == id.partition;
  held = promise;
  if (was_least) {
    input.least = static_cast<std::size_t>(std::min_element(input.promises.begin(), input.promises.end()) - input.promises.begin());
  } else if (promise < input.promises[input.least]) {
    input.least = id.partition;
  }
  raise(input);
  update_groups(id.input);
}

void Watermarks::raise(Input& input) {
  std::int64_t least = input.promises[input.least];
  if (least == kReleased && input.told) least = least_known(input.known);
  if (least != kReleased) input.watermark = std::max(input.watermark, least);
}

// An input all of whose partitions are released holds no group back; a group of such inputs alone stays where it is, unless they are told.
std::int64_t Watermarks::least_of(const std::vector<InputId>& group) const {
  std::int64_t least = kReleased;
  std::vector<std::int64_t> told;
  for (const InputId member : group) {
    const Input& input = inputs_[member];
    const bool silent = input.promises.empty() || input.promises[input.least] == kReleased;
    if (!silent) least = std::min(least, input.watermark);
    if (silent && input.told) told.push_back(input.watermark);
  }
  return told.size() == group.size() ? least_known(told) : least;
}

void Watermarks::update_groups(InputId changed) {
  for (const std::size_t group : groups_of_[changed]) {
    const std::int64_t least = least_of(groups_[group]);
    if (least != kReleased) group_watermarks_[group] = std::max(group_watermarks_[group], least);
  }
}

void Watermarks::flush_to(std::int64_t watermark_ms) {
  for (Input& input : inputs_) {
    if (!input.told) input.watermark = std::max(input.watermark, watermark_ms);
  }
  const auto is_told = [&](InputId input) { return inputs_[input].told; };
  for (std::size_t group = 0; group < groups_.size(); ++group) {
    if (!groups_[group].empty() && std::all_of(groups_[group].begin(), groups_[group].end(), is_told)) continue;
    group_watermarks_[group] = std::max(group_watermarks_[group], watermark_ms);
  }
}

std::vector<std::int64_t> Watermarks::state() const {
  std::vector<std::int64_t> state;
  state.reserve(inputs_.size() + group_watermarks_.size());
  for (const Input& input : inputs_) state.push_back(input.watermark);
  state.insert(state.end(), group_watermarks_.begin(), group_watermarks_.end());
  return state;
}

void Watermarks::restore(std::span<const std::int64_t> state) {
  RECKONER_CHECK(state.size() == inputs_.size() + group_watermarks_.size(), "{} watermarks", state.size());
  for (std::size_t input = 0; input < inputs_.size(); ++input) inputs_[input].watermark = state[input];
  std::copy(state.begin() + static_cast<std::ptrdiff_t>(inputs_.size()), state.end(), group_watermarks_.begin());
}

}  // namespace reckoner
