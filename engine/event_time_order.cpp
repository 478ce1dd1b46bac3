#include "engine/event_time_order.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include "engine/check.hpp"

namespace reckoner {

namespace {

constexpr std::int64_t kAllTime = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t kFreshAlways = 1024;  // before it is worth looking for those that have left

std::int64_t stamp(const Round& cause, std::size_t group, std::uint64_t row) {
  return row < cause.rows.size() ? cause.watermark[group][row] : cause.watermark_after[group];
}

}  // namespace

EventTimeOrder::EventTimeOrder(std::vector<OrderedLane> lanes, std::size_t key_kinds, std::uint64_t waiting_max)
    : lanes_(lanes.size()), key_kinds_(key_kinds), waiting_max_(waiting_max) {
  RECKONER_CHECK(!lanes_.empty(), "an order without a lane");
  for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
    RECKONER_CHECK(lanes[lane].key_kinds != 0, "lane {} without a key kind", lane);
    lanes_[lane].plan = lanes[lane];
  }
}

std::uint64_t EventTimeOrder::waiting_records() const {
  std::uint64_t waiting = 0;
  for (const Lane& lane : lanes_) waiting += lane.waiting.size();
  return waiting;
}

void EventTimeOrder::see(const Round& round, const Meant& meant, const Refuse& refuse) {
  for (Lane& lane : lanes_) begin(lane, round);
  for (std::uint32_t row = 0; row < round.rows.size(); ++row) {
    const KindSet kinds = round.state[row] == RowState::kLive ? meant(row) : KindSet{0};
    for (Lane& lane : lanes_) {
      let_go(lane, round, row);
      const auto of_lane = static_cast<KindSet>(kinds & lane.plan.key_kinds);
      if (of_lane != 0 && is_of(lane, round.input(row))) take(lane, round, row, of_lane, refuse);
    }
  }
  for (Lane& lane : lanes_) {
    let_go(lane, round, round.rows.size());
    end(lane);
  }
}

// Whatever a record's time is, everything there was before it has been seen. Event time is then where the last of the inputs' records are.
void EventTimeOrder::let_all_go(const Round& still, std::span<const std::int64_t> at_end_ms, std::optional<std::uint32_t> hop) {
  RECKONER_CHECK(still.rows.empty(), "{} rows at an end of input", still.rows.size());
  for (Lane& lane : lanes_) {
    begin(lane, still);
    end(lane);
    if (hop && lane.plan.hop != *hop) continue;
    lane.end = still;
    lane.end.watermark_after.assign(at_end_ms.begin(), at_end_ms.end());
    lane.end.watermark_after[lane.plan.group] = kAllTime;
    lane.out.let_go_by = &lane.end;
    while (!lane.waiting.empty()) release_first(lane, 0);
    end(lane);
    for (std::size_t group = 0; group < at_end_ms.size(); ++group)
      lane.out.watermark_after[group] = std::max(lane.out.watermark_after[group], at_end_ms[group]);
  }
}

bool EventTimeOrder::is_of(const Lane& lane, InputId input) {
  return std::find(lane.plan.inputs.begin(), lane.plan.inputs.end(), input) != lane.plan.inputs.end();
}

void EventTimeOrder::begin(Lane& lane, const Round& cause) const {
  lane.out.clear();
  lane.out.first_sequence = cause.first_sequence;
  lane.out.let_go_by = &cause;
  lane.out.watermark.resize(cause.watermark_after.size());
  lane.out.watermark_after = cause.watermark_after;
  lane.out.late.resize(key_kinds_);
  lane.out_meant.clear();
}

void EventTimeOrder::end(Lane& lane) {
  for (auto& late : lane.out.late) late.assign(lane.out.rows.size(), 0);
}

// Those that a watermark has passed which was in force before a row.
void EventTimeOrder::let_go(Lane& lane, const Round& cause, std::uint64_t row) {
  const std::int64_t watermark = stamp(cause, lane.plan.group, row);
  if (watermark <= lane.reached.passed_ms) return;
  lane.reached.passed_ms = watermark;
  while (!lane.waiting.empty() && lane.waiting.front().place.time_ms < watermark) release_first(lane, row);
}

void EventTimeOrder::release_first(Lane& lane, std::uint64_t row) {
  std::pop_heap(lane.waiting.begin(), lane.waiting.end(), leaves_later);
  const Waiting first = std::move(lane.waiting.back());
  lane.waiting.pop_back();
  RECKONER_CHECK(lane.reached.last < first.place, "record {} leaves after one behind it", first.place.record);
  lane.reached.last = first.place;
  Round& out = lane.out;
  const Round& cause = *out.let_go_by;
  out.rows.push_back({block_index(first.block, out), first.row});
  out.state.push_back(RowState::kLive);
  out.event_time.push_back(first.place.time_ms);
  const std::uint64_t place = RowOrder::before(cause.first_sequence + row, 0).place;
  out.turn.push_back(!out.place.empty() && out.place.back() == place ? out.turn.back() + 1 : 0);
  out.place.push_back(place);
  for (std::size_t group = 0; group < out.watermark.size(); ++group)
    out.watermark[group].push_back(std::min(stamp(cause, group, row), first.place.time_ms));
  lane.out_meant.push_back(first.meant);
}

std::uint32_t EventTimeOrder::block_index(const std::shared_ptr<KeyedBlock>& block, Round& round) {
  const auto known = std::find(round.blocks.rbegin(), round.blocks.rend(), block);
  if (known != round.blocks.rend()) return static_cast<std::uint32_t>(round.blocks.rend() - known - 1);
  round.blocks.push_back(block);
  return static_cast<std::uint32_t>(round.blocks.size() - 1);
}

void EventTimeOrder::take(Lane& lane, const Round& round, std::uint32_t row, KindSet meant, const Refuse& refuse) {
  const RecordBlock& records = round.block(row).records;
  const std::uint32_t at = round.rows[row].row;
  const Place place{round.event_time[row], records.origin(at), records.record(at)};
  if (!lane.reached.is_past(place)) return add(lane, {place, round.blocks[round.rows[row].block], at, meant});
  const bool after_end = place.time_ms >= lane.reached.passed_ms;
  const std::int64_t gone_ms = after_end ? lane.reached.last.time_ms : lane.reached.passed_ms;
  refuse({row, static_cast<std::size_t>(std::countr_zero(meant)), gone_ms - place.time_ms, after_end});
}

void EventTimeOrder::add(Lane& lane, Waiting waiting) {
  lane.fresh.push_back(waiting);
  if (lane.fresh.size() > 2 * lane.waiting.size() + kFreshAlways)
    std::erase_if(lane.fresh, [&](const Waiting& one) { return lane.reached.is_past(one.place); });
  lane.waiting.push_back(std::move(waiting));
  std::push_heap(lane.waiting.begin(), lane.waiting.end(), leaves_later);
  if (waiting_records() <= waiting_max_) return;
  throw EpochFailure(
      {ErrorKind::kData, Retry::kNever,
       fmt::format("more than {} records wait for event time to pass them, which limits.waiting_records allows; look for an input that "
                   "holds event time back, lower its out_of_orderness, or raise the limit",
                   waiting_max_)});
}

}  // namespace reckoner
