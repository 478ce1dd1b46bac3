// A disk in memory that a test can break: it fails or stops at the n-th call that changes something, and forgets what was not synced.
// Thread-safe. Directories are only names; entries of files are durable at once, or only after sync_directory() when asked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/error.hpp"
#include "engine/files.hpp"

namespace reckoner::testing {

// Thrown where the process is to die. Until crash() is called every further call throws it too.
struct FakeCrash {
  std::uint64_t call = 0;
};

enum class FakeFault : std::uint8_t {
  kFail,          // returns an error, nothing done
  kFailHalfway,   // an append writes half of its bytes, then returns an error; other calls: kFail
  kCrashBefore,   // throws FakeCrash, nothing done
  kCrashHalfway,  // an append writes half of its bytes, then FakeCrash; other calls: kCrashBefore
  kCrashAfter,    // does it all, then throws FakeCrash
};

enum class FakeLoss : std::uint8_t {
  kNothing,   // the process was killed: the system still holds what was written
  kUnsynced,  // the power went: all that was not synced is gone
  kTorn,      // the power went: of what was not synced a random part is there, as a prefix
};

class FakeFiles final : public Files {
 public:
  // With directory_syncs, a made, renamed or removed entry is durable only after sync_directory() of its directory.
  explicit FakeFiles(bool directory_syncs = false) : directory_syncs_(directory_syncs) {}

  // The fault happens once, at mutating call `call` counted from 1 since the start (open_append counts when it makes the file).
  void fault_at(std::uint64_t call, FakeFault fault);
  [[nodiscard]] std::uint64_t mutating_calls() const;
  [[nodiscard]] bool is_dead() const;  // a planned crash happened and crash() was not called yet
  // Ends the process that used these files: handles and locks opened before are void. A planned fault is forgotten.
  void crash(FakeLoss loss, std::uint64_t seed = 0);

  // Straight to the bytes, for tests: durable at once, not counted.
  void put(const std::string& path, std::string bytes, std::int64_t modified_ms = 0);
  // The same at the end of a file, made when it is not there: who has it open sees it grow.
  void grow(const std::string& path, std::string_view bytes);
  [[nodiscard]] std::string bytes(const std::string& path) const;  // empty when missing
  [[nodiscard]] std::vector<std::string> paths() const;
  [[nodiscard]] std::uint64_t syncs(const std::string& path) const;

  [[nodiscard]] Result<std::unique_ptr<AppendFile>> open_append(const std::string& path) override;
  [[nodiscard]] Result<std::unique_ptr<ReadFile>> open_read(const std::string& path) override;
  [[nodiscard]] Result<void> truncate(const std::string& path, std::uint64_t bytes) override;
  [[nodiscard]] Result<void> rename(const std::string& from, const std::string& to) override;
  [[nodiscard]] Result<void> remove(const std::string& path) override;
  [[nodiscard]] Result<void> make_directories(const std::string& path) override;
  [[nodiscard]] Result<void> sync_directory(const std::string& path) override;
  [[nodiscard]] Result<std::vector<std::string>> list(const std::string& directory) override;
  [[nodiscard]] Result<FileInfo> info(const std::string& path) override;
  [[nodiscard]] bool exists(const std::string& path) override;
  [[nodiscard]] Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;

 private:
  friend class FakeAppendFile;
  friend class FakeReadFile;
  friend class FakeLock;

  struct Node {
    std::string bytes;
    std::size_t synced = 0;  // bytes that a power loss leaves; all changes but truncate(), which syncs, append
    std::int64_t modified_ms = 0;
    std::uint64_t syncs = 0;
  };
  using Entries = std::map<std::string, std::shared_ptr<Node>>;

  // A change of entries that no sync_directory() has made durable yet; a null node removes the entry.
  struct EntryChange {
    std::vector<std::pair<std::string, std::shared_ptr<Node>>> entries;
  };

  using Effect = std::function<void()>;
  // Counts a mutating call and does its effect, or what the planned fault makes of it. `half` is the effect done halfway, if it has one.
  [[nodiscard]] Result<void> mutate(std::string_view what, const std::string& path, const Effect& effect, const Effect& half = {});
  void change_entries(EntryChange change);
  void throw_if_dead(std::uint64_t generation) const;
  [[nodiscard]] std::shared_ptr<Node> find(const std::string& path) const;

  const bool directory_syncs_;
  mutable std::mutex mutex_;
  Entries entries_;
  Entries durable_;
  std::vector<EntryChange> pending_;
  std::set<std::string> locks_;
  std::uint64_t calls_ = 0;
  std::uint64_t fault_call_ = 0;  // 0 = none
  FakeFault fault_ = FakeFault::kFail;
  bool dead_ = false;
  std::uint64_t generation_ = 0;  // grows by one a crash
};

}  // namespace reckoner::testing
