// What a key remembers of the alerts of a rule with a hold: a hit within the hold of one that was told in its own right, by event time in either
// direction, is told as its repeat and counted. A repeat is of notice again when `renotify` has passed since the last notice, or when it is the
// hit that escalates. One key space, one thread; the state is in the key's record.
#pragma once

#include <cstdint>

#include "engine/record_layout.hpp"
#include "operators/plan.hpp"

namespace reckoner {

struct AlertId {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
};

class AlertHold {
 public:
  // A rule with `dedup` holds so many combinations of values a key; the one that was told first makes room.
  static constexpr std::size_t kSlots = 8;

  explicit AlertHold(const RulePlan& rule);

  void declare(RecordLayout& layout);

  enum class Notice : std::uint8_t {
    kNew,        // an alert in its own right
    kRepeat,     // nothing that anyone must hear
    kAgain,      // a repeat, of notice since the last notice is `renotify` old
    kEscalated,  // a repeat, of notice since it is the hit that raises the severity
  };
  struct Told {
    Notice notice = Notice::kNew;
    AlertId first;           // the alert that it repeats, or itself
    std::uint64_t hits = 1;  // the how-manieth of the hold
  };
  // A hit with this id; `values` is a hash of what `dedup` names.
  [[nodiscard]] Told tell(std::byte* record, std::int64_t event_time, const AlertId& id, std::uint64_t values);

  [[nodiscard]] bool is_escalated(std::uint64_t hits) const { return escalate_hits_ > 0 && hits >= escalate_hits_; }

 private:
  struct Held {              // the last hit that was told in its own right
    std::int64_t since = 0;  // its event time
    AlertId id;
    std::uint64_t hits = 0;  // it and its repeats; 0 = there was none
  };
  // What stands beside each Held, where the rule asks for it.
  struct Further {
    std::uint64_t values = 0;
    std::int64_t noticed = 0;  // event time of the last notice
  };
  [[nodiscard]] std::size_t find_slot(std::byte* record, std::uint64_t values) const;
  [[nodiscard]] Held& held(std::byte* record, std::size_t slot) const { return (&RecordLayout::at<Held>(record, held_))[slot]; }
  [[nodiscard]] Further& further(std::byte* record, std::size_t slot) const { return (&RecordLayout::at<Further>(record, further_))[slot]; }

  std::int64_t hold_ms_;
  std::int64_t renotify_ms_;
  std::uint64_t escalate_hits_;
  std::size_t slots_;
  bool has_further_;
  std::uint32_t held_ = 0;     // offset of Held[slots_]
  std::uint32_t further_ = 0;  // offset of Further[slots_]
};

}  // namespace reckoner
