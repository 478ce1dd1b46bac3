#include "engine/event_ring.hpp"

#include <cstring>

#include "engine/check.hpp"

namespace reckoner {

EventRings::EventRings(std::size_t words)
    : words_(words), slots_(static_cast<std::uint32_t>((kRingChunkBytes - kHeaderBytes) / (words * sizeof(std::int64_t)))), chunks_(kRingChunkBytes) {
  RECKONER_CHECK(words >= 2 && slots_ >= 2, "{} words an entry", words);
}

RingPlace EventRings::next(const RingHead& head, RingPlace place) const {
  RECKONER_CHECK(place.chunk != 0, "a place in an empty ring");
  ++place.slot;
  return normal(head, place);
}

RingPlace EventRings::normal(const RingHead& head, RingPlace place) const {
  if (place.slot < slots_ || place.chunk == head.newest || place.chunk == 0) return place;
  return {header(place.chunk).next, 0};
}

RingPlace EventRings::previous(RingPlace place) const {
  if (place.slot > 0) return {place.chunk, place.slot - 1};
  const std::uint32_t before = header(place.chunk).previous;
  RECKONER_CHECK(before != 0, "a place before the first of a ring");
  return {before, slots_ - 1};
}

std::uint32_t EventRings::add_chunk(RingHead& head) {
  const std::uint32_t chunk = chunks_.allocate() + 1;
  ChunkHeader& made = header(chunk);
  made.previous = head.newest;
  if (head.newest == 0) {
    head.oldest = chunk;
    made.ordinal = head.newest_ordinal = head.oldest_ordinal;
  } else {
    header(head.newest).next = chunk;
    made.ordinal = ++head.newest_ordinal;
  }
  head.newest = chunk;
  head.newest_count = 0;
  return chunk;
}

RingPlace EventRings::append(RingHead& head) {
  if (head.newest == 0 || head.newest_count == slots_) add_chunk(head);
  ++head.entries;
  if (head.newest_ordinal < head.dirty_from) head.dirty_from = head.newest_ordinal;
  return {head.newest, head.newest_count++};
}

void EventRings::insert(RingHead& head, RingPlace at) {
  RECKONER_CHECK(at.chunk != 0 && at.slot < slots_, "insert at {}:{}", at.chunk, at.slot);
  RingPlace hole = append(head);
  while (hole.chunk != at.chunk) {  // whole chunks move by one, the last of the chunk before coming in at the front
    std::int64_t* first = entry({hole.chunk, 0});
    std::memmove(first + words_, first, hole.slot * words_ * sizeof(std::int64_t));
    const RingPlace last{header(hole.chunk).previous, slots_ - 1};
    std::memcpy(first, entry(last), words_ * sizeof(std::int64_t));
    hole = last;
  }
  std::int64_t* place = entry(at);
  std::memmove(place + words_, place, (hole.slot - at.slot) * words_ * sizeof(std::int64_t));
  head.dirty_from = std::min(head.dirty_from, header(at.chunk).ordinal);
}

void EventRings::release_before(RingHead& head, RingPlace keep) {
  while (head.oldest != keep.chunk) {
    const std::uint32_t gone = head.oldest;
    RECKONER_CHECK(gone != 0 && gone != head.newest, "chunk {} to keep is not in the ring", keep.chunk);
    head.oldest = header(gone).next;
    header(head.oldest).previous = 0;
    head.oldest_ordinal = header(head.oldest).ordinal;
    head.entries -= slots_;
    chunks_.free(gone - 1);
  }
}

void EventRings::restore_chunk(RingHead& head, std::uint32_t ordinal, const char* payload, std::size_t bytes) {
  RECKONER_CHECK(bytes == payload_bytes(), "chunk of {} bytes, stored {}", payload_bytes(), bytes);
  const std::uint32_t count = head.newest_count;  // of the newest chunk, as saved: add_chunk() starts one at 0
  const std::uint32_t newest_ordinal = head.newest_ordinal;
  const std::uint32_t chunk = chunks_.allocate() + 1;
  ChunkHeader& made = header(chunk);
  made.previous = head.newest;
  made.ordinal = ordinal;
  if (head.newest == 0) {
    head.oldest = chunk;
  } else {
    header(head.newest).next = chunk;
  }
  head.newest = chunk;
  head.newest_count = count;
  head.newest_ordinal = newest_ordinal;
  std::memcpy(chunks_.at(chunk - 1) + kHeaderBytes, payload, bytes);
}

void EventRings::prefetch_newest(const RingHead& head) const {
  if (head.newest == 0) return;
  const std::byte* chunk = chunks_.at(head.newest - 1);
  __builtin_prefetch(chunk, 1);
  __builtin_prefetch(chunk + kHeaderBytes + head.newest_count * words_ * sizeof(std::int64_t), 1);
}

}  // namespace reckoner
