// A commit log in memory: what a rehearsal decides and lets out. Single-threaded.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/commit_log.hpp"
#include "engine/outputs.hpp"

namespace reckoner {

class MemoryCommitLog final : public CommitLog {
 public:
  [[nodiscard]] Result<std::optional<DecisionRecord>> recover() override;
  [[nodiscard]] Result<void> read(EpochId after, const Visitor& visitor) override;
  [[nodiscard]] Result<bool> holds(const DecisionRecord& record) override;
  [[nodiscard]] Result<void> append_output(std::uint32_t shard, std::uint16_t output, std::span<const char> rows) override;
  [[nodiscard]] Result<void> commit(const DecisionRecord& record) override;
  [[nodiscard]] Result<void> forget_before(EpochId) override { return {}; }

  // Rows committed since this was last called.
  [[nodiscard]] std::string take_rows(OutputId output) { return std::exchange(committed_[static_cast<std::size_t>(output)], {}); }

 private:
  std::vector<DecisionRecord> records_;
  std::array<std::string, kOutputs> open_;
  std::array<std::string, kOutputs> committed_;
};

}  // namespace reckoner
