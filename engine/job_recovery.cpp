// Coming back: newest usable checkpoint, then the recorded epochs since, executed again and compared.
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "engine/check.hpp"
#include "engine/job.hpp"

namespace reckoner {

namespace {

std::string progress_text(const PartitionProgress& progress) {
  return fmt::format("at record {} (byte {}), event time {}{}, {} read", progress.next.record, progress.next.byte,
                     progress.started ? fmt::to_string(progress.high_ms) : "none", progress.released ? ", released" : "", progress.counts.read);
}

}  // namespace

Result<std::optional<std::uint64_t>> Job::recover() {
  std::optional<std::uint64_t> other_rule_set;
  try {
    const std::optional<DecisionRecord> newest = or_end_epoch(ports_.log.recover());
    restore_checkpoint();
    if (!newest) return other_rule_set;
    const EpochId from = last_id_;
    std::vector<PartitionInfo> named;
    read_log(from, [&](const DecisionRecord& record) { named.insert(named.end(), record.new_partitions.begin(), record.new_partitions.end()); });
    learn_partitions(named);
    suppress_outputs_ = true;
    read_log(from, [&](const DecisionRecord& record) {
      if (!other_rule_set && record.plan_hash != settings_.plan_hash) other_rule_set = record.plan_hash;
      if (!other_rule_set) replay(record);
    });
    reader_->end_as_in({});
    reader_->future_as_in({});
    suppress_outputs_ = false;
    next_id_ = {last_id_.owner + 1, last_id_.epoch + 1};
  } catch (const EpochFailure& failure) {
    return std::unexpected(failure.error());
  }
  return other_rule_set;
}

Result<void> Job::checkpoint() {
  try {
    maybe_checkpoint(true);
    writer_.wait();
  } catch (const EpochFailure& failure) {
    return std::unexpected(failure.error());
  }
  return {};
}

// Every committed record after `after`; after {0, 0} every one there ever was, since nothing else tells the state.
void Job::read_log(EpochId after, const std::function<void(const DecisionRecord&)>& visit) {
  Result<void> read = ports_.log.read(after, [&](const DecisionRecord& record) -> Result<void> {
    visit(record);
    return {};
  });
  if (!read && after == EpochId{}) read.error().text = "no checkpoint is usable, and " + read.error().text;
  or_end_epoch(std::move(read));
}

// The source keeps the numbers of partitions that the log names; what it finds besides waits for the first live epoch.
void Job::learn_partitions(const std::vector<PartitionInfo>& named) {
  std::vector<PartitionInfo> known = reader_->partitions();
  for (const PartitionInfo& info : named) {
    if (std::none_of(known.begin(), known.end(), [&](const PartitionInfo& other) { return other.id == info.id; })) known.push_back(info);
  }
  found_ = or_end_epoch(ports_.source.discover(known));
}

void Job::restore_checkpoint() {
  const auto is_committed = [&](const DecisionRecord& record) { return or_end_epoch(ports_.log.holds(record)); };
  const auto load = [this](std::string_view key, std::string_view value) -> Result<void> {
    const std::uint32_t shard = Shard::number_in(key);
    if (shard >= shards_.size())
      return fail(ErrorKind::kConfiguration, fmt::format("the checkpoint has a shard {} where the job has {}", shard, shards_.size()));
    const std::optional<std::string_view> waiting = Shard::waiting_name(key);
    RECKONER_CHECK(!waiting || order_, "records wait for an order that no key kind asks for");
    if (waiting)
      order_->load(*waiting, value);
    else
      shards_[shard]->load(key, value);
    return {};
  };
  const auto restored = or_end_epoch(ports_.checkpoints.restore(is_committed, load, report_.warnings));
  if (!restored) return;
  header_ = *restored;
  for (const auto& shard : shards_) shard->finish_load();
  if (const std::string& part = shards_[0]->derived_part(); derived_ && !part.empty()) derived_->restore(part);
  if (const std::string& part = shards_[0]->added_part(); added_ && !part.empty()) added_->restore(part);
  if (order_) order_->finish_load(*reader_);
  last_id_ = header_.record.id;
  last_ = header_.record;
  for (const ShardSection& section : header_.record.sections) {
    for (const OutputProgress& output : section.outputs) {
      OutputState& state = outputs_.at(section.shard * outputs_of_a_shard_ + output.output);
      state.bytes = output.bytes;
      state.rows = output.rows;
    }
  }
  load_engine_state(header_.engine_state);
}

void Job::replay(const DecisionRecord& record) {
  if (record.previous != last_id_) {
    throw EpochFailure(
        {ErrorKind::kCorruption, Retry::kNever,
         fmt::format("epoch {} follows epoch {}, but the state is at epoch {}", record.id.epoch, record.previous.epoch, last_id_.epoch)});
  }
  next_id_ = record.id;
  reader_->add_partitions(record.new_partitions);
  open_.new_partitions = record.new_partitions;
  reader_->end_as_in(record.partitions);
  reader_->future_as_in(record.future_records);
  auto decision = record.clock.begin();
  const auto apply_due = [&] {
    for (; decision != record.clock.end() && decision->records <= epoch_records_; ++decision) apply(*decision);
  };
  for (const ReadStep& step : record.steps) {
    std::uint64_t left = step.records;
    open_.steps.push_back({step.limits, 0});
    while (left > 0) {
      apply_due();
      std::uint64_t most = std::min(left, records_until_close());
      if (decision != record.clock.end()) most = std::min(most, decision->records - epoch_records_);
      if (!reader_->next(step.limits, most, round_)) {
        throw EpochFailure(
            {ErrorKind::kCorruption, Retry::kNever,
             fmt::format("epoch {} read {} records more than its input has now: an input file was shortened or taken away", record.id.epoch, left)});
      }
      left -= round_.rows.size();
      open_.steps.back().records += round_.rows.size();
      process_round();
      report_.replayed_records += round_.rows.size();
    }
  }
  apply_due();
  compare(record, end_epoch());
  ++report_.replayed_epochs;
}

void Job::compare(const DecisionRecord& recorded, const DecisionRecord& again) const {
  if (recorded == again) return;
  std::string difference = "what was read";
  if (recorded.steps == again.steps && recorded.clock == again.clock) difference = "the watermark";
  for (std::size_t i = 0; i < recorded.partitions.size() && i < again.partitions.size(); ++i) {
    if (recorded.partitions[i] == again.partitions[i]) continue;
    const PartitionId id = recorded.partitions[i].id;
    difference = fmt::format("partition {} of input {}, which was {} and is {}", id.partition, id.input, progress_text(recorded.partitions[i]),
                             progress_text(again.partitions[i]));
  }
  for (std::size_t shard = 0; shard < recorded.sections.size() && shard < again.sections.size(); ++shard) {
    if (recorded.sections[shard] == again.sections[shard]) continue;
    difference = fmt::format("the outputs of shard {}", shard);
  }
  throw EpochFailure(
      {ErrorKind::kInternal, Retry::kNever,
       fmt::format(
           "replaying epoch {} (owner {}) gave another result, in {}. Nothing was changed. Keep the state directory and the input, and report this; "
           "a new state directory starts from the beginning of the input",
           recorded.id.epoch, recorded.id.owner, difference)});
}

}  // namespace reckoner
