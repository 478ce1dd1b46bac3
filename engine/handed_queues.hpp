// The receiving side of an exchange: records that were handed on come through one queue, a topic's partition, and are told apart here by their hop,
// input and sender, so that a reader sees an input for each hop and input, with a partition for each shard; and one more a hop for what rules put into
// lists, where they do. Single-threaded.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.hpp"
#include "engine/handed_record.hpp"
#include "engine/record_block.hpp"
#include "engine/watermark.hpp"

namespace reckoner {

class HandedQueues {
 public:
  // `inputs`: those of which records are handed on; the reader's own numbers for them begin at `first`, hop by hop. `shards` of the job. `before`: for each
  // hop, from 1 on, the one that records come from; 0 = it begins where they are read. `lists`: rules add to some.
  HandedQueues(std::vector<InputId> inputs, InputId first, std::uint32_t shards, std::vector<std::uint32_t> before, bool lists);

  [[nodiscard]] InputId first() const { return first_; }
  [[nodiscard]] std::size_t inputs() const { return queues_.size() / shards_; }  // of the reader
  [[nodiscard]] std::uint32_t shards() const { return shards_; }
  // Of the one for lists that of any input.
  [[nodiscard]] InputId origin(InputId input) const { return is_of_lists(input) ? inputs_.front() : inputs_[place_in_hop(input)]; }
  [[nodiscard]] bool is_of_lists(InputId input) const { return place_in_hop(input) == inputs_.size(); }
  [[nodiscard]] std::uint32_t hop(InputId input) const {
    return static_cast<std::uint32_t>(static_cast<std::size_t>(input - first_) / inputs_of_hop()) + 1;
  }
  [[nodiscard]] bool has(PartitionId partition) const { return partition.input >= first_; }

  // Where reading of a partition goes on: what is fed with an earlier number is dropped, and so is all that waits. Position as in
  // PartitionProgress: the number in the common queue, and of the next record where it is read.
  void resume(PartitionId partition, Position next);
  // The earliest of those.
  [[nodiscard]] std::uint64_t resume_from() const;

  // The record of this number in the common queue, which ascends. kCorruption when it is none.
  [[nodiscard]] Result<void> feed(std::uint64_t number, std::string_view bytes);
  [[nodiscard]] bool is_empty(PartitionId partition) const { return queue(partition).waiting.empty(); }
  [[nodiscard]] std::size_t waiting_bytes() const { return waiting_bytes_; }
  // Whether the sender has told that all is handed on of what is read up to `ends`: [shard][input].
  [[nodiscard]] bool has_ended(PartitionId partition, std::span<const std::vector<std::int64_t>> ends) const;
  // What came with the last record of the partition that was fed; kNoWatermark = none was.
  [[nodiscard]] std::int64_t told_watermark(PartitionId partition) const { return queue(partition).told_watermark_ms; }
  // Those that wait, as a block; false when there are none.
  bool take(PartitionId partition, std::size_t bytes, RecordBlock& block);

 private:
  struct Waiting {
    std::uint64_t number;
    std::string bytes;
  };
  struct Queue {
    std::deque<Waiting> waiting;
    std::uint64_t next = 0;       // number in the common queue
    std::uint64_t told_next = 0;  // how far the sender is (HandedRecord::record)
    std::int64_t told_watermark_ms = kNoWatermark;
  };
  [[nodiscard]] std::size_t inputs_of_hop() const { return inputs_.size() + (lists_ ? 1 : 0); }
  [[nodiscard]] std::size_t place_in_hop(InputId input) const { return static_cast<std::size_t>(input - first_) % inputs_of_hop(); }
  [[nodiscard]] std::size_t place(PartitionId partition) const {
    return std::size_t{static_cast<std::uint16_t>(partition.input - first_)} * shards_ + partition.partition;
  }
  [[nodiscard]] const Queue& queue(PartitionId partition) const { return queues_.at(place(partition)); }

  std::vector<InputId> inputs_;
  InputId first_;
  std::uint32_t shards_;
  std::vector<std::uint32_t> before_;  // [hop - 1]
  bool lists_;
  std::vector<Queue> queues_;  // [hop][input][shard]
  std::size_t waiting_bytes_ = 0;
};

}  // namespace reckoner
