#include "engine/event_ring.hpp"

#include <cstring>

#include "engine/check.hpp"

namespace reckoner {

EventRings::EventRings(std::size_t words)
    : words_(words), slots_(static_cast<std::uint32_t>((kRingChunkBytes - kHeaderBytes) / (words * sizeof(std::int64_t)))), chunks_(kRingChunkBytes) {
  RECKONER_CHECK(words >= 2 && slots_ >= 2, "{} words an entry", words);
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
    sum_up(head.newest);
    made.ordinal = ++head.newest_ordinal;
  }
  head.newest = chunk;
  head.newest_count = 0;
  return chunk;
}

void EventRings::sum_up(std::uint32_t chunk) {
  std::uint32_t flags = 0;
  for (std::uint32_t slot = 0; slot < slots_; ++slot) flags |= flags_of(entry({chunk, slot}));
  header(chunk).flags = flags;
}

void EventRings::insert(RingHead& head, RingPlace at, std::uint32_t flags) {
  RECKONER_CHECK(at.chunk != 0 && at.slot < slots_, "insert at {}:{}", at.chunk, at.slot);
  RingPlace hole = append(head);
  while (hole.chunk != at.chunk) {  // whole chunks move by one, the last of the chunk before coming in at the front
    std::int64_t* first = entry({hole.chunk, 0});
    std::memmove(first + words_, first, hole.slot * words_ * sizeof(std::int64_t));
    const RingPlace last{header(hole.chunk).previous, slots_ - 1};
    std::memcpy(first, entry(last), words_ * sizeof(std::int64_t));
    if (hole.chunk != head.newest) sum_up(hole.chunk);
    hole = last;
  }
  std::int64_t* place = entry(at);
  std::memmove(place + words_, place, (hole.slot - at.slot) * words_ * sizeof(std::int64_t));
  if (at.chunk != head.newest) {
    place[0] = pack(0, flags);
    sum_up(at.chunk);
  }
  head.dirty_from = std::min(head.dirty_from, header(at.chunk).ordinal);
}

void EventRings::release_oldest(RingHead& head) {
  const std::uint32_t gone = head.oldest;
  RECKONER_CHECK(gone != 0 && gone != head.newest, "the chunk to keep is not in the ring");
  head.oldest = header(gone).next;
  header(head.oldest).previous = 0;
  head.oldest_ordinal = header(head.oldest).ordinal;
  chunks_.free(gone - 1);
}

void EventRings::restore_chunk(RingHead& head, std::uint32_t ordinal, std::span<const std::byte> entries) {
  RECKONER_CHECK(entries.size() <= payload_bytes() && entries.size() % entry_bytes() == 0, "chunk of {} bytes, stored {}", payload_bytes(),
                 entries.size());
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
    sum_up(head.newest);
  }
  head.newest = chunk;
  head.newest_count = count;
  head.newest_ordinal = newest_ordinal;
  std::memcpy(chunks_.at(chunk - 1) + kHeaderBytes, entries.data(), entries.size());
}

}  // namespace reckoner
