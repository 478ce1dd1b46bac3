// The commit log of the embedded default: segment files of decision records, and output files beside it. An epoch is committed when its
// record is synced; outputs are synced before. docs/formats.md describes the files.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "connectors/committed_sidecar.hpp"
#include "connectors/log_walk.hpp"
#include "connectors/output_files.hpp"
#include "engine/clock.hpp"
#include "engine/commit_log.hpp"
#include "engine/decision_record.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"

namespace reckoner {

struct LocalCommitLogSettings {
  std::string directory;
  std::string outputs_directory;
  std::vector<std::string> outputs;       // names in the order of output numbers; see is_output_name()
  std::vector<std::string> time_columns;  // CommittedOutput::time_column by output number; those not named have none
  std::uint32_t shards = 1;
  std::uint64_t job_hash = 0;                               // identity of the job; a log of another one is refused
  std::uint64_t segment_bytes = std::uint64_t{64} << 20U;   // a new segment begins at the first record past this
  std::uint64_t retention_bytes = std::uint64_t{4} << 30U;  // forget_before() keeps at least this much of the log
  std::int64_t publish_every_ms = 1000;                     // how often commit() renews the sidecar at most
};

// What recover() removed; nothing of it was ever committed.
struct RecoveryReport {
  std::uint64_t log_bytes_cut = 0;
  std::uint64_t output_bytes_cut = 0;
};

// recover() comes first, alone. Then: append_output() from any thread, one at a time for one shard; commit(), forget_before(), publish()
// from any thread; read() not while commit() runs. After an error of append_output() or commit() every later call fails with it, since
// nobody can say what is on the disk: make a new object and recover. The destructor writes nothing.
class LocalCommitLog final : public CommitLog {
 public:
  // `files` and `clock` outlive this object.
  LocalCommitLog(Files& files, Clock& clock, LocalCommitLogSettings settings);

  // Refuses (kConfiguration) a log of another job, and output files that hold rows when there is no log. Checks the hash of the last
  // epoch's outputs; check_outputs() does it for all.
  [[nodiscard]] Result<std::optional<DecisionRecord>> recover() override;
  [[nodiscard]] Result<void> read(EpochId after, const Visitor& visitor) override;
  [[nodiscard]] Result<bool> holds(const DecisionRecord& record) override;
  [[nodiscard]] Result<void> append_output(std::uint32_t shard, std::uint16_t output, std::span<const char> rows) override;
  [[nodiscard]] Result<void> commit(const DecisionRecord& record) override;
  [[nodiscard]] Result<void> forget_before(EpochId oldest_needed) override;

  // Renews the sidecar unless it is up to date: to be called when idle, and before the end.
  [[nodiscard]] Result<void> publish();
  [[nodiscard]] const RecoveryReport& recovery() const { return recovery_; }

 private:
  [[nodiscard]] Result<void> adopt_log();
  [[nodiscard]] Result<void> check_nothing_of_others() const;
  [[nodiscard]] Result<void> check_last_epoch(const std::optional<DecisionRecord>& before_last) const;
  [[nodiscard]] Result<void> begin_segment(std::uint64_t first_epoch);
  [[nodiscard]] Result<void> sync_outputs(const DecisionRecord& record);
  [[nodiscard]] Result<void> append_record(const DecisionRecord& record);
  [[nodiscard]] Result<void> publish_locked();
  [[nodiscard]] CommittedState committed_state() const;
  [[nodiscard]] Result<void> give_up(Result<void> result);
  [[nodiscard]] Result<void> still_good() const;
  void check_follows(const DecisionRecord& record) const;

  Files& files_;
  Clock& clock_;
  LocalCommitLogSettings settings_;
  OutputFiles outputs_;
  RecoveryReport recovery_;
  bool recovered_ = false;

  mutable std::mutex failure_mutex_;
  std::optional<Error> failure_;
  std::atomic<bool> failed_ = false;

  // Held by commit() while it writes the record, never while it syncs outputs.
  std::mutex log_mutex_;
  std::vector<SegmentFile> segments_;  // the last is the one written to
  std::unique_ptr<AppendFile> segment_;
  std::uint64_t last_frame_ = 0;
  std::optional<DecisionRecord> last_;
  std::vector<std::uint64_t> committed_;  // bytes, by OutputFiles::index()
  EpochId published_;
  std::int64_t published_ns_ = 0;
};

}  // namespace reckoner
