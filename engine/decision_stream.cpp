#include "engine/decision_stream.hpp"

#include <algorithm>
#include <utility>

namespace reckoner {

namespace {

constexpr auto kById = [](const auto& one, const auto& other) { return one.id < other.id; };

// Those of `last` that are in `now` as they were.
std::vector<PartitionProgress> unchanged_of(const std::vector<PartitionProgress>& last, const std::vector<PartitionProgress>& now) {
  std::vector<PartitionProgress> unchanged;
  for (auto before = last.begin(), after = now.begin(); before != last.end() && after != now.end();) {
    if (before->id == after->id) {
      if (*before == *after) unchanged.push_back(*before);
      ++before;
      ++after;
    } else if (before->id < after->id) {
      ++before;
    } else {
      ++after;
    }
  }
  return unchanged;
}

// What a step may read of a partition that it leaves as it is: nothing.
ReadLimit limit_of(const PartitionProgress& progress) { return {progress.id, progress.next.record}; }

DecisionRecord changes_of(const DecisionRecord& record, const std::vector<PartitionProgress>& unchanged) {
  DecisionRecord changes = record;
  const auto same = [&](PartitionId id) -> const PartitionProgress* {
    const auto found =
        std::lower_bound(unchanged.begin(), unchanged.end(), id, [](const auto& progress, PartitionId sought) { return progress.id < sought; });
    return found != unchanged.end() && found->id == id ? &*found : nullptr;
  };
  std::erase_if(changes.partitions, [&](const PartitionProgress& progress) { return same(progress.id) != nullptr; });
  for (ReadStep& step : changes.steps) {
    std::erase_if(step.limits, [&](const ReadLimit& limit) {
      const PartitionProgress* const progress = same(limit.id);
      return progress != nullptr && limit == limit_of(*progress);
    });
  }
  return changes;
}

template <typename Item>
void add_missing(std::vector<Item>& items, std::vector<Item> others) {
  std::erase_if(others, [&](const Item& other) { return std::binary_search(items.begin(), items.end(), other, kById); });
  items.insert(items.end(), others.begin(), others.end());
  std::inplace_merge(items.begin(), items.end() - static_cast<std::ptrdiff_t>(others.size()), items.end(), kById);
}

bool is_by_id(const DecisionRecord& record) {
  const auto is_sorted = [](const ReadStep& step) { return std::is_sorted(step.limits.begin(), step.limits.end(), kById); };
  return std::is_sorted(record.partitions.begin(), record.partitions.end(), kById) &&
         std::all_of(record.steps.begin(), record.steps.end(), is_sorted);
}

// The record with these changes.
DecisionRecord add_unchanged(DecisionRecord changes, const std::vector<PartitionProgress>& last) {
  std::vector<PartitionProgress> unchanged = last;
  std::erase_if(unchanged, [&](const PartitionProgress& progress) {
    return std::binary_search(changes.partitions.begin(), changes.partitions.end(), progress, kById);
  });
  std::vector<ReadLimit> limits;
  limits.reserve(unchanged.size());
  for (const PartitionProgress& progress : unchanged) limits.push_back(limit_of(progress));
  for (ReadStep& step : changes.steps) add_missing(step.limits, limits);
  add_missing(changes.partitions, std::move(unchanged));
  return changes;
}

}  // namespace

// What is neither is told when it is read.
bool is_whole(std::span<const char> bytes) { return bytes.empty() || bytes.front() != static_cast<char>(DecisionForm::kChanges); }

std::string DecisionWriter::write(const DecisionRecord& record) {
  const std::vector<PartitionProgress> last = std::exchange(last_, record.partitions);
  if (changes_ < kChangesMax && is_by_id(record)) {
    const std::vector<PartitionProgress> unchanged = unchanged_of(last, record.partitions);
    if (unchanged.size() >= kWorthwhile) {
      const DecisionRecord changes = changes_of(record, unchanged);
      if (add_unchanged(changes, last) == record) {
        ++changes_;
        return encode(changes, DecisionForm::kChanges);
      }
    }
  }
  changes_ = 0;
  return encode(record);
}

Result<DecisionRecord> DecisionReader::read(std::span<const char> bytes) {
  const bool whole = is_whole(bytes);
  Result<DecisionRecord> record = decode_decision_record(bytes, whole ? DecisionForm::kWhole : DecisionForm::kChanges);
  if (!record) return record;
  if (!whole) {
    if (!last_)
      return fail(ErrorKind::kCorruption, "a decision record tells only of changes, and the one before it is not there; restore the log from a copy");
    if (!is_by_id(*record)) return fail(ErrorKind::kCorruption, "a decision record's partitions are not in order; restore the log from a copy");
    *record = add_unchanged(std::move(*record), *last_);
  }
  last_ = record->partitions;
  return record;
}

}  // namespace reckoner
