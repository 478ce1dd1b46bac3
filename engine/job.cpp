#include "engine/job.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "engine/check.hpp"
#include "engine/dead_letter.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kDeadLetters = static_cast<std::size_t>(OutputId::kDeadLetters);
constexpr std::int64_t kNanosecondsPerMillisecond = 1'000'000;
// Windows are closed after so many records and at the end of an epoch: places that do not depend on how rounds are cut.
constexpr std::uint64_t kCloseEveryRecords = 16'384;
constexpr std::size_t kCloseRowsAtOnce = 512;
constexpr std::size_t kGathersWhenIdle = 4;  // no record waits for a longer pause then

}  // namespace

Job::Job(JobSettings settings, JobPorts ports, std::unique_ptr<Executor> executor, JobParts parts)
    : settings_(settings),
      ports_(ports),
      executor_(std::move(executor)),
      reader_(std::move(parts.reader)),
      shards_(std::move(parts.shards)),
      order_(std::move(parts.order)),
      write_late_(std::move(parts.write_late)),
      derived_(std::move(parts.derived)),
      added_(std::move(parts.added)),
      exchange_(std::move(parts.exchange)),
      outputs_of_a_shard_(exchange_ ? kHandedOnOutput + 1 : kOutputs),
      outputs_(shards_.size() * outputs_of_a_shard_),
      committer_(settings.background && !settings.commit_at_once, Background::Pace::kPrompt),
      writer_(settings.background, Background::Pace::kUnhurried) {
  const auto& spaces = shards_.at(0)->spaces();
  for (std::size_t kind = 0; kind < spaces.size(); ++kind) {
    const KeySpaceShape& shape = spaces[kind]->shape();
    levels_ = std::max(levels_, shape.level + 1);
    lent_places_ = std::max(lent_places_, shape.lent_places);
    if (shape.idle) continue;
    if (shape.has_time) deciding_groups_.push_back(shape.watermark_groups.at(0));
    KindSet& kinds = shape.derived ? of_derived_ : shape.ordered ? in_order_ : as_read_;
    kinds = static_cast<KindSet>(kinds | 1U << kind);
  }
  RECKONER_CHECK((in_order_ != 0) == (order_ != nullptr), "key kinds in order of event time: {:b}", in_order_);
  RECKONER_CHECK((of_derived_ != 0) <= (derived_ != nullptr), "key kinds of derived records: {:b}", of_derived_);
}

Job::~Job() = default;

Result<void> Job::run(const std::atomic<bool>& stop) {
  began_ns_ = ports_.clock.monotonic_ns();
  last_checkpoint_ns_ = began_ns_;
  try {
    run_live(stop);
    committer_.wait();
    writer_.wait();
  } catch (const EpochFailure& failure) {
    return std::unexpected(failure.error());
  }
  report_.elapsed_ns = ports_.clock.monotonic_ns() - began_ns_;
  return {};
}

void Job::run_live(const std::atomic<bool>& stop) {
  nothing_since_ns_ = began_ns_;
  epoch_began_ns_ = began_ns_;
  while (!over_ && !stop.load(std::memory_order_relaxed)) {
    const bool read = look();
    if (epoch_is_full() || !read) commit_epoch();
    maybe_checkpoint(false);
    if (watch_ != nullptr) take_change();
    if (read || over_) continue;
    if (!settings_.until_end && flush_idle()) commit_epoch();
    ports_.clock.sleep_ms(settings_.poll_ms);
  }
  commit_epoch();
  report_.reading_ns = ports_.clock.monotonic_ns() - began_ns_;
  note_left_out();
  maybe_checkpoint(true);
}

void Job::note_left_out() {
  report_.left_out = derived_ ? derived_->left_out() : std::vector<std::string>();
  const std::vector<std::string> of_lists = added_ ? added_->left_out() : std::vector<std::string>();
  report_.left_out.insert(report_.left_out.end(), of_lists.begin(), of_lists.end());
}

// Reads and works on one round of what is there.
bool Job::look() {
  discover();
  if (!settings_.until_end) reader_->limit_future(ports_.clock.wall_ms() + settings_.max_skew_ms);
  refresh_limits();
  if (!settings_.until_end) release_idle();
  const bool read = read_step(limits_);
  if (!read) gather_step(settings_.gather_records * kGathersWhenIdle);  // else done after the round
  if (exchange_ && order_ && settings_.until_end && !read) end_hops();
  if (exchange_) tell_others(read);
  over_ = settings_.until_end && !read && limits_are_settled();
  if (over_ && !input_ended_) end_input();
  return read;
}

void Job::take_change() {
  const std::optional<RuleSetChange> change = or_end_epoch(watch_->look(ports_.clock.monotonic_ns()));
  if (!change) return;
  commit_epoch();
  decide_by(change->plan_hash);
  change->take();
}

void Job::decide_by(std::uint64_t plan_hash) {
  RECKONER_CHECK(open_.steps.empty() && open_.clock.empty(), "another rule set within an epoch");
  settings_.plan_hash = plan_hash;
}

void Job::end_input() {
  const std::int64_t last = reader_->highest_event_time_of_all();
  if (last != kNoWatermark) apply({ClockDecisionKind::kEndOfInput, epoch_records_, {}, last});
}

Result<bool> Job::advance() {
  if (began_ns_ == 0) began_ns_ = last_checkpoint_ns_ = nothing_since_ns_ = epoch_began_ns_ = ports_.clock.monotonic_ns();
  try {
    const bool read = look();
    if (!settings_.until_end) flush_idle();  // also where others' records were read
    return read;
  } catch (const EpochFailure& failure) {
    return std::unexpected(failure.error());
  }
}

Result<void> Job::end_epoch_here() {
  try {
    commit_epoch();
    maybe_checkpoint(false);
  } catch (const EpochFailure& failure) {
    return std::unexpected(failure.error());
  }
  return {};
}

void Job::discover() {
  const std::int64_t now = ports_.clock.monotonic_ns();
  if (next_discovery_ns_ != 0 && (settings_.until_end || now < next_discovery_ns_)) return;
  next_discovery_ns_ = now + settings_.discover_every_ms * kNanosecondsPerMillisecond;
  std::vector<PartitionInfo> fresh = std::exchange(found_, {});
  std::vector<PartitionInfo> known = reader_->partitions();
  known.insert(known.end(), fresh.begin(), fresh.end());
  const std::vector<PartitionInfo> more = or_end_epoch(ports_.source.discover(known));
  fresh.insert(fresh.end(), more.begin(), more.end());
  reader_->add_partitions(fresh);
  open_.new_partitions.insert(open_.new_partitions.end(), fresh.begin(), fresh.end());
  if (!fresh.empty()) limits_.clear();
}

// Everything of partitions that have ended can be read in one step; what a growing one has is looked at each round.
void Job::refresh_limits() {
  if (limits_.empty() || !limits_are_settled()) limits_ = reader_->available();
}

bool Job::limits_are_settled() const {
  return std::all_of(limits_.begin(), limits_.end(), [](const ReadLimit& limit) { return limit.until_record == ReadLimit::kUnlimited; });
}

// A partition that had nothing to read for long lets event time go on without it, as a decision that a replay repeats. One whose records wait
// for other partitions is not silent.
void Job::release_idle() {
  const std::int64_t now = ports_.clock.monotonic_ns();
  silent_since_ns_.resize(limits_.size(), now);
  for (std::size_t i = 0; i < limits_.size(); ++i) {
    const PartitionProgress& progress = reader_->progress(limits_[i].id);
    if (limits_[i].until_record != progress.next.record) silent_since_ns_[i] = now;
    if (reader_->is_handed_on(limits_[i].id.input)) continue;  // who reads it knows
    if (progress.released || now - silent_since_ns_[i] < settings_.idle_after_ms * kNanosecondsPerMillisecond) continue;
    apply({ClockDecisionKind::kReleaseIdle, epoch_records_, limits_[i].id, 0});
  }
}

// When every input is silent for long, event time goes on with the clock: once an epoch's time. Whether it did.
bool Job::flush_idle() {
  const std::int64_t now = ports_.clock.monotonic_ns();
  const std::int64_t silent_ns = now - nothing_since_ns_;
  if (silent_ns < settings_.idle_after_ms * kNanosecondsPerMillisecond || now < next_flush_ns_) return false;
  const std::int64_t high = reader_->highest_event_time();
  if (high == kNoWatermark) return false;
  next_flush_ns_ = now + settings_.epoch.time_max_ms * kNanosecondsPerMillisecond;
  apply({ClockDecisionKind::kFlushIdle, epoch_records_, {}, high + silent_ns / kNanosecondsPerMillisecond});
  return true;
}

// One round of what there is to read. Steps over the same limits are one step in the decision record.
bool Job::read_step(const std::vector<ReadLimit>& limits) {
  const std::uint64_t left = settings_.epoch.records_max - std::min(settings_.epoch.records_max, epoch_records_);
  stage_began_ns_ = ports_.clock.monotonic_ns();
  if (!reader_->next(limits, std::min(left, records_until_close()), round_)) {
    for (const PartitionId ended : reader_->take_ended()) apply({ClockDecisionKind::kEnded, epoch_records_, ended, 0});
    return false;
  }
  if (open_.steps.empty() || open_.steps.back().limits != limits) open_.steps.push_back({limits, 0});
  open_.steps.back().records += round_.rows.size();
  end_stage(&StageTimes::read);
  process_round();
  note_read();
  if (progress_) progress_({report_.records, reader_->highest_event_time(), ports_.clock.monotonic_ns() - began_ns_});
  return true;
}

// Records that others hand on may come for ever while this shard's own inputs are silent.
void Job::note_read() {
  std::uint64_t own = round_.rows.size();
  if (exchange_) {
    own = 0;
    for (std::size_t row = 0; row < round_.rows.size(); ++row) own += round_.handed_on(row) == nullptr ? 1U : 0U;
  }
  report_.records += own;
  report_.handed_on += round_.rows.size() - own;
  if (own > 0) nothing_since_ns_ = ports_.clock.monotonic_ns();
}

void Job::process_round() {
  epoch_records_ += round_.rows.size();
  records_since_checkpoint_ += round_.rows.size();
  input_ended_ = false;
  stage_began_ns_ = ports_.clock.monotonic_ns();
  screen_round();
  route(round_, as_read_);
  process_shards();
  reader_->account(round_);
  write_dead_letters();
  check_rejects();
  end_stage(&StageTimes::outputs);
  const bool closes = records_until_close() == kCloseEveryRecords;
  if (closes) close_portion(std::nullopt);
  if (closes && checkpoint_is_near()) {  // as often, since what else grows needs pages too
    for (const auto& shard : shards_) shard->expect_parts(records_since_checkpoint_ / shards_.size());
  }
  gather_step(settings_.gather_records);
}

// At the end of the input all shards wait for the word of each. It is given in each run, also where nothing was read: who comes back begins where the
// last word of each stands in the common queue, which must not be older than that reaches back.
void Job::tell_others(bool read) {
  const auto is_over = [&](const ReadLimit& limit) { return reader_->is_handed_on(limit.id.input) || limit.until_record == ReadLimit::kUnlimited; };
  const bool at_end = settings_.until_end && !read && std::all_of(limits_.begin(), limits_.end(), is_over);
  while (const std::optional<std::uint32_t> shard = exchange_->due(ports_.clock.monotonic_ns(), *reader_, held_hop(), at_end)) {
    apply({ClockDecisionKind::kTell, epoch_records_, {0, *shard}, 0});
    if (!at_end) break;
  }
}

// What waits to go on from a hop goes when nothing comes there any more, here: the next hops wait for it.
void Job::end_hops() {
  for (std::uint32_t held = held_hop(); held != Exchange::kNothingHeld; held = held_hop()) {
    const auto comes_on = [&](const ReadLimit& limit) { return reader_->hop(limit.id.input) <= held && limit.until_record != ReadLimit::kUnlimited; };
    if (std::any_of(limits_.begin(), limits_.end(), comes_on)) return;
    apply({ClockDecisionKind::kEndOfHop, epoch_records_, {0, held}, 0});
  }
}

// The first hop from which records wait to go on.
std::uint32_t Job::held_hop() const {
  std::uint32_t held = Exchange::kNothingHeld;
  for (std::size_t lane = 0; order_ && lane < order_->lanes(); ++lane) {
    if (order_->lane(lane).hands_on && !order_->is_empty(lane)) held = std::min(held, order_->lane(lane).hop);
  }
  return held;
}

void Job::end_stage(std::int64_t StageTimes::* stage) {
  const std::int64_t now = ports_.clock.monotonic_ns();
  report_.stages.*stage += now - std::exchange(stage_began_ns_, now);
}

std::uint64_t Job::records_until_close() const { return kCloseEveryRecords - reader_->sequence() % kCloseEveryRecords; }

// Closes what is over, a bounded number of rows a shard; false when all of it is closed. A little at a time, so that rows are still in the
// cache when they are hashed and copied to their file.
bool Job::close_portion(std::optional<std::int64_t> end_of_input_ms) {
  std::vector<std::int64_t> watermarks;
  watermarks.reserve(reader_->watermarks().groups());
  for (std::size_t group = 0; group < reader_->watermarks().groups(); ++group) watermarks.push_back(reader_->watermarks().group(group));
  std::atomic<bool> more = true;
  for (std::size_t left = settings_.close_rows_max; more && left > 0;) {
    const std::size_t rows_max = std::min(left, kCloseRowsAtOnce);
    left -= rows_max;
    more = false;
    stage_began_ns_ = ports_.clock.monotonic_ns();
    run_shards(&StageTimes::close, [&](std::size_t shard) {
      if (shards_[shard]->close(watermarks, end_of_input_ms, rows_max)) more = true;
    });
  }
  closing_more_ = more;
  return more;
}

// Runs the shards, each followed by what it wrote: hashed and handed on by the same thread, while the rows are in its cache.
void Job::run_shards(std::int64_t StageTimes::* stage, const std::function<void(std::size_t)>& task) {
  std::vector<Result<void>> collected(shards_.size());
  std::vector<std::int64_t> spent_ns(shards_.size());
  executor_->run(shards_.size(), [&](std::size_t shard, std::size_t) {
    task(shard);
    const std::int64_t began = ports_.clock.monotonic_ns();
    collected[shard] = collect(shard);
    spent_ns[shard] = ports_.clock.monotonic_ns() - began;
  });
  const std::int64_t outputs_ns =
      std::accumulate(spent_ns.begin(), spent_ns.end(), std::int64_t{0}) / static_cast<std::int64_t>(executor_->threads());
  end_stage(stage);
  report_.stages.*stage -= outputs_ns;
  report_.stages.outputs += outputs_ns;
  for (Result<void>& result : collected) or_end_epoch(std::move(result));
}

Result<void> Job::collect(std::size_t shard) {
  for (std::size_t output = 0; output < kOutputs; ++output) {
    Result<void> taken = collect(shard, output, shards_[shard]->output(output), shards_[shard]->output_rows(output));
    if (!taken) return taken;
  }
  shards_[shard]->clear_outputs();
  return {};
}

void Job::write_dead_letters() {
  dead_letters_.clear();
  std::uint64_t rows = 0;
  for (std::size_t row = 0; row < round_.rows.size(); ++row) {
    if (round_.state[row] != RowState::kRejected) continue;
    const RecordBlock& block = round_.block(row).records;
    write_dead_letter(block, round_.rows[row].row, reader_->schema(block.partition.input), dead_letters_);
    ++rows;
  }
  or_end_epoch(collect(0, kDeadLetters, dead_letters_.bytes(), rows));
}

Result<void> Job::collect(std::size_t shard, std::size_t output, std::span<const char> bytes, std::uint64_t rows) {
  if (bytes.empty()) return {};
  OutputState& state = outputs_[shard * outputs_of_a_shard_ + output];
  state.bytes += bytes.size();
  state.rows += rows;
  state.epoch_bytes += bytes.size();
  state.epoch_hash.add(bytes);
  if (suppress_outputs_) return {};
  return ports_.log.append_output(static_cast<std::uint32_t>(shard), static_cast<std::uint16_t>(output), bytes);
}

void Job::apply(const ClockDecision& decision) {
  open_.clock.push_back(decision);
  std::optional<std::int64_t> end_of_input_ms;
  switch (decision.kind) {
    case ClockDecisionKind::kReleaseIdle:
    case ClockDecisionKind::kEnded:
      reader_->release(decision.partition);
      fire_timers();
      break;
    case ClockDecisionKind::kFlushIdle:
      reader_->flush_to(decision.watermark_ms);
      fire_timers();
      break;
    case ClockDecisionKind::kTell:
      RECKONER_CHECK(exchange_ != nullptr, "shard {} is to be told, and nothing is exchanged", decision.partition.partition);
      exchange_->tell(decision.partition.partition, *reader_, held_hop());
      hand_over();
      break;
    case ClockDecisionKind::kEndOfInput:
      end_of_input_ms = decision.watermark_ms;
      input_ended_ = true;
      if (order_) end_order({});
      break;
    case ClockDecisionKind::kEndOfHop:
      RECKONER_CHECK(order_ != nullptr, "hop {} ends, and nothing waits for its turn", decision.partition.partition);
      end_order({decision.partition.partition});
      break;
  }
  if (end_of_input_ms) {
    while (close_portion(end_of_input_ms)) {
    }
  }
}

// What waits for its turn in order of event time has it.
void Job::end_order(const Ending& ending) {
  stage_began_ns_ = ports_.clock.monotonic_ns();
  reader_->stand_still(round_);
  process_shards(&ending);
}

// Those that are due though no record came.
void Job::fire_timers() {
  stage_began_ns_ = ports_.clock.monotonic_ns();
  reader_->stand_still(round_);
  process_shards();
}

bool Job::epoch_has_rows() const {
  return std::any_of(outputs_.begin(), outputs_.end(), [](const OutputState& output) { return output.epoch_bytes > 0; });
}

bool Job::epoch_has_room() const {
  const auto add = [](std::uint64_t sum, const OutputState& output) { return sum + output.epoch_bytes; };
  const std::uint64_t bytes = std::accumulate(outputs_.begin(), outputs_.end(), std::uint64_t{0}, add);
  return epoch_records_ < settings_.epoch.records_max && bytes < settings_.epoch.bytes_max;
}

bool Job::epoch_is_full() const {
  return !epoch_has_room() || ports_.clock.monotonic_ns() - epoch_began_ns_ >= settings_.epoch.time_max_ms * kNanosecondsPerMillisecond;
}

DecisionRecord Job::end_epoch() {
  reader_->settle();
  close_portion(std::nullopt);
  DecisionRecord record = std::move(open_);
  open_ = {};
  record.id = next_id_;
  record.previous = last_id_;
  record.plan_hash = settings_.plan_hash;
  record.sequence = reader_->sequence();
  record.watermark_ms = reader_->watermarks().groups() == 0 ? kNoWatermark : reader_->watermarks().group(0);
  record.future_records = reader_->take_future();
  record.partitions = reader_->progress();
  for (std::uint32_t shard = 0; shard < shards_.size(); ++shard) {
    ShardSection section{shard, {}};
    for (std::size_t output = 0; output < outputs_of_a_shard_; ++output) {
      OutputState& state = outputs_[shard * outputs_of_a_shard_ + output];
      section.outputs.push_back({static_cast<std::uint16_t>(output), state.bytes, state.rows, state.epoch_bytes == 0 ? 0 : state.epoch_hash.value()});
      state.epoch_bytes = 0;
      state.epoch_hash.reset();
    }
    record.sections.push_back(std::move(section));
  }
  last_id_ = record.id;
  next_id_ = {record.id.owner, record.id.epoch + 1};
  last_ = record;
  epoch_records_ = 0;
  epoch_began_ns_ = ports_.clock.monotonic_ns();
  return record;
}

bool Job::epoch_is_open() const {
  return !open_.steps.empty() || !open_.clock.empty() || !open_.new_partitions.empty() || closing_more_ || was_silent();
}

// A log that forgets by age must not forget the last epoch.
bool Job::was_silent() const {
  if (settings_.until_end || settings_.silence_max_ms == 0 || began_ns_ == 0) return false;
  return ports_.clock.monotonic_ns() - epoch_began_ns_ >= settings_.silence_max_ms * kNanosecondsPerMillisecond;
}

void Job::commit_epoch() {
  if (!epoch_is_open()) return;
  const std::int64_t began = ports_.clock.monotonic_ns();
  committer_.start([this, record = end_epoch()] { return ports_.log.commit(record); });
  report_.commit_wait_ns += ports_.clock.monotonic_ns() - began;
  ++report_.epochs;
}

void Job::check_rejects() const {
  if (report_.records < settings_.rejected_least) return;
  std::uint64_t rejected = 0;
  std::uint64_t read = 0;
  for (const PartitionProgress& partition : reader_->progress()) {
    rejected += partition.counts.records[static_cast<std::size_t>(Bucket::kRejected)];
    read += partition.counts.read;
  }
  if (static_cast<double>(rejected) <= settings_.rejected_share_max * static_cast<double>(read)) return;
  throw EpochFailure({ErrorKind::kData, Retry::kNever,
                      fmt::format("{} of {} records were rejected, more than the {:.0f} % that limits.rejected_share allows; look at the "
                                  "dead_letters output, mend the schema or the "
                                  "input, or raise the limit",
                                  rejected, read, settings_.rejected_share_max * 100)});
}

}  // namespace reckoner
