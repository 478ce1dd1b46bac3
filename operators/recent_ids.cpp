#include "operators/recent_ids.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

#include "engine/big_endian.hpp"
#include "engine/check.hpp"
#include "engine/xxh3.hpp"
#include "operators/arithmetic.hpp"

namespace reckoner {

namespace {

constexpr std::uint64_t kSlotsInitial = 1024;
constexpr std::int64_t kBucketsInSpan = 16;  // the share of the span by which memory outlives what can be asked for
constexpr std::size_t kChunksPerSave = 64;
constexpr std::size_t kSweptPerCall = 4;
constexpr std::int64_t kBeginningOfTime = std::numeric_limits<std::int64_t>::min() / 4;
constexpr char kBucketPart = 'B';  // + bucket, chunk: ids
constexpr char kCountPart = 'F';   // forgotten until, forgotten early

std::string part_name(std::string_view prefix, std::int64_t bucket, std::uint32_t chunk) {
  std::string name(prefix);
  name.push_back(kBucketPart);
  append_big_endian(name, sortable(bucket));
  append_big_endian(name, chunk);
  return name;
}

}  // namespace

RecentIds::RecentIds(std::int64_t within_ms, std::uint64_t ids_max)
    : within_ms_(within_ms),
      bucket_ms_(std::max<std::int64_t>(within_ms / kBucketsInSpan, 1)),
      ids_max_(std::max<std::uint64_t>(ids_max, 1)),
      forgotten_until_(kBeginningOfTime),
      first_remembered_(std::numeric_limits<std::int64_t>::min()),
      slot_memory_(allocate_huge(kSlotsInitial * sizeof(Slot), "recent ids", Pages::kSmall)),
      mask_(kSlotsInitial - 1) {
  RECKONER_CHECK(within_ms > 0, "ids within {} ms", within_ms);
}

RecentId RecentIds::identity(std::string_view key_and_id) {
  const XXH128_hash_t hash = XXH3_128bits(key_and_id.data(), key_and_id.size());
  return {hash.high64, hash.low64, 0, 0};
}

std::int64_t RecentIds::bucket_of(std::int64_t event_time) const {
  std::int64_t bucket = 0;
  RECKONER_CHECK(divide_floor(event_time, bucket_ms_, bucket));
  return bucket;
}

void RecentIds::advance(std::int64_t watermark_ms) {
  if (watermark_ms > kBeginningOfTime && watermark_ms - within_ms_ > forgotten_until_) forget_through(watermark_ms - within_ms_);
}

// A bucket counts until all of it is forgotten. Its ids leave the table later, a few at a time; until then they are passed over by their time.
void RecentIds::forget_through(std::int64_t event_time) {
  forgotten_until_ = event_time;
  for (auto bucket = buckets_.lower_bound(first_remembered_); bucket != buckets_.end() && last_of(bucket->first) <= forgotten_until_; ++bucket) {
    bucket->second.forgotten = true;
    remembered_ -= bucket->second.ids;
    first_remembered_ = bucket->first + 1;
  }
}

const RecentId* RecentIds::find_or_add(const RecentId& id) {
  sweep(kSweptPerCall);
  for (std::uint64_t at = id.low & mask_; slots()[at] != nullptr; at = (at + 1) & mask_) {
    const RecentId& held = *slots()[at];
    if (held.high == id.high && held.low == id.low && held.event_time > forgotten_until_) return &held;
  }
  while (id.event_time > forgotten_until_ && remembered_ >= ids_max_) {  // more than once where a restart lowered the limit
    const auto oldest = buckets_.lower_bound(first_remembered_);
    forgotten_early_ += oldest->second.ids;
    forget_through(last_of(oldest->first));
  }
  if (id.event_time <= forgotten_until_) return nullptr;  // it could not be found again
  ++remembered_;
  insert(append(buckets_[bucket_of(id.event_time)], id));
  return nullptr;
}

// Takes ids of forgotten buckets out of the table. A bucket that a checkpoint still copies waits.
void RecentIds::sweep(std::size_t ids_max) {
  if (!pending_.empty()) return;
  while (ids_max > 0 && !buckets_.empty() && buckets_.begin()->second.forgotten) {
    const auto oldest = buckets_.begin();
    Bucket& bucket = oldest->second;
    for (; ids_max > 0 && bucket.swept < bucket.ids; ++bucket.swept, --ids_max) {
      erase(bucket.chunks[bucket.swept / kIdsPerChunk][bucket.swept % kIdsPerChunk]);
    }
    if (bucket.swept < bucket.ids) return;
    if (bucket.saved > 0) removed_.emplace_back(oldest->first, (bucket.saved + kIdsPerChunk - 1) / kIdsPerChunk);
    buckets_.erase(oldest);
  }
}

const RecentId& RecentIds::append(Bucket& bucket, const RecentId& id) {
  if (bucket.ids == bucket.chunks.size() * kIdsPerChunk) bucket.chunks.push_back(std::make_unique<RecentId[]>(kIdsPerChunk));
  RecentId& kept = bucket.chunks[bucket.ids / kIdsPerChunk][bucket.ids % kIdsPerChunk];
  kept = id;
  ++bucket.ids;
  return kept;
}

void RecentIds::insert(const RecentId& id) {
  if (++in_table_ * 2 > mask_ + 1) return grow();  // takes up `id` as well
  place(id);
}

void RecentIds::place(const RecentId& id) {
  std::uint64_t at = id.low & mask_;
  while (slots()[at] != nullptr) at = (at + 1) & mask_;
  slots()[at] = &id;
}

void RecentIds::grow() {
  mask_ = mask_ * 2 + 1;
  slot_memory_ = allocate_huge((mask_ + 1) * sizeof(Slot), "recent ids");
  for (const auto& [number, bucket] : buckets_) {
    for (std::uint32_t i = bucket.swept; i < bucket.ids; ++i) place(bucket.chunks[i / kIdsPerChunk][i % kIdsPerChunk]);
  }
}

// Linear probing without tombstones: what follows moves up into the hole where its own place allows it (Knuth, volume 3, 6.4, algorithm R).
void RecentIds::erase(const RecentId& id) {
  std::uint64_t hole = id.low & mask_;
  while (slots()[hole] != &id) {
    RECKONER_CHECK(slots()[hole] != nullptr, "an id that is not in the table");
    hole = (hole + 1) & mask_;
  }
  for (std::uint64_t at = (hole + 1) & mask_; slots()[at] != nullptr; at = (at + 1) & mask_) {
    const std::uint64_t home = slots()[at]->low & mask_;
    if (((at - home) & mask_) < ((at - hole) & mask_)) continue;
    slots()[hole] = slots()[at];
    hole = at;
  }
  slots()[hole] = nullptr;
  --in_table_;
}

void RecentIds::save(StateWriter& writer, std::string_view prefix) {
  if (writer.begins()) begin_save(writer, prefix);
  for (std::size_t i = 0; i < kChunksPerSave && !pending_.empty(); ++i) {
    Pending& next = pending_.back();
    const Bucket& bucket = buckets_.at(next.bucket);
    const std::uint32_t chunk = next.from / kIdsPerChunk;
    const std::uint32_t ids = std::min(kIdsPerChunk, next.until - chunk * kIdsPerChunk);
    writer.put(part_name(prefix, next.bucket, chunk), {reinterpret_cast<const char*>(bucket.chunks[chunk].get()), ids * sizeof(RecentId)});
    next.from = (chunk + 1) * kIdsPerChunk;
    if (next.from >= next.until) pending_.pop_back();
  }
}

void RecentIds::begin_save(StateWriter& writer, std::string_view prefix) {
  for (const auto& [bucket, chunks] : removed_) {
    for (std::uint32_t chunk = 0; chunk < chunks; ++chunk) writer.remove(part_name(prefix, bucket, chunk));
  }
  removed_.clear();
  std::string counts;
  append_big_endian(counts, sortable(forgotten_until_));
  append_big_endian(counts, forgotten_early_);
  writer.put(std::string(prefix) + kCountPart, counts);
  for (auto& [number, bucket] : buckets_) {
    if (bucket.saved == bucket.ids) continue;
    pending_.push_back({number, bucket.saved, bucket.ids});
    bucket.saved = bucket.ids;
  }
}

void RecentIds::load(std::string_view part, std::string_view value) {
  const auto kind = static_cast<char>(take_big_endian<std::uint8_t>(part));
  if (kind == kCountPart) {  // comes after all buckets
    const auto until = from_sortable(take_big_endian<std::uint64_t>(value));
    forgotten_early_ = take_big_endian<std::uint64_t>(value);
    return forget_through(until);
  }
  RECKONER_CHECK(kind == kBucketPart, "part {}", kind);
  const auto number = from_sortable(take_big_endian<std::uint64_t>(part));
  const auto chunk = take_big_endian<std::uint32_t>(part);
  Bucket& bucket = buckets_[number];
  RECKONER_CHECK(std::uint64_t{chunk} * kIdsPerChunk == bucket.ids && value.size() % sizeof(RecentId) == 0, "chunk {} of {} bytes after {} ids",
                 chunk, value.size(), bucket.ids);
  for (; !value.empty(); value.remove_prefix(sizeof(RecentId))) {
    RecentId id;
    std::memcpy(&id, value.data(), sizeof id);
    ++remembered_;
    insert(append(bucket, id));
  }
  bucket.saved = bucket.ids;
}

std::size_t RecentIds::bytes() const {
  std::size_t chunks = 0;
  for (const auto& [number, bucket] : buckets_) chunks += bucket.chunks.size();
  return chunks * kIdsPerChunk * sizeof(RecentId) + slot_memory_.get_deleter().bytes;
}

}  // namespace reckoner
