#include "operators/alert_hold.hpp"

namespace reckoner {

AlertHold::AlertHold(const RulePlan& rule)
    : hold_ms_(rule.hold_ms),
      renotify_ms_(rule.renotify_ms),
      escalate_hits_(rule.escalate_hits),
      slots_(rule.dedup.empty() ? 1 : kSlots),
      has_further_(rule.renotify_ms > 0 || !rule.dedup.empty()) {}

void AlertHold::declare(RecordLayout& layout) {
  held_ = layout.add(slots_ * sizeof(Held), alignof(Held));
  if (has_further_) further_ = layout.add(slots_ * sizeof(Further), alignof(Further));
}

// The slot of these values, or else a free one, or else that of the alert with the earliest time.
std::size_t AlertHold::find_slot(std::byte* record, std::uint64_t values) const {
  std::size_t room = 0;
  for (std::size_t slot = 0; slot < slots_; ++slot) {
    const Held& one = held(record, slot);
    if (one.hits > 0 && (slots_ == 1 || further(record, slot).values == values)) return slot;
    const Held& other = held(record, room);
    if (other.hits > 0 && (one.hits == 0 || one.since < other.since)) room = slot;
  }
  held(record, room) = {};
  return room;
}

AlertHold::Told AlertHold::tell(std::byte* record, std::int64_t event_time, const AlertId& id, std::uint64_t values) {
  const std::size_t slot = find_slot(record, values);
  Held& of = held(record, slot);
  const bool repeats = of.hits > 0 && event_time < of.since + hold_ms_ && event_time > of.since - hold_ms_;
  if (!repeats) of = {event_time, id, 0};
  Told told{repeats ? Notice::kRepeat : Notice::kNew, of.id, ++of.hits};
  if (has_further_) {
    Further& beside = further(record, slot);
    beside.values = values;
    if (!repeats) beside.noticed = event_time;
    if (repeats && renotify_ms_ > 0 && event_time >= beside.noticed + renotify_ms_) told.notice = Notice::kAgain;
  }
  if (repeats && told.hits == escalate_hits_) told.notice = Notice::kEscalated;
  if (has_further_ && (told.notice == Notice::kAgain || told.notice == Notice::kEscalated)) further(record, slot).noticed = event_time;
  return told;
}

}  // namespace reckoner
