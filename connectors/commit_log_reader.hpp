// Reads a local commit log as the engine's port, without changing anything, also while another process appends to it: for executing again
// what a job did, never for going on. Ends where the log ended when recover() was called.
#pragma once

#include <string>
#include <utility>

#include "engine/commit_log.hpp"
#include "engine/files.hpp"

namespace reckoner {

// Not thread-safe; `files` outlives it.
class CommitLogReader final : public CommitLog {
 public:
  CommitLogReader(Files& files, std::string directory) : files_(files), directory_(std::move(directory)) {}

  [[nodiscard]] Result<std::optional<DecisionRecord>> recover() override;
  [[nodiscard]] Result<void> read(EpochId after, const Visitor& visitor) override;

  [[nodiscard]] Result<bool> holds(const DecisionRecord& record) override;

  // Nothing of this is a reader's business: kInternal.
  [[nodiscard]] Result<void> append_output(std::uint32_t shard, std::uint16_t output, std::span<const char> rows) override;
  [[nodiscard]] Result<void> commit(const DecisionRecord& record) override;
  [[nodiscard]] Result<void> forget_before(EpochId oldest_needed) override;

 private:
  Files& files_;
  std::string directory_;
  EpochId end_;
};

}  // namespace reckoner
