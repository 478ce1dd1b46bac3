#include "support/fake_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/check.hpp"
#include "engine/checksum.hpp"
#include "engine/error.hpp"
#include "engine/record_block.hpp"
#include "engine/source.hpp"

namespace reckoner::testing {

PartitionId FakeSource::add(InputId input, Partition partition) {
  PartitionId id{input, 0};
  while (states_.contains(id)) ++id.partition;
  if (partition.name.empty()) partition.name = fmt::format("{}-{}", id.input, id.partition);
  states_[id].partition = std::move(partition);
  return id;
}

FakeSource::Partition& FakeSource::at(PartitionId id) {
  const auto found = states_.find(id);
  RECKONER_CHECK(found != states_.end(), "no partition {}-{}", id.input, id.partition);
  return found->second.partition;
}

Result<std::vector<PartitionInfo>> FakeSource::discover(const std::vector<PartitionInfo>& known) {
  for (const PartitionInfo& info : known) {
    const auto found = states_.find(info.id);
    if (found == states_.end() || found->second.partition.name != info.name) return fail(ErrorKind::kData, fmt::format("{} is gone", info.name));
    found->second.reported = true;
  }
  std::vector<PartitionInfo> fresh;
  for (auto& [id, state] : states_) {
    if (state.reported || !state.partition.visible) continue;
    state.reported = true;
    const std::string first = state.partition.records.empty() ? "" : state.partition.records.front() + "\n";
    fresh.push_back({id, state.partition.name, checksum(first), first.size(), state.partition.ended});
  }
  return fresh;
}

Result<bool> FakeSource::has_ended(PartitionId partition) { return at(partition).ended; }

Result<bool> FakeSource::read(PartitionId partition, Position from, std::size_t bytes, RecordBlock& block) {
  const Partition& source = at(partition);
  const std::size_t end = std::min(source.available, source.records.size());
  std::uint64_t offset = 0;
  for (std::size_t index = 0; index < std::min<std::size_t>(from.record, source.records.size()); ++index) offset += source.records[index].size() + 1;
  RECKONER_CHECK(offset == from.byte, "{}: record {} begins at byte {}, asked for byte {}", source.name, from.record, offset, from.byte);
  if (from.record >= end) {
    if (!source.failure.empty()) return fail(ErrorKind::kData, source.failure);
    return false;
  }
  std::string text;
  for (std::size_t index = from.record; index < end && (text.empty() || text.size() < bytes); ++index) text += source.records[index] + "\n";
  block.clear();
  block.partition = partition;
  block.first = from;
  block.text.assign(text.begin(), text.end());
  block.text_bytes = text.size();
  block.text.resize(text.size() + kTextPadding);
  block.next_byte = from.byte + text.size();
  return true;
}

}  // namespace reckoner::testing
