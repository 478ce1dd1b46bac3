// The identities of one input that one shard has seen within a span of event time, exact but for a collision of 128-bit hashes (XXH3-128; at
// 10^9 identities about 1 in 10^21). An identity is forgotten when its event time is no later than the watermark less the span, and, where
// memory ends before that, by age: the oldest bucket of time goes as a whole, and what was forgotten early is counted.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/huge_memory.hpp"
#include "engine/state_writer.hpp"

namespace reckoner {

// Stored in checkpoints: do not change.
struct RecentId {
  std::uint64_t high = 0;  // XXH3-128 of the driver key's length, its bytes and the id
  std::uint64_t low = 0;
  std::int64_t event_time = 0;
  std::uint64_t position = 0;  // PackedPosition of the first record with it
};
static_assert(sizeof(RecentId) == 32);

class RecentIds {
 public:
  static constexpr std::size_t kBytesAnId = 64;  // with its share of the table

  RecentIds(std::int64_t within_ms, std::uint64_t ids_max);

  // Of the driver key and the id, put together so that no two pairs give the same bytes.
  [[nodiscard]] static RecentId identity(std::string_view key_and_id);

  // Forgets what `watermark_ms` has left behind.
  void advance(std::int64_t watermark_ms);
  void prefetch(const RecentId& id) const { __builtin_prefetch(static_cast<const void*>(&slots()[id.low & mask_])); }
  // The first record with this identity, or null, in which case it is remembered from now on. Valid until the next call. Answers depend on
  // the calls of these two alone, not on when memory is swept or a checkpoint taken.
  [[nodiscard]] const RecentId* find_or_add(const RecentId& id);

  void save(StateWriter& writer, std::string_view prefix);
  void load(std::string_view part, std::string_view value);

  [[nodiscard]] std::uint64_t size() const { return remembered_; }
  [[nodiscard]] std::uint64_t forgotten_early() const { return forgotten_early_; }
  [[nodiscard]] std::size_t bytes() const;

 private:
  static constexpr std::uint32_t kIdsPerChunk = 128;
  using Chunk = std::unique_ptr<RecentId[]>;
  struct Bucket {
    std::vector<Chunk> chunks;
    std::uint32_t ids = 0;
    std::uint32_t saved = 0;  // of them in a checkpoint, or on the way there
    std::uint32_t swept = 0;  // of them out of the table again
    bool forgotten = false;   // all of them
  };
  struct Pending {  // chunks that a checkpoint still has to copy
    std::int64_t bucket;
    std::uint32_t from;
    std::uint32_t until;
  };
  using Slot = const RecentId*;

  [[nodiscard]] Slot* slots() const { return reinterpret_cast<Slot*>(slot_memory_.get()); }
  [[nodiscard]] std::int64_t bucket_of(std::int64_t event_time) const;
  [[nodiscard]] std::int64_t last_of(std::int64_t bucket) const { return (bucket + 1) * bucket_ms_ - 1; }
  void forget_through(std::int64_t event_time);
  void sweep(std::size_t ids_max);
  const RecentId& append(Bucket& bucket, const RecentId& id);
  void insert(const RecentId& id);
  void place(const RecentId& id);
  void erase(const RecentId& id);
  void grow();
  void begin_save(StateWriter& writer, std::string_view prefix);

  std::int64_t within_ms_;
  std::int64_t bucket_ms_;
  std::uint64_t ids_max_;
  std::int64_t forgotten_until_;  // event times up to here are forgotten
  std::uint64_t remembered_ = 0;  // ids of buckets that are not forgotten whole
  std::uint64_t forgotten_early_ = 0;
  std::map<std::int64_t, Bucket> buckets_;  // by bucket of event time
  std::int64_t first_remembered_;           // buckets before it are forgotten
  HugeMemory slot_memory_;
  std::uint64_t mask_;  // slots - 1
  std::uint64_t in_table_ = 0;
  std::vector<Pending> pending_;
  std::vector<std::pair<std::int64_t, std::uint32_t>> removed_;  // saved buckets that are gone, and their chunks
};

}  // namespace reckoner
