// The values in sliding windows by size, for what cannot be subtracted: minimum, maximum, distinct. A series is the values that one kind of
// entries (a flag) has in one word, over one window's length. Of a short ring they are looked up entry by entry. A longer one gets an index,
// the window's values with how often each is there, which is brought up to date when it is asked: each entry comes in once and leaves once,
// at the cost of a search. For a record out of order the few entries between then and now are taken out, or put in again, for the look.
//
// An index lives in memory alone, at most one node a value in the window. It is made anew from the ring where there is none: after a restart,
// and when nobody asked until the ring let go of entries that the index holds. Single-threaded, as everything of a shard.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "engine/event_ring.hpp"
#include "engine/record_layout.hpp"
#include "operators/plan.hpp"
#include "operators/spread.hpp"

namespace reckoner {

class WindowValues {
 public:
  static constexpr std::uint32_t kIndexedFrom = 128;  // entries of a ring that gets an index
  static constexpr std::uint32_t kIndexedUntil = 64;  // and of one that loses it again

  // A series' number; equal ones are one. All of them before declare().
  [[nodiscard]] std::uint32_t add_series(std::int64_t within_ms, std::uint32_t flag, std::uint32_t word);
  void declare(RecordLayout& layout);

  // What is asked of the series' entries in (time - within, time]: kMinimum, kMaximum, kDistinct, or their spread; empty = it has no answer, for
  // want of values as a rule. `current` is the value that a z-score is of; what that is compared with is usual() then.
  [[nodiscard]] std::optional<std::int64_t> look(const SpreadQuestion& question, std::int64_t current, std::uint32_t number, const EventRings& rings,
                                                 const RingHead& ring, std::byte* record, std::int64_t time);
  [[nodiscard]] const std::optional<Usual>& usual() const { return usual_; }
  // To be told of each entry that did not go to the end of its ring, when it is filled.
  void inserted(const EventRings& rings, const RingHead& ring, const std::byte* record, RingPlace place);
  // Takes the name of the index out of a copy of the record that is to be stored.
  void forget(std::byte* image) const;
  [[nodiscard]] std::size_t bytes() const;

 private:
  struct Series {
    std::int64_t within_ms;
    std::uint32_t flag;
    std::uint32_t word;
    friend bool operator==(const Series&, const Series&) = default;
  };
  // A place with its number from the ring's first entry ever, by which it is known whether the place is still there.
  struct Edge {
    RingPlace place;
    std::uint64_t number = 0;
  };
  using Counts = std::map<std::int64_t, std::uint32_t>;  // value -> entries
  struct Index {                                         // of one series: holds the entries in [begin, end)
    Edge begin;
    Edge end;
    std::int64_t cut = std::numeric_limits<std::int64_t>::min();  // entries up to this time have left
    Counts counts;
  };
  using KeyIndex = std::vector<Index>;  // by series

  [[nodiscard]] Index* index_of(std::uint32_t number, const EventRings& rings, const RingHead& ring, std::byte* record);
  void drop(std::uint32_t& handle);
  void catch_up(const Series& series, const EventRings& rings, const RingHead& ring, Index& index, std::int64_t cut);
  void set_right(const Series& series, const EventRings& rings, const RingHead& ring, Index& index, std::int64_t after, std::int64_t until);
  [[nodiscard]] std::optional<std::int64_t> scan(const SpreadQuestion& question, std::int64_t current, const Series& series, const EventRings& rings,
                                                 const RingHead& ring, std::int64_t time);
  [[nodiscard]] std::optional<std::int64_t> answer(const SpreadQuestion& question, std::int64_t current, std::span<const ValueCount> values);
  void put(Index& index, std::int64_t value);
  void take(Index& index, std::int64_t value);

  std::vector<Series> series_;
  std::uint32_t handle_ = 0;  // offset in the record, where there are series: 1 + place in keys_, 0 = no index
  std::vector<KeyIndex> keys_;
  std::vector<std::uint32_t> free_;
  std::size_t nodes_ = 0;
  std::vector<std::int64_t> seen_;                   // by one scan
  std::vector<ValueCount> counted_;                  // for one answer
  std::optional<Usual> usual_;                       // of the last answer about a z-score
  std::vector<std::pair<std::int64_t, bool>> undo_;  // of one look: values and whether they were put in
};

}  // namespace reckoner
