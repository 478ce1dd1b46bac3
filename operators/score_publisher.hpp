// Which band of a score is told and when a row leaves, where that is more than "the band is another one":
//   - margin and settle: the told band changes once the score has been out of it, by the margin, for so long without a break; then to the
//     band in which the score is;
//   - overrides: while a list has the key, the told band is the override's, at once; when it no longer does, that of the score, at once;
//   - every: a row also leaves so long after the last one, as soon as there is anything new: a record or another score. A key of which nothing
//     is read and from which nothing expires says nothing, so that rows are bounded by what is read.
// Time is event time. What falls due is told at a timer of the key, on whole minutes (kExpiryGridMs), for scores that are computed on expiry.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/record_layout.hpp"
#include "operators/key_timer.hpp"
#include "operators/plan.hpp"

namespace reckoner {

class ScorePublisher : public KeyTimer {
 public:
  // `before`: an operator before the score that sets timers too, or null.
  ScorePublisher(const ScorePlan& score, const KeyTimer* before) : score_(score), before_(before) {}

  void declare(RecordLayout& layout) { told_ = layout.add<Told>(); }

  struct Moment {
    std::int64_t time = 0;       // of the record or timer
    std::int64_t now = 0;        // the latest time that the key was scored at
    std::int64_t watermark = 0;  // of a timer: its own time
    bool is_timer = false;
  };
  struct Verdict {
    bool leaves = false;
    std::uint32_t band = 0;
    const BandOverride* override_by = nullptr;
    const ListEntry* entry = nullptr;  // of the override's list
  };

  // A known score of the record's key, which was last told to be in `band`.
  Verdict look(std::byte* record, std::uint32_t band, std::int64_t score, const Moment& moment);
  // Behind look(), and for each row without one too: sets what timer() gives.
  void wind(std::byte* record, const Moment& moment);
  [[nodiscard]] std::int64_t timer(const std::byte* record) const override;

  [[nodiscard]] std::uint32_t band_of(std::int64_t score) const;

 private:
  enum Flag : std::uint32_t {
    kAny = 1,         // a row left
    kNews = 2,        // a record was scored since
    kOutside = 4,     // of the told band, since `outside_since`
    kOverridden = 8,  // the told band is an override's
    kTimer = 16,      // `due` is set
  };
  struct Told {  // all zero in a new record
    std::int64_t at;
    std::int64_t score;
    std::int64_t outside_since;
    std::int64_t due;
    std::uint32_t flags;
  };

  [[nodiscard]] bool is_within_margin(std::uint32_t band, std::int64_t score) const;
  [[nodiscard]] std::uint32_t settled(Told& told, std::uint32_t band, std::int64_t score, std::int64_t now) const;
  [[nodiscard]] std::int64_t next_change(const std::byte* record, std::int64_t now) const;
  [[nodiscard]] std::int64_t target(const std::byte* record, const Told& told, const Moment& moment) const;

  const ScorePlan& score_;
  const KeyTimer* before_;
  std::uint32_t told_ = 0;
};

}  // namespace reckoner
