#include "connectors/kafka_shard_log.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/check.hpp"

namespace reckoner {

namespace {

bool is_before(const ShardHistory::Epoch& epoch, EpochId id) { return epoch.id < id; }

}  // namespace

KafkaShardLog::KafkaShardLog(AcquiredShard acquired, std::size_t outputs)
    : shard_(acquired.shard),
      epochs_(acquired.history.take_epochs()),
      whole_(acquired.history.is_whole()),
      last_id_(acquired.takeover),
      last_offset_(acquired.history.last_offset()),
      open_(outputs),
      spare_(outputs) {
  for (const ShardHistory::Epoch& epoch : epochs_) offsets_.emplace_back(epoch.id, epoch.offset);
  if (epochs_.empty()) return;
  committed_ = epochs_.back().id;
  last_decisions_ = epochs_.back().decisions;
}

Result<std::optional<DecisionRecord>> KafkaShardLog::recover() {
  if (epochs_.empty()) return std::optional<DecisionRecord>();
  return last_decisions();
}

Result<std::optional<DecisionRecord>> KafkaShardLog::last_decisions() const {
  if (last_decisions_.empty()) return std::optional<DecisionRecord>();
  Result<DecisionRecord> last = decode_decision_record(last_decisions_);
  if (!last) return std::unexpected(last.error());
  return std::optional<DecisionRecord>(std::move(*last));
}

Result<void> KafkaShardLog::read(EpochId after, const Visitor& visitor) {
  if (after == EpochId{} && !whole_ && !epochs_.empty()) {
    return fail(ErrorKind::kCorruption,
                fmt::format("the log does not reach back to the first epoch of shard {}; give the job a state.dir with a checkpoint of it", shard_));
  }
  for (auto epoch = std::upper_bound(epochs_.begin(), epochs_.end(), after, [](EpochId id, const auto& other) { return id < other.id; });
       epoch != epochs_.end(); ++epoch) {
    if (stop_ != nullptr && stop_->load()) return fail(ErrorKind::kExternal, "the process was asked to end while it came back", Retry::kLater);
    const Result<DecisionRecord> record = decode_decision_record(epoch->decisions);
    if (!record) return std::unexpected(record.error());
    if (Result<void> visited = visitor(*record); !visited) return visited;
  }
  return {};
}

Result<bool> KafkaShardLog::holds(const DecisionRecord& record) {
  const auto found = std::lower_bound(epochs_.begin(), epochs_.end(), record.id, is_before);
  return found != epochs_.end() && found->id == record.id && found->decisions == encode(record);
}

Result<void> KafkaShardLog::append_output(std::uint32_t, std::uint16_t output, std::span<const char> rows) {
  std::vector<char>& open = open_[output];
  open.insert(open.end(), rows.begin(), rows.end());
  return {};
}

Result<void> KafkaShardLog::commit(const DecisionRecord& record) {
  RECKONER_CHECK(!staged_, "shard {} stages epoch {} while another is on its way", shard_, record.id.epoch);
  staged_ = OutgoingSection{{shard_, SectionKind::kEpoch, record.id, last_id_, {}, encode(record)}, std::exchange(open_, std::move(spare_)), -1};
  spare_.assign(open_.size(), {});
  return {};
}

Result<void> KafkaShardLog::forget_before(EpochId oldest_needed) {
  static_cast<void>(offset_of(oldest_needed));
  return {};
}

std::optional<OutgoingSection> KafkaShardLog::take_staged() { return std::exchange(staged_, std::nullopt); }

OutgoingSection KafkaShardLog::release_section() {
  return {{shard_, SectionKind::kRelease, {last_id_.owner, last_id_.epoch + 1}, last_id_, {}, {}}, {}, -1};
}

OutgoingSection KafkaShardLog::gap_section(const std::vector<AcceptedGap>& gaps) {
  return {{shard_, SectionKind::kGap, {last_id_.owner, last_id_.epoch + 1}, last_id_, {}, encode(gaps)}, {}, -1};
}

void KafkaShardLog::settle(OutgoingSection&& committed) {
  last_id_ = committed.section.id;
  last_offset_ = committed.offset;
  if (committed.section.kind != SectionKind::kEpoch) return;
  for (std::vector<char>& rows : committed.rows) rows.clear();
  spare_ = std::move(committed.rows);
  last_decisions_ = std::move(committed.section.decisions);
  const std::scoped_lock lock(mutex_);
  committed_ = committed.section.id;
  offsets_.emplace_back(committed_, committed.offset);
  changed_.notify_all();
}

bool KafkaShardLog::wait_committed(EpochId id) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return given_up_ || committed_ >= id; });
  return committed_ >= id;
}

void KafkaShardLog::give_up() {
  const std::scoped_lock lock(mutex_);
  given_up_ = true;
  changed_.notify_all();
}

std::int64_t KafkaShardLog::offset_of(EpochId id) {
  const std::scoped_lock lock(mutex_);
  auto after = std::upper_bound(offsets_.begin(), offsets_.end(), id, [](EpochId sought, const auto& entry) { return sought < entry.first; });
  if (after == offsets_.begin()) return 0;
  offsets_.erase(offsets_.begin(), after - 1);
  return offsets_.front().second;
}

}  // namespace reckoner
