// Copies of the state: begun at an epoch's end, gathered between rounds, written in the background.
#include <algorithm>
#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "engine/big_endian.hpp"
#include "engine/job.hpp"

namespace reckoner {

namespace {

constexpr std::int64_t kNanosecondsPerMillisecond = 1'000'000;
constexpr std::size_t kEverything = ~std::size_t{0};

}  // namespace

// Three quarters of the time until the next are over: what is made ready then is so before it begins, on a single core as well.
bool Job::checkpoint_is_near() const {
  const std::int64_t most_ns = settings_.checkpoint_every_ms * kNanosecondsPerMillisecond / 4 * 3;
  return most_ns > 0 && !gathering_ && ports_.clock.monotonic_ns() - last_checkpoint_ns_ > most_ns;
}

// Begins a checkpoint at the end of an epoch, when it is time and the one before is written.
void Job::maybe_checkpoint(bool final) {
  if (!last_) return;
  const std::int64_t now = ports_.clock.monotonic_ns();
  const bool at_boundary = open_.steps.empty() && open_.clock.empty();
  const bool due = settings_.checkpoint_every_ms > 0 && now - last_checkpoint_ns_ >= settings_.checkpoint_every_ms * kNanosecondsPerMillisecond;
  if (!final && due && !at_boundary && !gathering_ && !writer_.busy()) commit_epoch();
  if (final && gathering_) gather_rest();
  if (!final && (!due || gathering_ || writer_.busy())) return;
  if (final) writer_.wait();
  if (records_since_checkpoint_ == 0 && header_.record.id == last_->id) return;
  last_checkpoint_ns_ = now;
  records_since_checkpoint_ = 0;
  header_ = {*last_, engine_state(), kPartsUncounted};
  const std::int64_t began = ports_.clock.monotonic_ns();
  ports_.checkpoints.begin();
  portions_.clear();
  for (const auto& shard : shards_) shard->begin_checkpoint();
  if (derived_) shards_[0]->put_derived(derived_->state());
  if (added_) shards_[0]->put_added(added_->state());
  if (order_) order_->begin_checkpoint(shards_[0]->waiting_prefix(), shards_[0]->job_parts());
  if (!final) report_.pauses.add(ports_.clock.monotonic_ns() - began);
  gathering_ = true;
  if (final) gather_rest();
}

void Job::gather_step(std::size_t records_max) {
  if (!gathering_) return;
  const std::int64_t began = ports_.clock.monotonic_ns();
  const bool more = gather(records_max, 0);
  const std::int64_t pause = ports_.clock.monotonic_ns() - began;
  report_.pauses.add(pause);
  report_.stages.gather += pause;
  if (!more) end_gathering();
}

// At the end nothing else waits: what is gathered is written in portions meanwhile, so that it is never all in memory.
void Job::gather_rest() {
  while (gathering_) {
    if (gather(settings_.gather_records, settings_.gather_bytes)) {
      write_portion();
    } else {
      end_gathering();
    }
  }
}

// About so many keys in each thread, and on until all shards together have so many bytes. False when nothing is left.
bool Job::gather(std::size_t records_max, std::size_t bytes_least) {
  const std::size_t turns = (shards_.size() + executor_->threads() - 1) / executor_->threads();  // a thread's shards, one after the other
  const std::size_t of_a_shard = std::max<std::size_t>(records_max / turns, 1);
  std::atomic<bool> more = false;
  executor_->run(shards_.size(), [&](std::size_t shard, std::size_t) {
    bool left = shards_[shard]->gather(of_a_shard);
    while (left && shards_[shard]->ordered_parts().bytes() < bytes_least / shards_.size()) left = shards_[shard]->gather(of_a_shard);
    if (left) more = true;
  });
  // Waiting records are gathered early: a few at a time would be sorted as often.
  if (order_ && order_->gather(bytes_least > 0 ? kEverything : records_max, shards_[0]->job_parts())) more = true;
  return more;
}

void Job::write_portion() {
  writer_.wait();
  portions_.clear();
  for (const auto& shard : shards_) portions_.push_back(shard->take_portion());
  writer_.start([this] { return ports_.checkpoints.add(portions_); });
}

void Job::end_gathering() {
  gathering_ = false;
  const std::int64_t waits = ports_.clock.monotonic_ns();
  committer_.wait();  // only committed epochs are copied
  report_.commit_wait_ns += ports_.clock.monotonic_ns() - waits;
  ++report_.checkpoints;
  parts_.clear();
  if (!portions_.empty()) {
    write_portion();
  } else {
    for (const auto& shard : shards_) {
      parts_.push_back(&shard->ordered_parts());
      parts_.push_back(&shard->early_parts());
    }
  }
  writer_.start([this] {
    Result<void> written = ports_.checkpoints.write(header_, parts_);
    if (!written) return written;
    return ports_.log.forget_before(ports_.checkpoints.oldest_kept());
  });
}

// Stored in checkpoints: do not change. Whether the input was over, the watermarks, the partitions by name.
std::string Job::engine_state() const {
  std::string state;
  append_big_endian(state, static_cast<std::uint8_t>(input_ended_ ? 1 : 0));
  const std::vector<std::int64_t> watermarks = reader_->watermarks().state();
  append_big_endian(state, static_cast<std::uint32_t>(watermarks.size()));
  for (const std::int64_t watermark : watermarks) append_big_endian(state, static_cast<std::uint64_t>(watermark));
  for (const PartitionInfo& info : reader_->partitions()) {
    append_big_endian(state, info.id.input);
    append_big_endian(state, info.id.partition);
    append_big_endian(state, info.prefix_hash);
    append_big_endian(state, info.prefix_bytes);
    append_big_endian(state, static_cast<std::uint8_t>(info.ended ? 1 : 0));
    append_counted(state, info.name);
  }
  return state;
}

void Job::load_engine_state(std::string_view state) {
  input_ended_ = take_big_endian<std::uint8_t>(state) != 0;
  std::vector<std::int64_t> watermarks(take_big_endian<std::uint32_t>(state));
  for (std::int64_t& watermark : watermarks) watermark = static_cast<std::int64_t>(take_big_endian<std::uint64_t>(state));
  std::vector<PartitionInfo> partitions;
  while (!state.empty()) {
    PartitionInfo info;
    info.id.input = take_big_endian<std::uint16_t>(state);
    info.id.partition = take_big_endian<std::uint32_t>(state);
    info.prefix_hash = take_big_endian<std::uint64_t>(state);
    info.prefix_bytes = take_big_endian<std::uint64_t>(state);
    info.ended = take_big_endian<std::uint8_t>(state) != 0;
    info.name = take_counted(state);
    partitions.push_back(std::move(info));
  }
  reader_->add_partitions(partitions);
  reader_->restore(header_.record, watermarks);
  std::vector<std::pair<PartitionId, Position>> next;
  for (const PartitionProgress& progress : reader_->progress()) next.emplace_back(progress.id, progress.next);
  ports_.source.resume(next);
}

}  // namespace reckoner
