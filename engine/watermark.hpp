// How far event time has come, per input and per group of inputs, moved only by records and recorded decisions.
//
// A partition promises: no more records earlier than its highest event time minus the out-of-orderness bound. Reading is aligned by event
// time, so a partition whose next record is known to be at h also promises h minus the bound. A partition that has ended, or was released as
// idle by a recorded decision, promises nothing and holds nothing back. The watermark of an input is the least promise of its partitions, that
// of a group the least of its inputs; neither ever goes back. Single-threaded.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "engine/record_block.hpp"

namespace reckoner {

inline constexpr std::int64_t kNoWatermark = std::numeric_limits<std::int64_t>::min() / 4;  // far enough from the edge to subtract windows

class Watermarks {
 public:
  // In place of a bound: what the partitions of the input promise is told as it is, and flush_to() does not concern it, nor groups of such inputs.
  // Where all of them are released, it goes on to the least that was told: by whoever is silent there and goes on with the clock.
  static constexpr std::int64_t kTold = -1;
  // `bounds_ms` by input; `groups` of inputs.
  Watermarks(std::vector<std::int64_t> bounds_ms, std::vector<std::vector<InputId>> groups);

  void add_partition(PartitionId id);  // in order of number, by input; one that is left out holds nothing back
  // What is known of a partition: highest event time of records read (kNoWatermark = none), event time of its next record (kNoWatermark =
  // unknown), and whether it is released.
  void set(PartitionId id, std::int64_t high_ms, std::int64_t head_ms, bool released);
  // A recorded decision for a job whose inputs are all idle.
  void flush_to(std::int64_t watermark_ms);
  // What a checkpoint keeps: the watermarks of inputs, then of groups.
  [[nodiscard]] std::vector<std::int64_t> state() const;
  void restore(std::span<const std::int64_t> state);

  [[nodiscard]] std::int64_t input(InputId input) const { return inputs_[input].watermark; }
  [[nodiscard]] std::int64_t group(std::size_t group) const { return group_watermarks_[group]; }
  [[nodiscard]] std::size_t groups() const { return groups_.size(); }
  [[nodiscard]] const std::vector<InputId>& inputs_of(std::size_t group) const { return groups_[group]; }

 private:
  struct Input {
    std::int64_t bound_ms = 0;
    bool told = false;
    std::int64_t watermark = kNoWatermark;
    std::vector<std::int64_t> promises;  // by partition; kReleased = holds nothing back
    std::vector<std::int64_t> known;     // of a told input: what each partition told last, released or not
    std::size_t least = 0;               // the partition that holds the input back
  };

  static void raise(Input& input);
  [[nodiscard]] std::int64_t least_of(const std::vector<InputId>& group) const;
  void update_groups(InputId changed);

  std::vector<Input> inputs_;
  std::vector<std::vector<InputId>> groups_;
  std::vector<std::vector<std::size_t>> groups_of_;  // by input
  std::vector<std::int64_t> group_watermarks_;
};

}  // namespace reckoner
