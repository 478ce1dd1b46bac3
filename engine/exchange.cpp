#include "engine/exchange.hpp"

#include <algorithm>
#include <utility>

#include "engine/check.hpp"
#include "engine/key.hpp"

namespace reckoner {

namespace {

constexpr std::int64_t kNanosecondsPerMillisecond = 1'000'000;
// Without news a shard hears of the others so often, so that a reader that comes back need not go far back to find them all.
constexpr std::int64_t kTellAnywayNs = 60'000'000'000;
constexpr std::size_t kNobody = ~std::size_t{0};

KindSet bit(std::size_t kind) { return static_cast<KindSet>(1U << kind); }

}  // namespace

Exchange::Exchange(ExchangePlan plan)
    : plan_(std::move(plan)), listeners_(plan_.shards), meant_for_(std::size_t{plan_.shards} * plan_.before.size()) {
  RECKONER_CHECK(plan_.shard < plan_.shards, "shard {} of {}", plan_.shard, plan_.shards);
  RECKONER_CHECK(plan_.groups.size() == hops(), "watermark groups of {} of {} hops", plan_.groups.size(), hops());
  for (const auto& of_hop : plan_.groups) RECKONER_CHECK(of_hop.size() == places(), "{} groups of {} inputs", of_hop.size(), places());
  of_ordered_.resize(hops(), true);
  for (std::vector<KindSet>* const kinds : {&lenders_[0], &lenders_[1], &lookers_}) kinds->resize(std::size_t{1} << PackedPosition::kInputBits);
  for (std::size_t kind = 0; kind < plan_.kinds.size(); ++kind) {
    const HandedKind& handed = plan_.kinds[kind];
    RECKONER_CHECK(handed.hop <= hops(), "key kind {} at hop {} of {}", kind, handed.hop, hops());
    if (handed.hop > 0 && !handed.ordered) of_ordered_[handed.hop - 1] = false;
    std::vector<KindSet>& lenders = lenders_[handed.ordered ? 1 : 0];
    for (const InputId input : handed.lends_at) lenders.at(input) = static_cast<KindSet>(lenders[input] | bit(kind));
    for (const InputId input : handed.looks_at) lookers_.at(input) = static_cast<KindSet>(lookers_[input] | bit(kind));
  }
  first_meant_ = meant_for_.size();
}

void Exchange::append(std::uint32_t shard, const HandedRecord& record) {
  append_addressed(bytes_, shard, record);
  ++records_;
}

KindSet Exchange::lenders(const Round& round, std::uint32_t row, bool ordered) const {
  KindSet lenders = lenders_of(ordered, round.input(row));
  if (const HandedOn* const handed_on = round.handed_on(row)) return static_cast<KindSet>(lenders & handed_on->key_kinds);
  for (std::size_t kind = 0; lenders >> kind != 0; ++kind) {
    if (hands_on(kind)) lenders = static_cast<KindSet>(lenders & ~bit(kind));
  }
  return lenders;
}

void Exchange::hand_on_read(const Round& round, std::uint32_t row) {
  const std::uint32_t at = round.rows[row].row;
  address(round.block(row), at, 0, false);
  if (lenders(round, row, true) == 0) address(round.block(row), at, 0, true);
  send(round, row);
}

void Exchange::hand_on_behind(std::uint32_t hop, bool ordered, const Round& round, std::uint32_t row) {
  address(round.block(row), round.rows[row].row, hop, ordered);
  send(round, row);
}

void Exchange::mean_for(std::uint32_t shard, std::size_t kind) {
  const std::size_t way = std::size_t{shard} * hops() + plan_.kinds[kind].hop - 1;
  meant_for_[way] = static_cast<KindSet>(meant_for_[way] | bit(kind));
  first_meant_ = std::min(first_meant_, way);
  behind_last_meant_ = std::max(behind_last_meant_, way + 1);
}

// Up to the next lender at which records of this input stop.
void Exchange::address(const KeyedBlock& block, std::uint32_t row, std::uint32_t hop, bool ordered) {
  std::size_t stop = kNobody;
  const InputId input = block.records.partition.input;
  const KindSet lenders = lenders_of(ordered, input);
  for (std::size_t kind = 0; lenders >> kind != 0; ++kind) {
    if ((lenders >> kind & 1U) == 0 || plan_.kinds[kind].hop <= hop) continue;
    if (stop == kNobody || plan_.kinds[kind].hop < plan_.kinds[stop].hop) stop = kind;
  }
  bool goes_on = false;  // behind the lender
  for (std::size_t kind = 0; lookers_[input] >> kind != 0; ++kind) {
    const HandedKind& handed = plan_.kinds[kind];
    if ((lookers_[input] >> kind & 1U) == 0 || handed.ordered != ordered || handed.hop <= hop) continue;
    if (!handed.gathered_at && block.keys[kind][row].is_absent()) continue;
    if (stop == kNobody || handed.hop <= plan_.kinds[stop].hop)
      mean_for(handed.gathered_at ? *handed.gathered_at : shard_of(block.keys[kind][row].hash, plan_.shards), kind);
    else
      goes_on = true;
  }
  if (goes_on && block.keys[stop][row].is_absent()) mean_for(plan_.shard, stop);
}

void Exchange::send(const Round& round, std::uint32_t row) {
  const auto place = static_cast<std::size_t>(std::lower_bound(plan_.inputs.begin(), plan_.inputs.end(), round.input(row)) - plan_.inputs.begin());
  lent_.clear();
  if (first_meant_ < behind_last_meant_) round.lent.append_row(lent_, row, plan_.lent_text);
  HandedRecord record;
  for (std::size_t way = first_meant_; way < behind_last_meant_; ++way) {
    if (meant_for_[way] == 0) continue;
    if (record.key_kinds == 0) record = record_as_read(round.block(row).records, round.rows[row].row);
    record.sender = plan_.shard;
    record.lent = lent_;
    record.key_kinds = std::exchange(meant_for_[way], KindSet{0});
    record.hop = static_cast<std::uint8_t>(way % hops() + 1);
    record.watermark_ms = round.watermark[plan_.groups[record.hop - 1U][place]][row];
    append(static_cast<std::uint32_t>(way / hops()), record);
  }
  first_meant_ = meant_for_.size();
  behind_last_meant_ = 0;
}

// How far what the hop begins with is here: in the first one, what is read; else what came with the one before, from all shards.
Exchange::Told Exchange::begin_of_hop(std::uint32_t hop, std::size_t place, const Reader& reader) const {
  const std::int64_t watermark_ms = reader.watermarks().group(plan_.groups[hop - 1][place]);
  const std::uint32_t before = plan_.before[hop - 1];
  if (before == 0) {
    const PartitionProgress& progress = reader.progress({plan_.inputs[place], plan_.shard});
    return {progress.next.record, watermark_ms, progress.released};
  }
  Told told{0, watermark_ms, true};
  const InputId came_with = reader.handed_on_input(before, place);
  for (std::uint32_t shard = 0; shard < plan_.shards; ++shard) {
    const PartitionProgress& progress = reader.progress({came_with, shard});
    const std::uint64_t far = progress.next.byte;
    told.next = plan_.before[before - 1] == 0 ? told.next + far : shard == 0 ? far : std::min(told.next, far);
    told.released = told.released && progress.released;
  }
  return told;
}

// How far a hop has come is told when nothing of it will change any more, so that who hears of it has heard all: before, that is 0. Records that wait to
// go on still hold back. Of lists, whatever is read may make a rule add something.
std::vector<Exchange::Told> Exchange::state(const Reader& reader, std::uint32_t held) const {
  std::vector<Told> state;
  for (std::uint32_t hop = 1; hop <= hops(); ++hop) {
    const bool waits = of_ordered_[hop - 1] && held < hop;
    const auto first = static_cast<std::ptrdiff_t>(state.size());
    for (std::size_t place = 0; place < plan_.inputs.size(); ++place) state.push_back(begin_of_hop(hop, place, reader));
    if (plan_.lists) {
      Told lists{0, reader.watermarks().group(plan_.groups[hop - 1].back()), true};
      for (auto told = state.begin() + first; told != state.end(); ++told) {
        lists.next += told->next;
        lists.released = lists.released && told->released;
      }
      state.push_back(lists);
    }
    const bool is_over = !waits && std::all_of(state.begin() + first, state.end(), [](const Told& told) { return told.released; });
    for (auto told = state.begin() + first; told != state.end(); ++told) {
      if (!is_over) told->next = 0;
      if (waits) told->released = false;
    }
  }
  return state;
}

void Exchange::hand_on_addition(const ListAddition& addition) {
  std::string packed;
  reckoner::append(packed, addition);
  for (const std::uint32_t hop : plan_.asked_at) {
    HandedRecord record;
    record.origin = {HandedRecord::kLists, plan_.shard};
    record.hop = static_cast<std::uint8_t>(hop);
    record.sender = plan_.shard;
    record.watermark_ms = kNoWatermark;
    record.adds = true;
    record.lent = packed;
    for (std::uint32_t shard = 0; shard < plan_.shards; ++shard) append(shard, record);
  }
}

std::optional<std::uint32_t> Exchange::due(std::int64_t now_ns, const Reader& reader, std::uint32_t held, bool at_end) {
  const std::int64_t every_ns = plan_.tell_every_ms * kNanosecondsPerMillisecond;
  if (!began_ns_) {
    began_ns_ = now_ns;
    for (std::uint32_t shard = 0; shard < plan_.shards; ++shard) listeners_[shard].at_ns = now_ns - every_ns + every_ns * shard / plan_.shards;
  }
  const std::vector<Told> now = state(reader, held);
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

void Exchange::tell(std::uint32_t shard, const Reader& reader, std::uint32_t held) {
  std::vector<Told> now = state(reader, held);
  for (std::size_t i = 0; i < now.size(); ++i) {
    HandedRecord record;
    const std::size_t place = i % places();
    record.origin = {place < plan_.inputs.size() ? plan_.inputs[place] : HandedRecord::kLists, plan_.shard};
    record.hop = static_cast<std::uint8_t>(i / places() + 1);
    record.sender = plan_.shard;
    record.record = now[i].next;
    record.watermark_ms = now[i].watermark_ms;
    record.released = now[i].released;
    append(shard, record);
  }
  listeners_[shard].told = std::move(now);
}

void Exchange::clear() {
  bytes_.clear();
  records_ = 0;
}

}  // namespace reckoner
