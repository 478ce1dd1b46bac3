#include "engine/handed_queues.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/check.hpp"
#include "engine/topic_block.hpp"

namespace reckoner {

HandedQueues::HandedQueues(std::vector<InputId> inputs, InputId first, std::uint32_t shards, std::vector<std::uint32_t> before, bool lists)
    : inputs_(std::move(inputs)),
      first_(first),
      shards_(shards),
      before_(std::move(before)),
      lists_(lists),
      queues_(before_.size() * inputs_of_hop() * shards) {}

void HandedQueues::resume(PartitionId partition, Position next) {
  Queue& queue = queues_.at(place(partition));
  for (const Waiting& waiting : queue.waiting) waiting_bytes_ -= waiting.bytes.size();
  queue = {{}, next.record, next.byte, kNoWatermark};
}

std::uint64_t HandedQueues::resume_from() const {
  const auto earlier = [](const Queue& left, const Queue& right) { return left.next < right.next; };
  return std::min_element(queues_.begin(), queues_.end(), earlier)->next;
}

// Where records are read each sender hands on what one partition has. Later hops begin with what came from all: a sender is as far as the sum of these.
bool HandedQueues::has_ended(PartitionId partition, std::span<const std::vector<std::int64_t>> ends) const {
  std::int64_t end = 0;
  for (std::uint32_t shard = 0; shard < shards_; ++shard) {
    if (before_[hop(partition.input) - 1] == 0 && shard != partition.partition) continue;
    for (const InputId input : inputs_) end += is_of_lists(partition.input) || input == origin(partition.input) ? ends[shard][input] : 0;
  }
  return static_cast<std::int64_t>(queue(partition).told_next) >= end;
}

Result<void> HandedQueues::feed(std::uint64_t number, std::string_view bytes) {
  const Result<HandedRecord> record = decode_handed_record(bytes);
  if (!record) return std::unexpected(record.error());
  const auto known = static_cast<std::size_t>(std::find(inputs_.begin(), inputs_.end(), record->origin.input) - inputs_.begin());
  const std::size_t in_hop = lists_ && record->origin.input == HandedRecord::kLists ? inputs_.size() : known;
  const bool is_of_lists = in_hop == inputs_.size();
  if ((is_of_lists && record->origin.input != HandedRecord::kLists) || record->origin.partition >= shards_ || record->sender >= shards_ ||
      record->hop < 1 || record->hop > before_.size()) {
    return fail(
        ErrorKind::kCorruption,
        fmt::format("a record of input number {} and shard {} was handed on by shard {} in hop {}, where {} shards hand on {} inputs in {} hops",
                    record->origin.input, record->origin.partition, record->sender, record->hop, shards_, inputs_.size(), before_.size()));
  }
  const PartitionId partition{static_cast<InputId>(first_ + (record->hop - 1U) * inputs_of_hop() + in_hop), record->sender};
  Queue& queue = queues_[place(partition)];
  if (number < queue.next) return {};
  queue.waiting.push_back({number, std::string(bytes)});
  if (record->key_kinds == 0 && !record->adds) queue.told_next = record->record;
  if (!record->adds) queue.told_watermark_ms = record->watermark_ms;
  waiting_bytes_ += bytes.size();
  return {};
}

bool HandedQueues::take(PartitionId partition, std::size_t bytes, RecordBlock& block) {
  Queue& queue = queues_.at(place(partition));
  if (queue.waiting.empty()) return false;
  block.clear();
  block.partition = {origin(partition.input), partition.partition};
  block.first = {queue.waiting.front().number, 0};
  while (!queue.waiting.empty() && block.text_bytes < bytes) {
    const Waiting waiting = std::move(queue.waiting.front());
    queue.waiting.pop_front();
    waiting_bytes_ -= waiting.bytes.size();
    const Result<HandedRecord> record = decode_handed_record(waiting.bytes);
    RECKONER_CHECK(record.has_value(), "a record that was fed: {}", record.error().text);
    append_handed_record(block, *record, waiting.number + 1);
    queue.next = waiting.number + 1;
  }
  end_topic_block(block);
  block.next_record = queue.next;
  block.next_byte = queue.told_next;
  return true;
}

}  // namespace reckoner
