#include "engine/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engine/check.hpp"
#include "engine/int128.hpp"
#include "engine/key.hpp"
#include "engine/wide_sum.hpp"

namespace reckoner {

namespace {
constexpr std::int64_t kAtOnce = std::numeric_limits<std::int64_t>::min();  // head time of a record that has none

// The number behind a block's last record.
std::uint64_t end_of(const RecordBlock& records) { return records.next_record != 0 ? records.next_record : records.first.record + records.rows; }

}  // namespace

Reader::Reader(std::vector<ReaderInput> inputs, std::vector<std::vector<InputId>> watermark_groups, std::size_t key_kinds, Source& source,
               Executor& executor, ReaderSettings settings)
    : inputs_(std::move(inputs)),
      key_kinds_(key_kinds),
      source_(source),
      executor_(executor),
      settings_(std::move(settings)),
      watermarks_(
          [&] {
            std::vector<std::int64_t> bounds;
            const std::size_t told = inputs_of_hop() * settings_.hops;
            bounds.reserve(inputs_.size() + told);
            for (const ReaderInput& input : inputs_) bounds.push_back(input.out_of_orderness_ms);
            bounds.resize(inputs_.size() + told, Watermarks::kTold);
            return bounds;
          }(),
          std::move(watermark_groups)),
      partitions_(inputs_.size() + inputs_of_hop() * settings_.hops),
      passed_over_(inputs_.size()) {
  for (std::size_t thread = 0; thread < executor_.threads(); ++thread) {
    scratch_.emplace_back();
    for (const ReaderInput& input : inputs_) scratch_.back().push_back(input.decoder->make_scratch());
  }
}

void Reader::add_partitions(const std::vector<PartitionInfo>& partitions) {
  for (const PartitionInfo& info : partitions) {
    RECKONER_CHECK(info.id.input < partitions_.size(), "input {} of {}", info.id.input, partitions_.size());
    auto& list = partitions_[info.id.input];
    RECKONER_CHECK(info.id.partition >= list.size(), "partition {} after {}", info.id.partition, list.size());
    list.resize(info.id.partition);
    list.push_back(std::make_unique<Partition>());
    list.back()->progress.id = info.id;
    watermarks_.add_partition(info.id);
    infos_.push_back(info);
  }
}

void Reader::restore(const DecisionRecord& record, std::span<const std::int64_t> watermarks) {
  for (const PartitionProgress& progress : record.partitions) {
    Partition& p = partition(progress.id);
    p.progress = progress;
    p.read_from = progress.next;
    p.ahead.clear();
    p.row = 0;
    promise(p, false);
  }
  sequence_ = record.sequence;
  future_ = record.future_records;
  forget_future();
  watermarks_.restore(watermarks);
}

std::vector<ReadLimit> Reader::available() {
  std::vector<ReadLimit> limits;
  const bool all_is_here = or_end_epoch(source_.look_ahead());
  for (const PartitionInfo& info : infos_) {
    Partition& p = partition(info.id);
    ReadLimit limit{info.id, ReadLimit::kUnlimited};
    if (!or_end_epoch(source_.has_ended(info.id))) {
      read_ahead(p);
      limit.until_record = p.ahead.empty() ? p.progress.next.record : end_of(p.ahead.back()->records);
    }
    limits.push_back(limit);
  }
  if (settings_.waits_for_others && all_is_here) wait_for_others(limits);
  return limits;
}

void Reader::read_ahead(Partition& p) {
  p.drained = false;
  p.until = ReadLimit::kUnlimited - 1;  // all there is now, which is not the end
  active_.assign(1, &p);
  fill(settings_.blocks_ahead);
  while (is_of_lists(p.progress.id.input) && fill(p.ahead.size() + 1)) {  // who asks may not come before what was added
  }
}

// Up to what the shard that has come least far told with the last that is read ahead of it, or with the last there is, the merge has all records of a
// hop. Hops do not wait for each other: what is told of one depends on what was read of those before it.
void Reader::wait_for_others(std::vector<ReadLimit>& limits) {
  for (std::uint32_t hop = 1; hop <= settings_.hops; ++hop) wait_for_others(limits, hop);
}

void Reader::wait_for_others(std::vector<ReadLimit>& limits, std::uint32_t of_hop) {
  const auto comes_on = [&](const ReadLimit& limit) { return hop(limit.id.input) == of_hop && limit.until_record != ReadLimit::kUnlimited; };
  if (std::none_of(limits.begin(), limits.end(), comes_on)) return;
  std::int64_t safe = kAnyTime;
  for (ReadLimit& limit : limits) {
    if (hop(limit.id.input) != of_hop) continue;
    Partition& p = partition(limit.id);
    const bool ended = !comes_on(limit);
    // What comes behind its end says nothing new. It may not be read: a replay would find it in an earlier step, where nothing limits it.
    if (ended && p.progress.released && p.ahead.empty()) continue;
    if (ended) read_ahead(p);
    // All of it is read ahead, and nothing follows.
    if (ended && source_.told_watermark(limit.id)) continue;
    safe = std::min(safe, told_ahead(p));
  }
  for (ReadLimit& limit : limits) {
    if (hop(limit.id.input) != of_hop) continue;
    Partition& p = partition(limit.id);
    if (!p.ahead.empty()) limit.until_record = std::min(end_of(p.ahead.back()->records), first_after(p, safe));
  }
}

// Reads on until that is no earlier than the next record, which could not be taken otherwise.
std::int64_t Reader::told_ahead(Partition& p) {
  for (;;) {
    const std::int64_t told = p.progress.started ? p.progress.high_ms : kNoWatermark;
    if (const std::optional<std::int64_t> last = source_.told_watermark(p.progress.id)) return std::max(told, *last);
    if (p.ahead.empty()) return told;
    const std::int64_t ahead = p.ahead.back()->records.handed_on.back().watermark_ms;
    if (ahead >= head_time(p)) return ahead;
    active_.assign(1, &p);
    if (!fill(p.ahead.size() + 1)) return ahead;
  }
}

// Number of the first record read ahead that is later; kUnlimited = none is.
std::uint64_t Reader::first_after(const Partition& p, std::int64_t time) const {
  std::uint32_t row = p.row;
  for (const auto& block : p.ahead) {
    const RecordBlock& records = block->records;
    const std::vector<std::int64_t>& times = records.columns[input_of(p.progress.id).schema.event_time];
    for (; row < records.rows; ++row) {
      if (records.rejected[row] == 0 && times[row] > time) return records.handed_on[row].next - 1;
    }
    row = 0;
  }
  return ReadLimit::kUnlimited;
}

bool Reader::next(const std::vector<ReadLimit>& limits, std::uint64_t records_max, Round& round) {
  begin(round);
  active_.clear();
  ended_.clear();
  for (const ReadLimit& limit : limits) {
    Partition& p = partition(limit.id);
    p.until = limit.until_record;
    p.drained = p.drained && p.until == ReadLimit::kUnlimited;
    active_.push_back(&p);
  }
  records_max = std::min<std::uint64_t>(records_max, settings_.round_rows);
  fill(1);
  while (round.rows.size() < records_max) {
    Partition* p = earliest();
    if (p == nullptr) break;
    if (active_.size() == 1) {
      take_run(*p, records_max - round.rows.size(), round);
      // One thread ends the round with the block, while its text is in the cache; several wait for each other at the end of every round.
      if (p->ahead.empty() && executor_.threads() == 1) break;
      if (p->ahead.empty()) fill(1);
    } else {
      take(*p, round);
      if (p->ahead.empty() && p->left() > 0) fill(1);  // no order without a head
    }
  }
  sequence_ += round.rows.size();
  if (!round.rows.empty()) ended_.clear();
  end(round);
  return !round.rows.empty();
}

void Reader::stand_still(Round& round) const {
  begin(round);
  end(round);
}

void Reader::begin(Round& round) const {
  round.clear();
  round.first_sequence = sequence_;
  round.watermark.resize(watermarks_.groups());
  round.late.resize(key_kinds_);
}

void Reader::end(Round& round) const {
  round.watermark_after.clear();
  for (std::size_t group = 0; group < watermarks_.groups(); ++group) round.watermark_after.push_back(watermarks_.group(group));
  for (auto& late : round.late) late.assign(round.rows.size(), 0);
}

// Sees that every active partition has `blocks` decoded blocks, or nothing more to read. Returns whether anything was read.
bool Reader::fill(std::size_t blocks) {
  std::vector<KeyedBlock*> fresh;
  for (Partition* p : active_) {
    if (p->ahead.size() >= blocks || p->drained || p->left() == 0) continue;
    // An empty partition is refilled by several blocks at once, so that the threads have something to share.
    const std::size_t want = std::max(blocks, executor_.threads() > 1 ? settings_.blocks_ahead : 1);
    while (p->ahead.size() < want) {
      auto block = fresh_block();
      if (!or_end_epoch(source_.read(p->progress.id, p->read_from, settings_.block_bytes, block->records))) {
        spare_.push_back(std::move(block));
        p->drained = true;
        break;
      }
      p->read_from.byte = block->records.next_byte;  // a counted record's number is known once this block is decoded
      if (block->records.next_record != 0) p->read_from.record = block->records.next_record;
      fresh.push_back(block.get());
      p->ahead.push_back(std::move(block));
    }
  }
  executor_.run(fresh.size(), [&](std::size_t i, std::size_t thread) { decode(*fresh[i], *scratch_[thread][fresh[i]->records.partition.input]); });
  for (const KeyedBlock* block : fresh) {
    const RecordBlock& records = block->records;
    const bool counted = records.next_record == 0 || !records.handed_on.empty();
    RECKONER_CHECK(counted || records.next_record == records.first.record + records.rows, "{} rows of the records {} to {}", records.rows,
                   records.first.record, records.next_record);
  }
  for (Partition* p : active_) {
    if (p->ahead.empty()) continue;
    for (std::size_t i = 1; i < p->ahead.size(); ++i) {
      const RecordBlock& before = p->ahead[i - 1]->records;
      if (before.next_record == 0) p->ahead[i]->records.first.record = before.first.record + before.rows;
    }
    p->read_from.record = end_of(p->ahead.back()->records);
    while (!p->ahead.empty() && p->ahead.front()->records.rows == 0) p->ahead.pop_front();  // blank lines alone
    if (!p->ahead.empty()) promise(*p, true);
  }
  for (Partition* p : active_) {
    if ((p->ahead.empty() && p->drained) || p->progress.next.record >= p->end) promise(*p, false);
  }
  return !fresh.empty();
}

std::shared_ptr<KeyedBlock> Reader::fresh_block() {
  for (std::size_t i = 0; i < used_.size(); ++i) {
    if (used_[i].use_count() > 1) continue;
    spare_.push_back(std::move(used_[i]));
    used_[i] = std::move(used_.back());
    used_.pop_back();
    break;
  }
  std::shared_ptr<KeyedBlock> block;
  if (spare_.empty()) {
    block = std::make_shared<KeyedBlock>();
  } else {
    block = std::move(spare_.back());
    spare_.pop_back();
  }
  block->records.clear();
  block->key_text.clear();
  block->filtered.clear();
  return block;
}

void Reader::decode(KeyedBlock& block, Decoder::Scratch& scratch) const {
  const ReaderInput& input = inputs_[block.records.partition.input];
  input.decoder->decode(block.records, input.wanted, scratch);
  block.keys.resize(key_kinds_);
  block.composed.resize(key_kinds_);
  for (std::size_t kind = 0; kind < key_kinds_; ++kind) make_keys(block, kind, input.schema, input.key_fields[kind]);
  if (input.filter && block.records.handed_on.empty()) input.filter(block);  // who read them let them through
}

std::int64_t Reader::head_time(const Partition& p) const {
  const RecordBlock& records = p.ahead.front()->records;
  if (records.rejected[p.row] != 0) return kAtOnce;
  return records.columns[input_of(p.progress.id).schema.event_time][p.row];
}

// Looks at the partition's next record, once, before its time counts for anything; returns whether it was rejected.
bool Reader::judge(Partition& p) {
  if (is_handed_on(p.progress.id.input)) return false;  // who read it has
  if (latest_ms_ == kAnyTime && future_.empty() && future_as_recorded_.empty()) return false;
  RecordBlock& records = p.ahead.front()->records;
  const std::uint64_t record = records.first.record + p.row;
  if (record < p.judged) return false;
  p.judged = record + 1;
  const Field& field = inputs_[p.progress.id.input].schema.fields[inputs_[p.progress.id.input].schema.event_time];
  const std::int64_t time = head_time(p);
  const std::uint64_t position = PackedPosition::pack(p.progress.id, record);
  const bool known = std::find(future_.begin(), future_.end(), position) != future_.end();
  if (!known && !is_future(p, time, position)) return false;
  if (!known) future_.push_back(position);
  const auto place = std::lower_bound(records.rejects.begin(), records.rejects.end(), p.row,
                                      [](const Reject& left, std::uint32_t right) { return left.row < right; });
  records.rejects.insert(place,
                         {p.row, RejectCode::kFutureTime, field.name,
                          fmt::format("{} is further ahead of the clock than max_skew allows; mend the clock of what sent it, or raise max_skew",
                                      to_text(field.type, time))});
  records.rejected[p.row] = 1;
  return true;
}

bool Reader::is_future(const Partition& p, std::int64_t time, std::uint64_t position) const {
  if (std::binary_search(future_as_recorded_.begin(), future_as_recorded_.end(), position)) return true;
  return time > latest_ms_ && (!p.progress.started || time > p.progress.high_ms);
}

std::vector<std::uint64_t> Reader::take_future() {
  std::sort(future_.begin(), future_.end());
  std::vector<std::uint64_t> taken = future_;
  forget_future();
  return taken;
}

// Those that were read.
void Reader::forget_future() {
  std::erase_if(future_,
                [&](std::uint64_t position) { return PackedPosition::record(position) < progress(PackedPosition::partition(position)).next.record; });
}

// The partition whose record comes next; by number of input and partition where times are equal.
Reader::Partition* Reader::earliest() {
  Partition* best = nullptr;
  std::int64_t best_time = 0;
  for (Partition* p : active_) {
    if (!p->has_row()) continue;
    const std::int64_t time = head_time(*p);
    if (best == nullptr || time < best_time || (time == best_time && p->progress.id < best->progress.id)) {
      best = p;
      best_time = time;
    }
  }
  return best;
}

std::uint32_t Reader::block_index(const std::shared_ptr<KeyedBlock>& block, Round& round) {
  const auto known = std::find(round.blocks.begin(), round.blocks.end(), block);
  if (known != round.blocks.end()) return static_cast<std::uint32_t>(known - round.blocks.begin());
  round.blocks.push_back(block);
  return static_cast<std::uint32_t>(round.blocks.size() - 1);
}

// The common case, one partition: a run of its rows without looking at any other.
void Reader::take_run(Partition& p, std::uint64_t records_max, Round& round) {
  const std::shared_ptr<KeyedBlock> block = p.ahead.front();
  const RecordBlock& records = block->records;
  RECKONER_CHECK(records.handed_on.empty(), "records handed on to {} alone", p.progress.id.input);
  const std::uint32_t index = block_index(block, round);
  const std::uint64_t count = std::min({std::uint64_t{records.rows} - p.row, records_max, p.left()});
  const std::int64_t* times = records.columns[inputs_[p.progress.id.input].schema.event_time].data() + p.row;
  const std::size_t first = round.rows.size();
  round.rows.resize(first + count);
  round.state.resize(first + count);
  round.event_time.resize(first + count);
  for (auto& column : round.watermark) column.resize(first + count);
  std::size_t stamped = 0;  // rows that have their watermark: those up to one that raises it have the one before
  const auto stamp_until = [&](std::size_t end) {
    for (std::size_t group = 0; group < round.watermark.size(); ++group) {
      const auto column = round.watermark[group].begin() + static_cast<std::ptrdiff_t>(first);
      std::fill(column + static_cast<std::ptrdiff_t>(stamped), column + static_cast<std::ptrdiff_t>(end), watermarks_.group(group));
    }
    stamped = end;
  };
  for (std::size_t i = 0; i < count; ++i, ++p.row) {
    round.rows[first + i] = {index, p.row};
    const RowState state = state_of(*block, p.row);
    round.state[first + i] = state;
    round.event_time[first + i] = state == RowState::kRejected ? 0 : times[i];
    if (records.rejected[p.row] != 0 || (p.progress.started && times[i] <= p.progress.high_ms)) continue;
    if (judge(p)) {
      round.state[first + i] = RowState::kRejected;
      round.event_time[first + i] = 0;
      continue;
    }
    stamp_until(i + 1);
    see(p, times[i]);
    watermarks_.set(p.progress.id, p.progress.high_ms, kNoWatermark, false);
  }
  stamp_until(count);
  p.progress.next.record = records.first.record + p.row;
  p.progress.released = false;
  leave_row(p);
}

RowState Reader::state_of(const KeyedBlock& block, std::uint32_t row) {
  if (block.records.rejected[row] != 0) return block.records.rejected[row] == 1 ? RowState::kRejected : RowState::kFiltered;
  return !block.filtered.empty() && block.filtered[row] != 0 ? RowState::kFiltered : RowState::kLive;
}

void Reader::see(Partition& p, std::int64_t event_time) {
  if (!p.progress.started || event_time > p.progress.high_ms) p.progress.high_ms = event_time;
  p.progress.started = true;
}

void Reader::take(Partition& p, Round& round) {
  const std::shared_ptr<KeyedBlock> block = p.ahead.front();
  round.rows.push_back({block_index(block, round), p.row});
  for (std::size_t group = 0; group < round.watermark.size(); ++group) round.watermark[group].push_back(watermarks_.group(group));
  const RowState state = state_of(*block, p.row);
  round.state.push_back(state);
  const bool has_time = block->records.rejected[p.row] == 0;
  const std::int64_t time = has_time ? head_time(p) : 0;
  round.event_time.push_back(time);
  if (!block->records.handed_on.empty()) {
    leave_handed_on(p, block->records.handed_on[p.row]);
  } else {
    if (has_time) see(p, time);
    ++p.row;
    p.progress.next.record = block->records.first.record + p.row;
    p.progress.released = false;
    leave_row(p);
  }
  promise(p, true);
}

// The same for one that was handed on: the byte is how far the sender is, as it told.
void Reader::leave_handed_on(Partition& p, const HandedOn& row) {
  const std::uint64_t next = row.key_kinds == 0 && !row.adds ? row.record : p.progress.next.byte;
  if (row.watermark_ms != kNoWatermark) see(p, row.watermark_ms);
  p.progress.next = {row.next, next};
  if (!row.adds) p.progress.released = row.released;
  if (++p.row < p.ahead.front()->records.rows) return;
  used_.push_back(std::move(p.ahead.front()));
  p.ahead.pop_front();
  p.row = 0;
}

// Settles where the partition stands after its last taken row.
void Reader::leave_row(Partition& p) {
  const RecordBlock& records = p.ahead.front()->records;
  if (p.row < records.rows) {
    p.progress.next.byte = records.first.byte + records.row_begin[p.row];
    return;
  }
  p.progress.next.byte = records.next_byte;
  used_.push_back(std::move(p.ahead.front()));
  p.ahead.pop_front();
  p.row = 0;
}

// Tells the watermarks what is known of a partition. Its next record counts only for other partitions' sake; a single one is on its own.
void Reader::promise(Partition& p, bool with_head) {
  const bool at_end = (p.drained && p.ahead.empty()) || p.progress.next.record >= p.end;
  const bool ended = at_end && p.until == ReadLimit::kUnlimited;
  if (ended && !p.progress.released) ended_.push_back(p.progress.id);
  p.progress.released = p.progress.released || ended;
  const std::int64_t high = p.progress.started ? p.progress.high_ms : kNoWatermark;
  std::int64_t head = kNoWatermark;
  if (with_head && active_.size() > 1 && p.has_row()) {
    judge(p);
    const std::vector<HandedOn>& handed_on = p.ahead.front()->records.handed_on;
    head = std::max(handed_on.empty() ? head_time(p) : handed_on[p.row].watermark_ms, kNoWatermark);
  }
  watermarks_.set(p.progress.id, high, head, p.progress.released);
}

void Reader::end_as_in(const std::vector<PartitionProgress>& recorded) {
  for (const PartitionInfo& info : infos_) partition(info.id).end = ReadLimit::kUnlimited;
  for (const PartitionProgress& progress : recorded) {
    if (progress.released) partition(progress.id).end = progress.next.record;
  }
}

void Reader::account(const Round& round) {
  for (std::size_t row = 0; row < round.rows.size();) {
    const std::uint32_t block = round.rows[row].block;
    std::size_t end = row + 1;
    while (end < round.rows.size() && round.rows[end].block == block) ++end;
    account_run(round, row, end);
    row = end;
  }
}

Bucket Reader::bucket_of(const Round& round, std::size_t row) {
  switch (round.state[row]) {
    case RowState::kRejected:
      return Bucket::kRejected;
    case RowState::kFiltered:
      return Bucket::kFiltered;
    case RowState::kDuplicate:
      return Bucket::kDuplicate;
    case RowState::kLive:
      break;
  }
  for (const std::vector<std::uint8_t>& late : round.late) {
    if (late[row] != 0) return Bucket::kLate;
  }
  return Bucket::kProcessed;
}

// Rows [begin, end), of one block.
void Reader::account_run(const Round& round, std::size_t begin, std::size_t end) {
  const RecordBlock& records = round.block(begin).records;
  if (!records.handed_on.empty()) return;  // who read them has counted them
  Conservation& counts = partition(records.partition).progress.counts;
  const std::optional<std::size_t> amount = inputs_[records.partition.input].schema.amount;
  const std::int64_t* const amounts = amount ? records.columns[*amount].data() : nullptr;
  std::array<std::uint64_t, kBuckets> rows{};
  std::array<Int128, kBuckets> sums{};
  for (std::size_t row = begin; row < end; ++row) {
    const Bucket bucket = bucket_of(round, row);
    const auto place = static_cast<std::size_t>(bucket);
    ++rows[place];
    if (amounts == nullptr || bucket == Bucket::kRejected) continue;
    const std::uint32_t at = round.rows[row].row;
    if ((records.present[at] >> *amount & 1U) != 0) sums[place] += amounts[at];
  }
  if (rows[static_cast<std::size_t>(Bucket::kFiltered)] > 0) account_passed_over(round, begin, end);
  counts.read += end - begin;
  for (std::size_t place = 0; place < kBuckets; ++place) {
    counts.records[place] += rows[place];
    add(counts.read_sum, sums[place]);
    add(counts.sums[place], sums[place]);
  }
}

void Reader::account_passed_over(const Round& round, std::size_t begin, std::size_t end) {
  const RecordBlock& records = round.block(begin).records;
  for (std::size_t row = begin; row < end; ++row) {
    const std::uint8_t code = records.rejected[round.rows[row].row];
    if (round.state[row] == RowState::kFiltered && code != 0) ++passed_over_[records.partition.input][code];
  }
}

void Reader::release(PartitionId id) {
  Partition& p = partition(id);
  p.progress.released = true;
  promise(p, false);
}

std::vector<PartitionProgress> Reader::progress() const {
  std::vector<PartitionProgress> all;
  for (const auto& list : partitions_) {
    for (const auto& p : list) {
      if (p) all.push_back(p->progress);
    }
  }
  return all;
}

std::vector<std::int64_t> Reader::groups_at_end() const {
  std::vector<std::int64_t> at_end(watermarks_.groups(), kNoWatermark);
  for (std::size_t group = 0; group < at_end.size(); ++group) {
    for (const InputId input : watermarks_.inputs_of(group)) {
      const std::int64_t reached = watermarks_.input(input);
      if (reached != kNoWatermark) at_end[group] = std::max(at_end[group], reached + inputs_[input_as_read(input)].out_of_orderness_ms);
    }
  }
  return at_end;
}

std::int64_t Reader::highest_event_time(std::size_t inputs) const {
  std::int64_t highest = kNoWatermark;
  for (std::size_t input = 0; input < inputs; ++input) {
    for (const auto& p : partitions_[input]) {
      if (!p || !p->progress.started) continue;
      // What was told is a watermark: so much earlier than the record behind it.
      const std::int64_t behind =
          is_handed_on(static_cast<InputId>(input)) ? inputs_[input_as_read(static_cast<InputId>(input))].out_of_orderness_ms : 0;
      highest = std::max(highest, p->progress.high_ms + behind);
    }
  }
  return highest;
}

}  // namespace reckoner
