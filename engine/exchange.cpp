#include "engine/exchange.hpp"

#include <algorithm>

#include "engine/check.hpp"
#include "engine/key.hpp"

namespace reckoner {

namespace {

constexpr std::int64_t kNanosecondsPerMillisecond = 1'000'000;
// Without news a shard hears of the others so often, so that a reader that comes back need not go far back to find them all.
constexpr std::int64_t kTellAnywayNs = 60'000'000'000;

}  // namespace

Exchange::Exchange(ExchangePlan plan) : plan_(std::move(plan)), listeners_(plan_.shards), meant_for_(plan_.shards) {
  RECKONER_CHECK(plan_.shard < plan_.shards, "shard {} of {}", plan_.shard, plan_.shards);
  RECKONER_CHECK(plan_.groups.size() == plan_.inputs.size(), "{} groups of {} inputs", plan_.groups.size(), plan_.inputs.size());
}

void Exchange::append(std::uint32_t shard, const HandedRecord& record) {
  append_addressed(bytes_, shard, record);
  ++records_;
}

void Exchange::hand_on(const Round& round, std::uint32_t row) {
  const KeyedBlock& block = round.block(row);
  const std::uint32_t at = round.rows[row].row;
  std::uint32_t first = plan_.shards;
  std::uint32_t last = 0;
  for (std::size_t kind = 0; kind < block.keys.size(); ++kind) {
    const RecordKey& key = block.keys[kind][at];
    if (!hands_on(kind) || key.is_absent()) continue;
    const std::uint32_t owner = shard_of(key.hash, plan_.shards);
    meant_for_[owner] = static_cast<std::uint16_t>(meant_for_[owner] | 1U << kind);
    first = std::min(first, owner);
    last = std::max(last, owner);
  }
  if (first == plan_.shards) return;
  const auto place = std::lower_bound(plan_.inputs.begin(), plan_.inputs.end(), round.input(row)) - plan_.inputs.begin();
  HandedRecord record = record_as_read(block.records, at);
  record.watermark_ms = round.watermark[plan_.groups[static_cast<std::size_t>(place)]][row];
  for (std::uint32_t owner = first; owner <= last; ++owner) {
    if (meant_for_[owner] == 0) continue;
    record.key_kinds = meant_for_[owner];
    meant_for_[owner] = 0;
    append(owner, record);
  }
}

std::vector<Exchange::Told> Exchange::state(const Reader& reader) const {
  std::vector<Told> state;
  for (std::size_t place = 0; place < plan_.inputs.size(); ++place) {
    const PartitionProgress& progress = reader.progress({plan_.inputs[place], plan_.shard});
    state.push_back({progress.next.record, reader.watermarks().group(plan_.groups[place]), progress.released});
  }
  return state;
}

std::optional<std::uint32_t> Exchange::due(std::int64_t now_ns, const Reader& reader, bool at_end) {
  const std::int64_t every_ns = plan_.tell_every_ms * kNanosecondsPerMillisecond;
  if (!began_ns_) {
    began_ns_ = now_ns;
    for (std::uint32_t shard = 0; shard < plan_.shards; ++shard) listeners_[shard].at_ns = now_ns - every_ns + every_ns * shard / plan_.shards;
  }
  const std::vector<Told> now = state(reader);
  for (std::uint32_t i = 0; i < plan_.shards; ++i) {
    const std::uint32_t shard = (turn_ + i) % plan_.shards;
    Listener& listener = listeners_[shard];
    const bool news = listener.told != now;
    const bool is_time = now_ns - listener.at_ns >= (news ? every_ns : kTellAnywayNs);
    if (at_end ? !news : !is_time) continue;
    turn_ = (shard + 1) % plan_.shards;
    listener.at_ns = now_ns;
    return shard;
  }
  return std::nullopt;
}

void Exchange::tell(std::uint32_t shard, const Reader& reader) {
  std::vector<Told> now = state(reader);
  for (std::size_t place = 0; place < plan_.inputs.size(); ++place) {
    HandedRecord record;
    record.origin = {plan_.inputs[place], plan_.shard};
    record.record = now[place].next;
    record.watermark_ms = now[place].watermark_ms;
    record.released = now[place].released;
    append(shard, record);
  }
  listeners_[shard].told = std::move(now);
}

void Exchange::clear() {
  bytes_.clear();
  records_ = 0;
}

}  // namespace reckoner
