#include "app/memory_commit_log.hpp"

#include <algorithm>

namespace reckoner {

Result<std::optional<DecisionRecord>> MemoryCommitLog::recover() {
  open_ = {};
  return records_.empty() ? std::nullopt : std::optional(records_.back());
}

Result<void> MemoryCommitLog::read(EpochId after, const Visitor& visitor) {
  for (const DecisionRecord& record : records_) {
    if (record.id <= after) continue;
    if (Result<void> visited = visitor(record); !visited) return visited;
  }
  return {};
}

Result<bool> MemoryCommitLog::holds(const DecisionRecord& record) { return std::find(records_.begin(), records_.end(), record) != records_.end(); }

Result<void> MemoryCommitLog::append_output(std::uint32_t, std::uint16_t output, std::span<const char> rows) {
  open_[output].append(rows.begin(), rows.end());
  return {};
}

Result<void> MemoryCommitLog::commit(const DecisionRecord& record) {
  for (std::size_t output = 0; output < kOutputs; ++output) committed_[output] += std::exchange(open_[output], {});
  records_.push_back(record);
  return {};
}

}  // namespace reckoner
