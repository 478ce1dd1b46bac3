#include "operators/score_publisher.hpp"

#include <algorithm>

#include "engine/check.hpp"
#include "engine/int128.hpp"
#include "engine/key_table.hpp"
#include "engine/operator.hpp"
#include "operators/arithmetic.hpp"

namespace reckoner {

std::uint32_t ScorePublisher::band_of(std::int64_t score) const {
  for (std::uint32_t band = 0; band + 1 < score_.bands.size(); ++band) {
    if (score >= score_.bands[band].from) return band;
  }
  return static_cast<std::uint32_t>(score_.bands.size() - 1);
}

bool ScorePublisher::is_within_margin(std::uint32_t band, std::int64_t score) const {
  const Int128 margin = score_.publishing.margin;
  const bool is_above = band + 1 == score_.bands.size() || score >= score_.bands[band].from - margin;
  return is_above && (band == 0 || score < score_.bands[band - 1].from + margin);
}

std::uint32_t ScorePublisher::settled(Told& told, std::uint32_t band, std::int64_t score, std::int64_t now) const {
  if (is_within_margin(band, score)) {
    told.flags &= ~kOutside;
    return band;
  }
  if ((told.flags & kOutside) == 0) told.outside_since = now;
  told.flags |= kOutside;
  if (now - told.outside_since < score_.publishing.settle_ms) return band;
  told.flags &= ~kOutside;
  return band_of(score);
}

ScorePublisher::Verdict ScorePublisher::look(std::byte* record, std::uint32_t band, std::int64_t score, const Moment& moment) {
  Told& told = RecordLayout::at<Told>(record, told_);
  Verdict verdict;
  for (const BandOverride& one : score_.overrides) {
    verdict.entry = one.list->find(KeyTable::key_of(record), moment.now);
    if (verdict.entry == nullptr) continue;
    verdict.override_by = &one;
    break;
  }
  if (verdict.entry != nullptr) {
    verdict.band = verdict.override_by->band;
    told.flags = (told.flags | kOverridden) & ~kOutside;
  } else if ((told.flags & kOverridden) != 0) {
    verdict.band = band_of(score);
    told.flags &= ~kOverridden;
  } else {
    verdict.band = settled(told, band, score, moment.now);
  }
  if (!moment.is_timer) told.flags |= kNews;
  const bool is_first = (told.flags & kAny) == 0;
  const bool has_news = is_first || (told.flags & kNews) != 0 || score != told.score;
  const std::int64_t every = score_.publishing.every_ms;
  verdict.leaves = verdict.band != band || (every > 0 && has_news && (is_first || moment.now - told.at >= every));
  if (!verdict.leaves) return verdict;
  told.at = moment.now;
  told.score = score;
  told.flags = (told.flags | kAny) & ~kNews;
  return verdict;
}

// When a list next begins or ceases to have the key.
std::int64_t ScorePublisher::next_change(const std::byte* record, std::int64_t now) const {
  std::int64_t next = kNothingDue;
  for (const BandOverride& one : score_.overrides) {
    const ListEntry* entry = one.list->find(KeyTable::key_of(record));
    if (entry == nullptr) continue;
    if (entry->from_ms > now) next = std::min(next, entry->from_ms);
    if (entry->until_ms > now) next = std::min(next, entry->until_ms);
  }
  return next;
}

std::int64_t ScorePublisher::target(const std::byte* record, const Told& told, const Moment& moment) const {
  std::int64_t target = next_change(record, moment.now);
  // What was due at a timer is done, or waits for a record: there was nothing new, or the score was unknown.
  const auto add = [&](std::int64_t due) {
    if (!moment.is_timer || due > moment.time) target = std::min(target, due);
  };
  const ScorePublishing& publishing = score_.publishing;
  if (publishing.every_ms > 0 && (told.flags & kAny) != 0) add(told.at + publishing.every_ms);
  if ((told.flags & kOutside) != 0) add(told.outside_since + publishing.settle_ms);
  return target;
}

// A timer is set to a minute after its record at least, which the key space must know beforehand; one that waits already stays.
void ScorePublisher::wind(std::byte* record, const Moment& moment) {
  Told& told = RecordLayout::at<Told>(record, told_);
  const std::int64_t reached = moment.is_timer ? moment.time : moment.watermark;
  if (told.due <= reached) told.flags &= ~kTimer;
  const std::int64_t wanted = target(record, told, moment);
  if (wanted == kNothingDue) return;
  std::int64_t steps = 0;
  const std::int64_t earliest = std::max({wanted, reached + 1, moment.time + kExpiryGridMs});
  if (earliest > kNothingDue - kExpiryGridMs) return;
  RECKONER_CHECK(divide_floor(earliest + kExpiryGridMs - 1, kExpiryGridMs, steps), "a grid of nothing");
  const std::int64_t due = steps * kExpiryGridMs;
  told.due = (told.flags & kTimer) != 0 ? std::min(told.due, due) : due;
  told.flags |= kTimer;
}

std::int64_t ScorePublisher::timer(const std::byte* record) const {
  const auto& told = RecordLayout::at<Told>(record, told_);
  const std::int64_t due = (told.flags & kTimer) != 0 ? told.due : kNothingDue;
  return before_ == nullptr ? due : std::min(due, before_->timer(record));
}

}  // namespace reckoner
