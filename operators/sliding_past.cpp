// The parts of the sliding operator that look back over entries: totals as of an earlier time, and what an alert rests on.
#include <algorithm>

#include "operators/sliding.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kEvidenceEntriesMax = 16'384;  // looked at for one alert: a busy key has no end of them

}  // namespace

// Running totals as of row.time, which is before their reference: what came after is taken off, what had left by the reference is put back.
// One walk over the newer entries serves all windows, since a busy key has many of them.
void SlidingOperator::look_at_past(const Row& row) {
  const State& s = *row.state;
  const RingPlace end = EventRings::end(s.ring);
  const auto add = [&](const Window& window, const std::int64_t* entry, int sign) {
    const std::uint32_t flags = EventRings::flags_of(entry);
    for (const Fact& fact : window.running) {
      const std::int64_t one = flags >> fact.flag & 1U;
      past_[fact.place].count += sign * one;
      if (fact.kind != FactKind::kCount) past_[fact.place].sum += sign * Int128{entry[fact.word] & -one};
    }
  };
  const auto overlaps = [&](const Window& window) { return row.time > s.reference - window.within_ms; };
  for (const Window& window : windows_) {
    for (const Fact& fact : window.running) {
      Totals& totals = past_[fact.place] = {};
      if (!overlaps(window)) continue;
      if (fact.kind != FactKind::kCount) totals.sum = RecordLayout::at<Int128>(row.record, fact.total);
      if (fact.kind == FactKind::kCount) totals.count = RecordLayout::at<Count>(row.record, fact.total);
      if (fact.kind == FactKind::kAverage) totals.count = RecordLayout::at<Count>(row.record, fact.total + sizeof(Int128));
    }
  }
  rings_->walk_back(s.ring, end, row.time, kNothingDue, kAllFlags, [&](const std::int64_t* entry) {
    for (const Window& window : windows_) {
      if (overlaps(window)) add(window, entry, -1);
    }
    return true;
  });
  for (const Window& window : windows_) {
    const std::int64_t low = row.time - window.within_ms;
    const auto& cursor = RecordLayout::at<Cursor>(row.record, window.cursor);
    const RingPlace from = !overlaps(window) || cursor.time == kNothingDue ? end : cursor.place;
    const std::int64_t until = overlaps(window) ? s.reference - window.within_ms : row.time;
    rings_->walk_back(s.ring, from, low, until, kAllFlags, [&](const std::int64_t* entry) {
      add(window, entry, 1);
      return true;
    });
  }
}

void SlidingOperator::contributions(const Batch& batch, std::size_t row, std::span<const std::uint32_t> later, std::span<const std::uint32_t> facts,
                                    std::size_t most, std::vector<Contribution>& into) const {
  if (!settings_.positions || most == 0) return;
  const std::int64_t event_time = batch.event_time[row];
  std::vector<std::int64_t> after(wheres_.size(), kNothingDue);  // by flag: its entries count when later than this
  std::int64_t low = kNothingDue;
  std::uint32_t wanted = 0;
  for (std::size_t i = 0; i < flag_of_fact_.size(); ++i) {
    if (std::find(facts.begin(), facts.end(), flag_of_fact_[i].first) == facts.end()) continue;
    const std::uint32_t flag = flag_of_fact_[i].second;
    after[flag] = std::min(after[flag], event_time - within_of_fact_[i]);
    low = std::min(low, after[flag]);
    wanted |= 1U << flag;
  }
  // What no window of a record in time can reach may be gone already, or not.
  low = std::max({low, lost_until_[row], batch.watermark[0][row] - keep_ms_});
  std::vector<std::uint64_t> skipped;       // positions of later rows
  std::vector<std::int64_t> skipped_times;  // of those that a rank counts
  for (const std::uint32_t other : later) {
    if (!stored_.test(other)) continue;
    skipped.push_back(batch.position[other]);
    if (batch.event_time[other] <= event_time) skipped_times.push_back(batch.event_time[other]);
  }
  std::sort(skipped.begin(), skipped.end());
  std::sort(skipped_times.begin(), skipped_times.end());
  std::size_t found = 0;
  std::size_t to_skip = skipped.size();
  const RingHead& ring = RecordLayout::at<State>(batch.record[row], state_).ring;
  const std::size_t rank_max = kEvidenceEntriesMax + skipped_times.size();
  rings_->walk_back_ranked(ring, EventRings::end(ring), low, event_time, wanted, rank_max, [&](const std::int64_t* entry, std::size_t rank) {
    const std::int64_t time = EventRings::time_of(entry);
    const auto position = static_cast<std::uint64_t>(entry[1]);
    if (to_skip > 0 && std::binary_search(skipped.begin(), skipped.end(), position)) {
      --to_skip;
      return true;
    }
    if (rank > kEvidenceEntriesMax) {
      // Later rows that lie behind this entry do not count, or the result would depend on where the batch ends.
      const auto later_behind = skipped_times.end() - std::lower_bound(skipped_times.begin(), skipped_times.end(), time);
      if (rank - static_cast<std::size_t>(later_behind) > kEvidenceEntriesMax) return false;
    }
    const std::uint32_t flags = EventRings::flags_of(entry);
    for (std::size_t flag = 0; flag < after.size(); ++flag) {
      if ((flags >> flag & 1U) == 0 || time <= after[flag]) continue;
      into.push_back({time, position});
      ++found;
      break;
    }
    return found < most;
  });
}

}  // namespace reckoner
