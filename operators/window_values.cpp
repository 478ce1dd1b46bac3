#include "operators/window_values.hpp"

#include <algorithm>
#include <utility>

#include "engine/check.hpp"

namespace reckoner {

namespace {

constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();

std::optional<std::int64_t> value_of(const std::int64_t* entry, std::uint32_t flag, std::uint32_t word) {
  if ((EventRings::flags_of(entry) >> flag & 1U) == 0) return std::nullopt;
  return entry[word];
}

// Of the oldest entry that is still there. All chunks but the newest are full.
std::uint64_t first_number(const EventRings& rings, const RingHead& ring) { return std::uint64_t{ring.oldest_ordinal} * rings.slots(); }

std::uint64_t entries_of(const EventRings& rings, const RingHead& ring) {
  return std::uint64_t{ring.newest_ordinal - ring.oldest_ordinal} * rings.slots() + ring.newest_count;
}

constexpr std::size_t kNodeBytes = sizeof(std::pair<const std::int64_t, std::uint32_t>) + 4 * sizeof(void*);  // of a std::map, about

}  // namespace

std::uint32_t WindowValues::add_series(std::int64_t within_ms, std::uint32_t flag, std::uint32_t word) {
  const Series series{within_ms, flag, word};
  const auto found = std::find(series_.begin(), series_.end(), series);
  if (found != series_.end()) return static_cast<std::uint32_t>(found - series_.begin());
  series_.push_back(series);
  return static_cast<std::uint32_t>(series_.size() - 1);
}

void WindowValues::declare(RecordLayout& layout) {
  if (!series_.empty()) handle_ = layout.add<std::uint32_t>();
}

std::optional<std::int64_t> WindowValues::look(const SpreadQuestion& question, std::int64_t current, std::uint32_t number, const EventRings& rings,
                                               const RingHead& ring, std::byte* record, std::int64_t time) {
  const Series& series = series_[number];
  Index* const index = index_of(number, rings, ring, record);
  if (index == nullptr || time <= index->cut) return scan(question, current, series, rings, ring, time);
  const std::int64_t after = time - series.within_ms;
  catch_up(series, rings, ring, *index, after);
  set_right(series, rings, ring, *index, after, time);
  std::optional<std::int64_t> result;
  if (question.kind == FactKind::kDistinct) {
    result = static_cast<std::int64_t>(index->counts.size());
  } else if (question.kind != FactKind::kMinimum && question.kind != FactKind::kMaximum) {
    counted_.assign(index->counts.begin(), index->counts.end());
    result = answer(question, current, counted_);
  } else if (!index->counts.empty()) {
    result = question.kind == FactKind::kMinimum ? index->counts.begin()->first : index->counts.rbegin()->first;
  }
  for (const auto& [value, was_put] : undo_) {
    if (was_put) {
      take(*index, value);
    } else {
      put(*index, value);
    }
  }
  return result;
}

WindowValues::Index* WindowValues::index_of(std::uint32_t number, const EventRings& rings, const RingHead& ring, std::byte* record) {
  auto& handle = RecordLayout::at<std::uint32_t>(record, handle_);
  const std::uint64_t entries = entries_of(rings, ring);
  if (entries <= kIndexedUntil) drop(handle);
  if (handle == 0 && entries <= kIndexedFrom) return nullptr;
  if (handle == 0) {
    if (free_.empty()) {
      keys_.emplace_back();
      free_.push_back(static_cast<std::uint32_t>(keys_.size()));
    }
    handle = free_.back();
    free_.pop_back();
    keys_[handle - 1].resize(series_.size());
  }
  Index& index = keys_[handle - 1][number];
  const Edge first{EventRings::begin(ring), first_number(rings, ring)};
  if (index.begin.place.chunk == 0 || index.begin.number < first.number) {
    nodes_ -= index.counts.size();
    index = {first, first, std::numeric_limits<std::int64_t>::min(), {}};
  }
  return &index;
}

void WindowValues::drop(std::uint32_t& handle) {
  if (handle == 0) return;
  for (const Index& index : keys_[handle - 1]) nodes_ -= index.counts.size();
  KeyIndex().swap(keys_[handle - 1]);
  free_.push_back(std::exchange(handle, 0U));
}

// Takes in what came since, and lets go of what left.
void WindowValues::catch_up(const Series& series, const EventRings& rings, const RingHead& ring, Index& index, std::int64_t cut) {
  const RingPlace end = EventRings::end(ring);
  RingPlace& last = index.end.place;
  for (last = rings.normal(ring, last); last != end; last = rings.next(ring, last), ++index.end.number) {
    if (const auto value = value_of(rings.entry(last), series.flag, series.word)) put(index, *value);
  }
  index.cut = std::max(index.cut, cut);
  RingPlace& first = index.begin.place;
  for (first = rings.normal(ring, first); first != end; first = rings.next(ring, first), ++index.begin.number) {
    const std::int64_t* entry = rings.entry(first);
    if (EventRings::time_of(entry) > index.cut) break;
    if (const auto value = value_of(entry, series.flag, series.word)) take(index, *value);
  }
}

// Makes the index one of (after, until], where it is one of everything later than its cut; undo_ says how to take it back.
void WindowValues::set_right(const Series& series, const EventRings& rings, const RingHead& ring, Index& index, std::int64_t after,
                             std::int64_t until) {
  undo_.clear();
  rings.walk_back(ring, EventRings::end(ring), until, kForever, 1U << series.flag, [&](const std::int64_t* entry) {
    take(index, entry[series.word]);
    undo_.emplace_back(entry[series.word], false);
    return true;
  });
  if (after >= index.cut) return;
  rings.walk_back(ring, index.begin.place, after, kForever, 1U << series.flag, [&](const std::int64_t* entry) {
    put(index, entry[series.word]);
    undo_.emplace_back(entry[series.word], true);
    return true;
  });
}

std::optional<std::int64_t> WindowValues::scan(const SpreadQuestion& question, std::int64_t current, const Series& series, const EventRings& rings,
                                               const RingHead& ring, std::int64_t time) {
  seen_.clear();
  rings.walk_back(ring, EventRings::end(ring), time - series.within_ms, time, 1U << series.flag, [&](const std::int64_t* entry) {
    seen_.push_back(entry[series.word]);
    return true;
  });
  switch (question.kind) {
    case FactKind::kDistinct:
      std::sort(seen_.begin(), seen_.end());
      return std::unique(seen_.begin(), seen_.end()) - seen_.begin();
    case FactKind::kMinimum:
      if (seen_.empty()) return std::nullopt;
      return *std::min_element(seen_.begin(), seen_.end());
    case FactKind::kMaximum:
      if (seen_.empty()) return std::nullopt;
      return *std::max_element(seen_.begin(), seen_.end());
    default:
      break;
  }
  std::sort(seen_.begin(), seen_.end());
  counted_.clear();
  for (const std::int64_t value : seen_) {
    if (counted_.empty() || counted_.back().first != value) counted_.emplace_back(value, 0U);
    ++counted_.back().second;
  }
  return answer(question, current, counted_);
}

std::optional<std::int64_t> WindowValues::answer(const SpreadQuestion& question, std::int64_t current, std::span<const ValueCount> values) {
  if (question.kind != FactKind::kZScore && question.kind != FactKind::kRobustZScore) return spread_of(question, values);
  std::uint64_t count = 0;
  for (const ValueCount& value : values) count += value.second;
  usual_.reset();
  if (count < question.min_samples) return std::nullopt;
  usual_ = usual_of(question.kind, values);
  return question.kind == FactKind::kZScore ? z_score(current, values) : robust_z_score(current, values);
}

// Entries from `place` on have moved by one.
void WindowValues::inserted(const EventRings& rings, const RingHead& ring, const std::byte* record, RingPlace place) {
  if (series_.empty()) return;
  const auto handle = RecordLayout::at<std::uint32_t>(record, handle_);
  if (handle == 0) return;
  const std::uint64_t number = std::uint64_t{rings.ordinal(place.chunk)} * rings.slots() + place.slot;
  const auto move_on = [&](Edge& edge) { edge = {rings.next(ring, rings.normal(ring, edge.place)), edge.number + 1}; };
  for (std::size_t i = 0; i < series_.size(); ++i) {
    Index& index = keys_[handle - 1][i];
    if (index.begin.place.chunk == 0 || index.begin.number < first_number(rings, ring) || number >= index.end.number) continue;
    move_on(index.end);
    if (number < index.begin.number) {
      move_on(index.begin);
    } else if (const auto value = value_of(rings.entry(place), series_[i].flag, series_[i].word)) {
      put(index, *value);
    }
  }
}

void WindowValues::forget(std::byte* image) const {
  if (!series_.empty()) RecordLayout::at<std::uint32_t>(image, handle_) = 0;
}

std::size_t WindowValues::bytes() const { return nodes_ * kNodeBytes + keys_.capacity() * (sizeof(KeyIndex) + series_.size() * sizeof(Index)); }

void WindowValues::put(Index& index, std::int64_t value) {
  const auto [place, is_new] = index.counts.try_emplace(value, 0U);
  ++place->second;
  nodes_ += is_new ? 1 : 0;
}

void WindowValues::take(Index& index, std::int64_t value) {
  const auto place = index.counts.find(value);
  RECKONER_CHECK(place != index.counts.end(), "value {} leaves a window that does not hold it", value);
  if (--place->second > 0) return;
  index.counts.erase(place);
  --nodes_;
}

}  // namespace reckoner
