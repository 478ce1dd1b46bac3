// Per key, the events that some window may still ask about, in order of event time (ties in reading order), in linked chunks of one size.
// All chunks of a ring but the newest are full, so that a place is (chunk, slot). Exact sliding windows are cursors into it
// (operators/sliding.hpp). Appending at the end touches one line; an event that comes out of order shifts the few after it.
// Single-threaded, as everything of a shard.
#pragma once

#include <cstdint>
#include <span>

#include "engine/check.hpp"
#include "engine/slab.hpp"

namespace reckoner {

// An entry is `words` 64-bit words: event time and 16 flags, the position of the record, then whatever the owner keeps.
inline constexpr int kRingFlagBits = 16;
inline constexpr std::uint32_t kAllFlags = (1U << kRingFlagBits) - 1U;
inline constexpr std::size_t kRingChunkBytes = 256;

struct RingPlace {
  std::uint32_t chunk = 0;  // 1 + index of the chunk; 0 = the ring has none yet
  std::uint32_t slot = 0;
  friend bool operator==(const RingPlace&, const RingPlace&) = default;
};

// The part of a ring that lives in the key's record.
struct RingHead {
  std::uint32_t oldest = 0;  // 1 + index of the chunk; 0 = empty
  std::uint32_t newest = 0;
  std::uint32_t oldest_ordinal = 0;  // chunks of a ring are numbered from 0 as they are made
  std::uint32_t newest_ordinal = 0;
  std::uint32_t newest_count = 0;  // entries in the newest chunk
  std::uint32_t dirty_from = 0;    // first ordinal changed since it was last saved
  std::uint32_t saved_from = 0;    // first ordinal that a checkpoint may hold
};

class EventRings {
 public:
  explicit EventRings(std::size_t words);

  [[nodiscard]] std::size_t words() const { return words_; }
  [[nodiscard]] std::uint32_t slots() const { return slots_; }

  [[nodiscard]] std::int64_t* entry(RingPlace place) const {
    return reinterpret_cast<std::int64_t*>(chunks_.at(place.chunk - 1) + kHeaderBytes) + std::size_t{place.slot} * words_;
  }
  [[nodiscard]] static std::int64_t time_of(const std::int64_t* entry) { return entry[0] >> kRingFlagBits; }
  [[nodiscard]] static std::uint32_t flags_of(const std::int64_t* entry) { return static_cast<std::uint32_t>(entry[0]) & kAllFlags; }
  [[nodiscard]] static std::int64_t pack(std::int64_t time, std::uint32_t flags) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(time) << kRingFlagBits | flags);
  }

  [[nodiscard]] static RingPlace begin(const RingHead& head) { return {head.oldest, 0}; }
  [[nodiscard]] static RingPlace end(const RingHead& head) { return {head.newest, head.newest_count}; }
  // Walks; `place` must not be the end (next) or the beginning (previous).
  [[nodiscard]] RingPlace next(const RingHead& head, RingPlace place) const;
  [[nodiscard]] RingPlace previous(RingPlace place) const;
  // The same place in its one written form: a slot past a chunk's last becomes the next chunk's first, where there is a next chunk.
  [[nodiscard]] RingPlace normal(const RingHead& head, RingPlace place) const;

  // Room for one more entry at the end; the caller fills it. Returns where.
  [[nodiscard]] RingPlace append(RingHead& head);
  // Room before `at` for an entry with these flags, which the caller fills; entries from there on move one place towards the end.
  void insert(RingHead& head, RingPlace at, std::uint32_t flags);
  // visit(entry) for entries in (after, until] that have one of `flags`, newest first, going back from before `from`, until it returns false.
  // Chunks without such an entry are stepped over at once.
  template <typename Visit>
  void walk_back(const RingHead& head, RingPlace from, std::int64_t after, std::int64_t until, std::uint32_t flags, Visit&& visit) const {
    const auto without_rank = [&](const std::int64_t* at, std::size_t) { return visit(at); };
    walk_back_ranked(head, from, after, until, flags, ~std::size_t{0}, without_rank);
  }
  // The same with visit(entry, rank): entries up to `until`, whatever their flags, are counted from 1, and those beyond rank_max left out.
  template <typename Visit>
  void walk_back_ranked(const RingHead& head, RingPlace from, std::int64_t after, std::int64_t until, std::uint32_t flags, std::size_t rank_max,
                        Visit&& visit) const;

  // Lets go of whole chunks before `keep`'s.
  void release_before(RingHead& head, RingPlace keep) {
    while (head.oldest != keep.chunk) release_oldest(head);
  }

  [[nodiscard]] std::uint32_t ordinal(std::uint32_t chunk) const { return header(chunk).ordinal; }
  [[nodiscard]] std::uint32_t next_chunk(std::uint32_t chunk) const { return header(chunk).next; }
  [[nodiscard]] std::uint32_t previous_chunk(std::uint32_t chunk) const { return header(chunk).previous; }
  [[nodiscard]] const char* payload(std::uint32_t chunk) const { return reinterpret_cast<const char*>(chunks_.at(chunk - 1) + kHeaderBytes); }
  [[nodiscard]] std::size_t payload_bytes() const { return std::size_t{slots_} * words_ * sizeof(std::int64_t); }
  [[nodiscard]] std::size_t entry_bytes() const { return words_ * sizeof(std::int64_t); }
  // Restore: adds a chunk at the end of the ring under its old ordinal; the newest may come with its first entries alone.
  void restore_chunk(RingHead& head, std::uint32_t ordinal, std::span<const std::byte> entries);

  // The entry at `place` and the one after it, or where that is told. g++ 12 drops calls of functions that only prefetch; inlined, they stay.
  [[gnu::always_inline]] void prefetch_from(RingPlace place) const;
  // Where append() goes next.
  [[gnu::always_inline]] void prefetch_newest(const RingHead& head) const;
  [[nodiscard]] std::size_t bytes() const { return chunks_.bytes(); }

 private:
  static constexpr std::size_t kHeaderBytes = 16;
  static constexpr std::size_t kLineBytes = 64;
  struct ChunkHeader {
    std::uint32_t previous;
    std::uint32_t next;
    std::uint32_t ordinal;
    std::uint32_t flags;  // of a chunk that is not the newest: those of all its entries
  };
  static_assert(sizeof(ChunkHeader) == kHeaderBytes);

  [[nodiscard]] ChunkHeader& header(std::uint32_t chunk) const { return *reinterpret_cast<ChunkHeader*>(chunks_.at(chunk - 1)); }
  std::uint32_t add_chunk(RingHead& head);
  void sum_up(std::uint32_t chunk);
  void release_oldest(RingHead& head);

  std::size_t words_;
  std::uint32_t slots_;
  Slab chunks_;
};

inline RingPlace EventRings::normal(const RingHead& head, RingPlace place) const {
  if (place.slot < slots_ || place.chunk == head.newest || place.chunk == 0) return place;
  return {header(place.chunk).next, 0};
}

inline RingPlace EventRings::next(const RingHead& head, RingPlace place) const {
  RECKONER_CHECK(place.chunk != 0, "a place in an empty ring");
  ++place.slot;
  return normal(head, place);
}

inline RingPlace EventRings::previous(RingPlace place) const {
  if (place.slot > 0) return {place.chunk, place.slot - 1};
  const std::uint32_t before = header(place.chunk).previous;
  RECKONER_CHECK(before != 0, "a place before the first of a ring");
  return {before, slots_ - 1};
}

inline RingPlace EventRings::append(RingHead& head) {
  if (head.newest == 0 || head.newest_count == slots_) add_chunk(head);
  if (head.newest_ordinal < head.dirty_from) head.dirty_from = head.newest_ordinal;
  return {head.newest, head.newest_count++};
}

template <typename Visit>
void EventRings::walk_back_ranked(const RingHead& head, RingPlace from, std::int64_t after, std::int64_t until, std::uint32_t flags,
                                  std::size_t rank_max, Visit&& visit) const {
  std::size_t rank = 0;
  for (RingPlace place = from; place.chunk != 0 && place != begin(head) && rank < rank_max;) {
    place = previous(place);
    const std::int64_t* const at = entry(place);
    const std::int64_t time = time_of(at);
    if (time <= after) return;
    if (time > until) continue;
    if (place.slot + 1 == slots_ && place.chunk != head.newest && (header(place.chunk).flags & flags) == 0) {
      rank += slots_;
      place.slot = 0;
      continue;
    }
    ++rank;
    if ((flags_of(at) & flags) != 0 && !visit(at, rank)) return;
  }
}

inline void EventRings::prefetch_from(RingPlace place) const {
  const std::int64_t* const at = entry(place);
  __builtin_prefetch(at);
  if (place.slot + 1 < slots_) return __builtin_prefetch(at + 2 * words_ - 1);
  __builtin_prefetch(&header(place.chunk));
}

inline void EventRings::prefetch_newest(const RingHead& head) const {
  if (head.newest == 0) return;
  const std::byte* const chunk = chunks_.at(head.newest - 1);
  if (head.newest_count < slots_) return __builtin_prefetch(chunk + kHeaderBytes + head.newest_count * words_ * sizeof(std::int64_t), 1);
  for (std::size_t line = 0; line < kRingChunkBytes; line += kLineBytes) __builtin_prefetch(chunk + line, 1);  // add_chunk() sums it up
}

}  // namespace reckoner
