#include "connectors/kafka_shard_log.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/check.hpp"

namespace reckoner {

namespace {

constexpr std::int64_t kWholeEveryNs = 3'600'000'000'000;  // else the log's retention might forget what changes are told with

// By input, in the shard's own partitions.
std::vector<std::int64_t> next_of(const DecisionRecord& record, std::uint32_t shard) {
  std::vector<std::int64_t> next;
  for (const PartitionProgress& progress : record.partitions) {
    if (progress.id.partition != shard) continue;
    next.resize(std::max<std::size_t>(next.size(), progress.id.input + std::size_t{1}));
    next[progress.id.input] = static_cast<std::int64_t>(progress.next.record);
  }
  return next;
}

bool is_before(const ShardHistory::Epoch& epoch, EpochId id) { return epoch.id < id; }

}  // namespace

KafkaShardLog::KafkaShardLog(AcquiredShard acquired, std::size_t outputs, Clock& clock)
    : shard_(acquired.shard),
      clock_(clock),
      epochs_(acquired.history.take_epochs()),
      epochs_left_(epochs_.size()),
      whole_(acquired.history.is_whole()),
      last_id_(acquired.takeover),
      last_offset_(acquired.history.last_offset()),
      open_(outputs),
      spare_(outputs) {
  for (const ShardHistory::Epoch& epoch : epochs_) {
    if (reckoner::is_whole(epoch.decisions)) offsets_.emplace_back(epoch.id, epoch.offset);
  }
  if (epochs_.empty()) return;
  committed_ = epochs_.back().id;
  if (const Result<DecisionRecord> last = decisions_of(epochs_, epochs_.size() - 1))
    next_ = next_of(*last, shard_);  // else recover() says what is wrong
}

Result<std::optional<DecisionRecord>> KafkaShardLog::recover() {
  if (epochs_.empty()) return std::optional<DecisionRecord>();
  Result<DecisionRecord> last = decisions_of(epochs_, epochs_.size() - 1);
  if (!last) return std::unexpected(last.error());
  return std::optional<DecisionRecord>(std::move(*last));
}

Result<void> KafkaShardLog::read(EpochId after, const Visitor& visitor) {
  if (after == EpochId{} && !whole_ && !epochs_.empty()) {
    return fail(ErrorKind::kCorruption,
                fmt::format("the log does not reach back to the first epoch of shard {}; give the job a state.dir with a checkpoint of it, "
                            "or the directory where its processes share theirs (checkpoint.shared_dir)",
                            shard_));
  }
  const auto first = std::upper_bound(epochs_.begin(), epochs_.end(), after, [](EpochId id, const auto& other) { return id < other.id; });
  if (first == epochs_.end()) {
    epochs_left_.store(0);
    return {};
  }
  DecisionReader reader;
  for (auto epoch = epochs_.begin() + static_cast<std::ptrdiff_t>(whole_before(epochs_, static_cast<std::size_t>(first - epochs_.begin())));
       epoch != epochs_.end(); ++epoch) {
    const Result<DecisionRecord> record = reader.read(epoch->decisions);
    if (!record) return std::unexpected(record.error());
    if (epoch < first) continue;
    epochs_left_.store(static_cast<std::size_t>(epochs_.end() - epoch));
    if (stopped_.load()) return fail(ErrorKind::kExternal, "the shard was given up while it came back", Retry::kLater);
    if (Result<void> visited = visitor(*record); !visited) return visited;
  }
  epochs_left_.store(0);
  return {};
}

Result<bool> KafkaShardLog::holds(const DecisionRecord& record) {
  const auto found = std::lower_bound(epochs_.begin(), epochs_.end(), record.id, is_before);
  if (found == epochs_.end() || found->id != record.id) return false;
  const Result<DecisionRecord> held = decisions_of(epochs_, static_cast<std::size_t>(found - epochs_.begin()));
  if (!held) return std::unexpected(held.error());
  return *held == record;
}

Result<void> KafkaShardLog::append_output(std::uint32_t, std::uint16_t output, std::span<const char> rows) {
  std::vector<char>& open = open_[output];
  open.insert(open.end(), rows.begin(), rows.end());
  return {};
}

Result<void> KafkaShardLog::commit(const DecisionRecord& record) {
  RECKONER_CHECK(!staged_, "shard {} stages epoch {} while another is on its way", shard_, record.id.epoch);
  const std::int64_t began = clock_.monotonic_ns();
  if (began - whole_ns_ >= kWholeEveryNs) writer_.write_next_whole();
  std::string decisions = writer_.write(record);
  if (reckoner::is_whole(decisions)) whole_ns_ = began;
  const std::int64_t took = clock_.monotonic_ns() - began;
  staged_ = OutgoingSection{{shard_, SectionKind::kEpoch, record.id, last_id_, {}, std::move(decisions)},
                            std::exchange(open_, std::move(spare_)),
                            -1,
                            took,
                            next_of(record, shard_)};
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
  next_ = std::move(committed.next);
  const std::scoped_lock lock(mutex_);
  committed_ = committed.section.id;
  if (reckoner::is_whole(committed.section.decisions)) offsets_.emplace_back(committed_, committed.offset);
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
