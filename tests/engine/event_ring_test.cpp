#include "engine/event_ring.hpp"

#include <algorithm>
#include <deque>
#include <random>
#include <vector>

#include "support/catch.hpp"

namespace reckoner {
namespace {

struct Entry {
  std::int64_t time;
  std::int64_t value;
  std::uint32_t flags;
  friend bool operator==(const Entry&, const Entry&) = default;
};

std::deque<Entry> entries_of(const EventRings& rings, const RingHead& head, RingPlace from) {
  std::deque<Entry> entries;
  for (RingPlace place = rings.normal(head, from); place != EventRings::end(head); place = rings.next(head, place)) {
    const std::int64_t* entry = rings.entry(place);
    entries.push_back({EventRings::time_of(entry), entry[1], EventRings::flags_of(entry)});
  }
  return entries;
}

std::vector<std::int64_t> looking_back(const EventRings& rings, const RingHead& head, std::int64_t after, std::int64_t until, std::uint32_t flags,
                                       std::size_t rank_max) {
  std::vector<std::int64_t> values;
  rings.walk_back_ranked(head, EventRings::end(head), after, until, flags, rank_max, [&](const std::int64_t* entry, std::size_t) {
    values.push_back(entry[1]);
    return true;
  });
  return values;
}

std::vector<std::int64_t> slow_looking_back(const std::deque<Entry>& entries, std::int64_t after, std::int64_t until, std::uint32_t flags,
                                            std::size_t rank_max) {
  std::vector<std::int64_t> values;
  std::size_t rank = 0;
  for (auto entry = entries.rbegin(); entry != entries.rend() && entry->time > after; ++entry) {
    if (entry->time > until || ++rank > rank_max) continue;
    if ((entry->flags & flags) != 0) values.push_back(entry->value);
  }
  return values;
}

}  // namespace

TEST_CASE("rings that share chunks hold what deques would, whatever is put between and let go") {
  EventRings rings(2);
  constexpr std::size_t kRings = 20;
  std::vector<RingHead> heads(kRings);
  std::vector<std::deque<Entry>> expected(kRings);
  std::mt19937_64 random(5);
  for (std::int64_t step = 0; step < 40'000; ++step) {
    const std::size_t ring = random() % kRings;
    RingHead& head = heads[ring];
    std::deque<Entry>& slow = expected[ring];
    const std::int64_t time = step - static_cast<std::int64_t>(random() % 8 == 0 ? random() % 600 : 0) - 20'000;
    const std::uint32_t flags = random() % 100 == 0 ? 1U << (2 + random() % 3) : 1;  // most are rare, so that whole chunks lack them
    RingPlace place = EventRings::end(head);
    std::size_t behind = 0;
    while (behind < slow.size() && slow[slow.size() - 1 - behind].time > time) {
      place = rings.previous(place);
      ++behind;
    }
    if (behind == 0) {
      place = rings.append(head);
    } else {
      rings.insert(head, place, flags);
    }
    rings.entry(place)[0] = EventRings::pack(time, flags);
    rings.entry(place)[1] = step;
    slow.insert(slow.end() - static_cast<std::ptrdiff_t>(behind), {time, step, flags});
    if (random() % 50 == 0) {  // keep the newest few: whole chunks before them go, and what is left of the first stays
      RingPlace keep = EventRings::end(head);
      for (std::size_t back = random() % slow.size() + 1; back > 0; --back) keep = rings.previous(keep);
      rings.release_before(head, keep);
      const std::size_t left = std::size_t{head.newest_ordinal - head.oldest_ordinal} * rings.slots() + head.newest_count;
      while (slow.size() > left) slow.pop_front();
    }
    if (random() % 50 == 0) {
      const std::int64_t after = time - static_cast<std::int64_t>(random() % 8'000);
      const auto wanted = static_cast<std::uint32_t>(random() % 32);
      const std::size_t rank_max = random() % 3 == 0 ? random() % 200 : ~std::size_t{0};
      const bool same = looking_back(rings, head, after, time, wanted, rank_max) == slow_looking_back(slow, after, time, wanted, rank_max);
      if (!same) FAIL_CHECK("looking back, step " << step);
    }
    if (random() % 100 == 0 && entries_of(rings, head, EventRings::begin(head)) != slow) FAIL_CHECK("step " << step);
  }
  for (std::size_t ring = 0; ring < kRings; ++ring) CHECK(entries_of(rings, heads[ring], EventRings::begin(heads[ring])) == expected[ring]);
}

}  // namespace reckoner
