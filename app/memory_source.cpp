#include "app/memory_source.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/check.hpp"

namespace reckoner {

void MemorySource::add(InputId input, std::string_view line) {
  inputs_[input].text.append(line);
  inputs_[input].text += '\n';
  ++inputs_[input].records;
  RECKONER_CHECK(inputs_[input].records <= inputs_[input].announced, "record {} of {}", inputs_[input].records, inputs_[input].announced);
}

Result<std::vector<PartitionInfo>> MemorySource::discover(const std::vector<PartitionInfo>& known) {
  std::vector<PartitionInfo> fresh;
  for (std::size_t input = 0; input < inputs_.size(); ++input) {
    const PartitionId id{static_cast<InputId>(input), 0};
    if (inputs_[input].records == 0) continue;
    if (std::any_of(known.begin(), known.end(), [&](const PartitionInfo& info) { return info.id == id; })) continue;
    PartitionInfo info;
    info.id = id;
    info.name = fmt::format("input {}", input);
    fresh.push_back(std::move(info));
  }
  return fresh;
}

Result<bool> MemorySource::has_ended(PartitionId partition) {
  const Input& input = inputs_[partition.input];
  return input.records == input.announced;
}

Result<bool> MemorySource::read(PartitionId partition, Position from, std::size_t bytes, RecordBlock& block) {
  const std::string& text = inputs_[partition.input].text;
  if (from.byte >= text.size()) return false;
  const std::size_t least = std::min(static_cast<std::size_t>(from.byte) + std::max<std::size_t>(bytes, 1), text.size());
  const std::size_t end = text.find('\n', least - 1) + 1;
  block.clear();
  block.partition = partition;
  block.first = from;
  block.text.assign(text.begin() + static_cast<std::ptrdiff_t>(from.byte), text.begin() + static_cast<std::ptrdiff_t>(end));
  block.text_bytes = block.text.size();
  block.text.resize(block.text_bytes + kTextPadding);
  block.next_byte = end;
  return true;
}

}  // namespace reckoner
