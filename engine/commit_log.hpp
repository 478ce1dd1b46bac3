// Port: makes an epoch's outputs and its decision record visible together, or neither. An epoch is committed when its record is. The local
// implementation appends outputs to files whose committed lengths the record names; a Kafka one puts both in a transaction.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "engine/decision_record.hpp"
#include "engine/error.hpp"

namespace reckoner {

class CommitLog {
 public:
  virtual ~CommitLog() = default;

  // Reads what was committed before and removes every trace of what was not: outputs are cut to their committed lengths, a torn tail of the
  // log is recognised and cut. Returns the last committed record. Once, before anything else. A log damaged before its tail is kCorruption.
  [[nodiscard]] virtual Result<std::optional<DecisionRecord>> recover() = 0;

  // Committed records after `after`, oldest first, until the visitor returns an error. kCorruption when a record that should be there is not.
  using Visitor = std::function<Result<void>(const DecisionRecord&)>;
  [[nodiscard]] virtual Result<void> read(EpochId after, const Visitor& visitor) = 0;

  // Whether `record` itself is committed, not only another of its number. One that was forgotten may be told by its number alone.
  [[nodiscard]] virtual Result<bool> holds(const DecisionRecord& record) = 0;

  // Adds rows (whole lines) to the open epoch's output. May write through at once; nobody sees them before commit(). Different shards' may
  // come from different threads at once.
  [[nodiscard]] virtual Result<void> append_output(std::uint32_t shard, std::uint16_t output, std::span<const char> rows) = 0;

  // Outputs appended so far up to the lengths in `record`, and the record, become durable and visible. May run in one thread while
  // append_output() goes on in another for the next epoch.
  [[nodiscard]] virtual Result<void> commit(const DecisionRecord& record) = 0;

  // Records before `oldest_needed` may be forgotten (whole segments at a time, and never sooner than the stated retention).
  [[nodiscard]] virtual Result<void> forget_before(EpochId oldest_needed) = 0;
};

}  // namespace reckoner
