#include "engine/shard.hpp"

#include <algorithm>
#include <utility>

#include "engine/big_endian.hpp"
#include "engine/check.hpp"

namespace reckoner {

namespace {
constexpr std::size_t kTotals = static_cast<std::size_t>(OutputId::kTotals);
constexpr std::size_t kDuplicates = static_cast<std::size_t>(OutputId::kDuplicates);
constexpr std::uint32_t kManyKeys = 8192;
constexpr std::size_t kEventBytes = 12;  // of one in a window, packed
// In place of the key kind. Do not change: they are on disk.
constexpr char kScreenPart = '\xff';
constexpr char kDerivedPart = '\xfe';
constexpr char kWaitingPart = '\xfd';
constexpr char kAddedPart = '\xfc';

bool looks_at_derived(const std::unique_ptr<KeySpace>& space) { return space->shape().derived; }

}  // namespace

Shard::Shard(std::uint32_t number, std::vector<std::unique_ptr<KeySpace>> spaces, std::unique_ptr<RecordScreen> screen)
    : number_(number),
      spaces_(std::move(spaces)),
      rows_(spaces_.size()),
      screen_(std::move(screen)),
      effects_(spaces_.size()),
      derived_(spaces_.size()),
      makes_derived_(std::any_of(spaces_.begin(), spaces_.end(), looks_at_derived)),
      merges_rows_(spaces_.size() > 1 || (!spaces_.empty() && spaces_[0]->shape().merges_rows)),
      merged_(kOutputs),
      merged_rows_(kOutputs),
      gathering_(spaces_.size()) {
  for (std::size_t kind = 0; kind < spaces_.size(); ++kind) outputs_.emplace_back(merges_rows_);
}

void Shard::screen(Round& round) {
  screen_->screen(round, screened_rows_, screened_);
  screened_rows_.clear();
}

void Shard::process(Round& round, KindSet kinds, std::uint32_t level) {
  for (std::size_t kind = 0; kind < spaces_.size(); ++kind) {
    const KeySpaceShape& shape = spaces_[kind]->shape();
    if ((kinds >> kind & 1U) == 0 || shape.level != level) continue;
    effects_[kind].lent = &round.lent;
    effects_[kind].derived = makes_derived_ && !shape.derived ? &derived_[kind] : nullptr;
    effects_[kind].additions = &additions_;
    process_kind(kind, round);
    if (!shape.derived) spaces_[kind]->fire_timers(&round, round.watermark_after[shape.watermark_groups[0]], effects_[kind]);
  }
}

void Shard::process_kind(std::size_t kind, Round& round) {
  effects_[kind].outputs = &outputs_[kind];
  effects_[kind].late = round.late[kind].data();
  spaces_[kind]->process(round, rows_[kind], effects_[kind]);
  rows_[kind].clear();
}

void Shard::refuse_late(std::size_t kind, Round& round, std::uint32_t row, const std::function<void(ByteBuffer&)>& write) {
  round.late[kind][row] = 1;
  write(outputs_[kind].begin_row(OutputId::kLate));
  outputs_[kind].end_row(OutputId::kLate, RowOrder::at(round.sequence(row), kind));
}

void Shard::forget_derived() {
  for (DerivedRecords& records : derived_) records.clear();
}

void Shard::finish_round() { merge_outputs(); }

// A copy is packed: records take less than they do, and of each event in a window about half of it is left. A small job has no need of it.
void Shard::expect_parts(std::uint64_t records) {
  std::size_t bytes = 0;
  for (const auto& space : spaces_) {
    if (const KeyTable& table = space->table(); table.end() >= kManyKeys) bytes += table.end() * table.record_bytes();
  }
  if (bytes > 0) part_memory_->expect(bytes / 4 * 3 + records * kEventBytes);
}

void Shard::merge_outputs() {
  if (!merges_rows_) return;
  std::vector<Outputs*> kinds;
  kinds.reserve(outputs_.size());
  for (Outputs& outputs : outputs_) kinds.push_back(&outputs);
  for (std::size_t output = 0; output < kOutputs; ++output) merged_rows_[output] += merge_rows(kinds, output, merged_[output]);
  for (Outputs& outputs : outputs_) outputs.clear();
}

bool Shard::close(std::span<const std::int64_t> watermarks, std::optional<std::int64_t> end_of_input_ms, std::size_t rows_max) {
  struct Turn {
    KeySpace* space;
    Operator* op;
    std::vector<std::int64_t> watermark;
    std::int64_t due;
  };
  WatermarkStep step;
  step.end_of_input_ms = end_of_input_ms;
  Effects effects;
  effects.outputs = &closing_;
  std::vector<Turn> turns;
  for (const auto& space : spaces_) {
    std::vector<std::int64_t> local;
    for (const std::uint32_t group : space->shape().watermark_groups) local.push_back(watermarks[group]);
    for (const auto& op : space->operators()) {
      step.watermark_ms = local;
      step.close_through_ms = std::numeric_limits<std::int64_t>::min();  // only asks
      step.table = &space->table();
      const std::int64_t due = op->advance(step, effects);
      if (due != kNothingDue) turns.push_back({space.get(), op.get(), local, due});
    }
  }
  const std::uint64_t before = closing_.lane(kTotals).rows;
  while (!turns.empty()) {
    const std::uint64_t written = closing_.lane(kTotals).rows - before;
    if (written >= rows_max) return true;
    const auto next = std::min_element(turns.begin(), turns.end(), [](const Turn& left, const Turn& right) { return left.due < right.due; });
    step.watermark_ms = next->watermark;
    step.close_through_ms = next->due;
    step.rows_max = rows_max - written;
    step.table = &next->space->table();
    next->due = next->op->advance(step, effects);
    if (next->due == kNothingDue) turns.erase(next);
  }
  return false;
}

std::span<const char> Shard::output(std::size_t output) const {
  if (output == kDuplicates) return screened_.lane(output).bytes.bytes();
  if (output == kTotals) return closing_.lane(output).bytes.bytes();
  if (!merges_rows_) return outputs_[0].lane(output).bytes.bytes();
  return merged_[output].bytes();
}

std::uint64_t Shard::output_rows(std::size_t output) const {
  if (output == kDuplicates) return screened_.lane(output).rows;
  if (output == kTotals) return closing_.lane(output).rows;
  return merges_rows_ ? merged_rows_[output] : outputs_[0].lane(output).rows;
}

void Shard::clear_outputs() {
  closing_.clear();
  screened_.clear();
  for (Outputs& outputs : outputs_) outputs.clear();
  for (auto& bytes : merged_) bytes.clear();
  std::fill(merged_rows_.begin(), merged_rows_.end(), 0);
}

void Shard::begin_checkpoint() {
  RECKONER_CHECK(gathering_ == spaces_.size(), "a checkpoint still gathers in shard {}", number_);
  ordered_parts_.clear();
  early_parts_.clear();
  taken_ordered_.clear();
  for (CheckpointParts& parts : taken_early_) parts.clear();
  taken_early_.clear();
  for (const auto& space : spaces_) space->begin_checkpoint(ordered_parts_, early_parts_);
  if (screen_) save_screen(true);
  gathering_ = 0;
}

void Shard::put_part(char part, std::string_view value) {
  std::string name;
  append_big_endian(name, number_);
  name.push_back(part);
  early_parts_.put(name, value);
}

void Shard::put_derived(std::string_view value) { put_part(kDerivedPart, value); }
void Shard::put_added(std::string_view value) { put_part(kAddedPart, value); }

std::string Shard::waiting_prefix() const {
  std::string prefix;
  append_big_endian(prefix, number_);
  prefix.push_back(kWaitingPart);
  return prefix;
}

std::optional<std::string_view> Shard::waiting_name(std::string_view key) {
  static_cast<void>(take_big_endian<std::uint32_t>(key));
  if (!key.starts_with(kWaitingPart)) return std::nullopt;
  return key.substr(1);
}

// False when it has nothing left.
bool Shard::save_screen(bool begins) {
  screen_writer_.clear();
  screen_writer_.begin(0, begins);
  screen_->save(screen_writer_);
  std::string prefix;
  append_big_endian(prefix, number_);
  prefix.push_back(kScreenPart);
  return screen_writer_.put_into(early_parts_, prefix);
}

bool Shard::gather(std::size_t records_max) {
  if (screen_ && gathering_ == 0 && save_screen(false)) return true;
  if (gathering_ < spaces_.size() && !spaces_[gathering_]->gather(records_max)) ++gathering_;
  return gathering_ < spaces_.size();
}

CheckpointPortion Shard::take_portion() {
  taken_ordered_.clear();
  std::swap(taken_ordered_, ordered_parts_);
  taken_early_.push_back(std::exchange(early_parts_, CheckpointParts(part_memory_)));
  return {&taken_ordered_, &taken_early_.back()};
}

std::size_t Shard::checkpoint_bytes() const {
  std::size_t bytes = part_memory_->bytes() + ordered_parts_.beside_bytes() + early_parts_.beside_bytes() + taken_ordered_.beside_bytes();
  for (const CheckpointParts& parts : taken_early_) bytes += parts.beside_bytes();
  return bytes;
}

std::uint32_t Shard::number_in(std::string_view key) { return take_big_endian<std::uint32_t>(key); }

void Shard::load(std::string_view key, std::string_view value) {
  const auto shard = take_big_endian<std::uint32_t>(key);
  RECKONER_CHECK(shard == number_, "part of shard {} in shard {}", shard, number_);
  if (key.starts_with(kScreenPart)) {
    RECKONER_CHECK(screen_ != nullptr, "ids to remember in shard {}, which screens nothing", shard);
    return screen_->load(key.substr(2), value);
  }
  if (key.starts_with(kDerivedPart) || key.starts_with(kAddedPart)) {
    (key.starts_with(kDerivedPart) ? derived_part_ : added_part_) = value;
    return;
  }
  const auto kind = static_cast<std::size_t>(static_cast<unsigned char>(key.at(0)));
  RECKONER_CHECK(kind < spaces_.size(), "key kind {} of {}", kind, spaces_.size());
  spaces_[kind]->load(key.substr(1), value);
}

void Shard::finish_load() {
  for (const auto& space : spaces_) space->finish_load();
}

}  // namespace reckoner
