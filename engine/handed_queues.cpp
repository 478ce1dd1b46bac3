#include "engine/handed_queues.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/check.hpp"
#include "engine/topic_block.hpp"

namespace reckoner {

HandedQueues::HandedQueues(std::vector<InputId> inputs, InputId first, std::uint32_t shards)
    : inputs_(std::move(inputs)), first_(first), shards_(shards), queues_(inputs_.size() * shards) {}

void HandedQueues::resume(PartitionId partition, Position next) {
  Queue& queue = queues_.at(place(partition));
  for (const Waiting& waiting : queue.waiting) waiting_bytes_ -= waiting.bytes.size();
  queue = {{}, next.record, next.byte, kNoWatermark};
}

std::uint64_t HandedQueues::resume_from() const {
  const auto earlier = [](const Queue& left, const Queue& right) { return left.next < right.next; };
  return std::min_element(queues_.begin(), queues_.end(), earlier)->next;
}

Result<void> HandedQueues::feed(std::uint64_t number, std::string_view bytes) {
  const Result<HandedRecord> record = decode_handed_record(bytes);
  if (!record) return std::unexpected(record.error());
  const auto input = std::find(inputs_.begin(), inputs_.end(), record->origin.input);
  if (input == inputs_.end() || record->origin.partition >= shards_) {
    return fail(ErrorKind::kCorruption, fmt::format("a record of input number {} and shard {} was handed on, where {} shards hand on {} inputs",
                                                    record->origin.input, record->origin.partition, shards_, inputs_.size()));
  }
  const PartitionId partition{static_cast<InputId>(first_ + (input - inputs_.begin())), record->origin.partition};
  Queue& queue = queues_[place(partition)];
  if (number < queue.next) return {};
  queue.waiting.push_back({number, std::string(bytes)});
  queue.told_next = record->key_kinds == 0 ? record->record : record->record + 1;
  queue.told_watermark_ms = record->watermark_ms;
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
