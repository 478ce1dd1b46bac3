// The checkpoint store on a local disk. A copy is a directory that is a RocksDB database of its own; copies share what did not change
// between them through hard links. What lies where, and why a crash at any moment leaves the old or the new copy whole: state/STATE_FORMAT.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/checkpoint_store.hpp"
#include "engine/error.hpp"
#include "state/file_faults.hpp"
#include "state/state_files.hpp"

namespace rocksdb {
class Env;
}

namespace reckoner {

class CopyDirectory;
class LiveDatabase;
class PartStreams;
class SharedCopies;
struct BuiltFile;
struct CopyDescription;
struct SharedCopy;

struct CheckpointSettings {
  std::uint32_t copies_kept = 3;                 // 1..1000
  std::uint32_t runs_before_merge = 6;           // 2..64 overlapping sorted runs start a merge in the background
  std::uint32_t runs_max = 16;                   // beyond it write() itself merges, after the copy is made
  std::uint64_t file_bytes_max = 256ULL << 20U;  // of one table file of a checkpoint
  std::string shared_directory{};                // copies of all processes that have this state, one at a time; empty = there is none
  std::uint32_t shared_copies_kept = 3;          // 2 or more: the next process may be fetching one while others are added
  FileFaults* faults = nullptr;                  // tests only; outlives the store
};

// A copy as a person wants to know it.
struct CopyInfo {
  CheckpointInfo checkpoint;
  std::int64_t made_ms = 0;  // by the file system's clock
  bool set_aside = false;    // not usable: found damaged, unconfirmed, or rolled back, and kept to be looked at
};

// Not thread-safe but for oldest_kept(). One process at a time: the caller holds the state directory's lock.
// After a failed write() the newest copy on the disk stays the truth, and the next write() starts from it; the parts of the failed one must
// then be given again. A merge that failed in the background is told by the next write(), which then fails once.
class RocksDbCheckpoint final : public CheckpointStore {
 public:
  // Makes the directory when missing. kConfiguration when a newer version of this program wrote a copy in it.
  [[nodiscard]] static Result<std::unique_ptr<RocksDbCheckpoint>> open(const std::string& directory, const CheckpointSettings& settings);
  ~RocksDbCheckpoint() override;

  void begin() override;
  [[nodiscard]] Result<void> add(std::span<const CheckpointPortion> portions) override;
  [[nodiscard]] Result<void> write(const CheckpointHeader& header, std::span<const CheckpointParts* const> shards) override;
  // A shared copy is fetched first where it is newer than all that are here. A copy is verified whole before visitor gets its first part. If it still fails under the scan, it is set aside and the error says to
  // start again.
  [[nodiscard]] Result<std::optional<CheckpointHeader>> restore(const IsCommitted& is_committed, const PartVisitor& visitor,
                                                                std::vector<std::string>& warnings) override;
  [[nodiscard]] Result<std::vector<CheckpointInfo>> list(bool verify) override;  // oldest first; those set aside too
  [[nodiscard]] Result<std::vector<CopyInfo>> list_copies(bool verify) const;    // the same, with more about each
  [[nodiscard]] Result<void> roll_back_to(std::uint64_t number) override;
  [[nodiscard]] EpochId oldest_kept() const override;  // {0, 0} when there is none

  // Links the newest copy to where share() finds it, however long that takes.
  [[nodiscard]] Result<SharedCopy> prepare_share(std::int64_t log_offset);
  // Adds it to the shared directory. From any thread, beside all else, one call at a time.
  [[nodiscard]] Result<void> share(const SharedCopy& copy, const StopAsked& stop) const;
  // restore() gives up soon, with Retry::kLater, once `stop` says so, while it fetches a shared copy or checks one.
  void restore_until(StopAsked stop) { stop_ = std::move(stop); }

  [[nodiscard]] std::uint32_t runs() const;  // overlapping sorted runs in the live database; 0 when it is closed

 private:
  struct Candidate;

  explicit RocksDbCheckpoint(const CheckpointSettings& settings);

  [[nodiscard]] Result<void> add_portions(std::span<const CheckpointPortion> portions);
  [[nodiscard]] Result<void> write_copy(const CheckpointHeader& header, std::span<const CheckpointParts* const> shards);
  [[nodiscard]] Result<void> clear_incoming() const;
  [[nodiscard]] Result<std::vector<BuiltFile>> build_parts(std::span<const CheckpointParts* const> shards, bool whole);
  [[nodiscard]] Result<void> ingest(std::uint64_t number, const CheckpointHeader& header, std::span<const CheckpointParts* const> shards, bool whole);
  [[nodiscard]] Result<void> make_copy(std::uint64_t number, const CheckpointHeader& header);
  [[nodiscard]] Result<void> start_empty();
  [[nodiscard]] Result<void> start_from_newest();
  [[nodiscard]] Result<void> start_from(std::uint64_t number, const CopyDescription& description);
  [[nodiscard]] Result<std::uint64_t> next_number() const;

  [[nodiscard]] Result<Candidate> examine(std::uint64_t number, const IsCommitted& is_committed);
  [[nodiscard]] Result<CheckpointHeader> open_examined(std::uint64_t number, const CopyDescription& description);
  [[nodiscard]] Result<void> stream(std::uint64_t number, const CheckpointHeader& header, const PartVisitor& visitor);
  [[nodiscard]] Result<void> refresh_oldest();
  [[nodiscard]] Result<std::vector<SharedCopy>> list_shared(std::vector<std::string>& warnings) const;
  [[nodiscard]] Result<void> fetch_newer(std::vector<SharedCopy>& shared, std::vector<std::string>& warnings);
  [[nodiscard]] Result<void> adopt(const SharedCopy& copy);

  CheckpointSettings settings_;
  std::unique_ptr<StateFiles> files_;
  std::unique_ptr<CopyDirectory> copies_;
  std::unique_ptr<SharedCopies> shared_;  // nullptr = there are none
  StopAsked stop_ = [] { return false; };
  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<LiveDatabase> live_;  // closed while nullptr
  std::unique_ptr<PartStreams> added_;  // to the copy that is not written yet, for `live_`; nullptr = nothing
  mutable std::mutex oldest_mutex_;
  EpochId oldest_;
};

}  // namespace reckoner
