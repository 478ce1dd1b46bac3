// A disk that fails or loses its power at call n of what the checkpoint store changes, and then forgets what was never synced: the tails of
// files, and new, renamed and removed names of directories.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "state/file_faults.hpp"

namespace reckoner::testing {

class CrashingDisk final : public FileFaults {
 public:
  enum class Fault : std::uint8_t { kNone, kFailOnce, kStop };  // kStop: that call is torn, and every later one fails

  // Removed files are kept under `graveyard` (same file system), so that forgetting can bring them back.
  explicit CrashingDisk(std::filesystem::path graveyard) : graveyard_(std::move(graveyard)) { std::filesystem::create_directories(graveyard_); }

  void arm(Fault fault, std::uint64_t call) {
    const std::scoped_lock lock(mutex_);
    fault_ = fault;
    at_ = calls_ + call;
    hit_ = false;
  }

  [[nodiscard]] bool was_hit() const { return hit_; }
  [[nodiscard]] const std::map<FileOperation, std::uint64_t>& counts() const { return counts_; }

  FileAction before(const FileCall& call) override {
    const std::scoped_lock lock(mutex_);
    ++calls_;
    ++counts_[call.operation];
    if (stopped_) return FileAction::kFail;
    if (fault_ != Fault::kNone && calls_ == at_) {
      hit_ = true;
      stopped_ = fault_ == Fault::kStop;
      return stopped_ ? FileAction::kTear : FileAction::kFail;
    }
    const bool replaces = call.operation == FileOperation::kRename && std::filesystem::is_regular_file(call.target);
    if (call.operation == FileOperation::kRemove) buried_ = bury(call.path);
    if (call.operation == FileOperation::kRename) buried_ = replaces ? bury(call.target) : "";
    const bool is_sync = call.operation == FileOperation::kSync || call.operation == FileOperation::kSyncDirectory;
    return is_sync ? FileAction::kPretend : FileAction::kProceed;
  }

  void after(const FileCall& call) override {
    const std::scoped_lock lock(mutex_);
    switch (call.operation) {
      case FileOperation::kAppend:
        return;
      case FileOperation::kSync:
      case FileOperation::kTruncate:
        synced_[inode_of(call.path)] = std::filesystem::file_size(call.path);
        return;
      case FileOperation::kSyncDirectory:
        settle(call.path);
        return;
      case FileOperation::kCreate:
        synced_[inode_of(call.path)] = 0;
        break;
      case FileOperation::kRename:
        for (Change& change : changes_) move_prefix(change.call, call.path, call.target);
        break;
      default:
        break;
    }
    changes_.push_back({call, buried_});
  }

  // A disk may have kept some directories' new names and not others'.
  enum class Forget : std::uint8_t { kAllNames, kNamesInRoot, kNamesBelowRoot };

  // After the store is gone: what the disk holds when the power comes back.
  void forget_unsynced(const std::filesystem::path& root, Forget forget = Forget::kAllNames) {
    const std::scoped_lock lock(mutex_);
    for (; !changes_.empty(); changes_.pop_back()) {
      const bool in_root = directory_of(changes_.back().call) == root.string();
      const bool kept = (forget == Forget::kNamesInRoot && !in_root) || (forget == Forget::kNamesBelowRoot && in_root);
      if (!kept) undo(changes_.back());
    }
    if (!std::filesystem::exists(root)) return;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      if (!entry.is_regular_file()) continue;
      const auto synced = synced_.find(inode_of(entry.path()));
      if (synced != synced_.end() && entry.file_size() > synced->second) std::filesystem::resize_file(entry.path(), synced->second);
    }
  }

 private:
  struct Change {
    FileCall call;
    std::string buried;
  };

  static std::uint64_t inode_of(const std::filesystem::path& path) {
    struct stat found{};
    return ::stat(path.c_str(), &found) == 0 ? found.st_ino : 0;
  }

  static std::string directory_of(const FileCall& call) {
    return std::filesystem::path(call.target.empty() ? call.path : call.target).parent_path().string();
  }

  static void move_prefix(FileCall& call, const std::string& from, const std::string& to) {
    for (std::string* path : {&call.path, &call.target}) {
      if (path->starts_with(from + "/")) path->replace(0, from.size(), to);
    }
  }

  // The names in `directory` are durable. What was pending inside a directory that is durably gone went with it.
  void settle(const std::string& directory) {
    std::vector<Change> pending;
    for (const Change& change : changes_) {
      if (directory_of(change.call) != directory) {
        pending.push_back(change);
      } else if (change.call.operation == FileOperation::kRemoveDirectory) {
        std::erase_if(pending, [&](const Change& inner) { return inner.call.path.starts_with(change.call.path + "/"); });
      }
    }
    changes_ = std::move(pending);
  }

  std::string bury(const std::string& path) {
    const std::filesystem::path grave = graveyard_ / std::to_string(graves_++);
    std::error_code missing;
    std::filesystem::create_hard_link(path, grave, missing);
    return missing ? "" : grave.string();
  }

  // Where the directory is gone for good, or another file has the name for good, there is nothing to bring back.
  static void dig_up(const std::string& grave, const std::filesystem::path& path) {
    if (grave.empty() || !std::filesystem::exists(path.parent_path()) || std::filesystem::exists(path)) return;
    std::filesystem::create_hard_link(grave, path);
  }

  void undo(const Change& change) {
    const FileCall& call = change.call;
    switch (call.operation) {
      case FileOperation::kCreate:
      case FileOperation::kMakeDirectory:
        std::filesystem::remove_all(call.path);
        return;
      case FileOperation::kLink:
        std::filesystem::remove(call.target);
        return;
      case FileOperation::kRemove:
        dig_up(change.buried, call.path);
        return;
      case FileOperation::kRemoveDirectory:
        std::filesystem::create_directory(call.path);
        return;
      case FileOperation::kRename:
        std::filesystem::rename(call.target, call.path);
        dig_up(change.buried, call.target);
        for (Change& earlier : changes_) move_prefix(earlier.call, call.target, call.path);
        return;
      default:
        return;
    }
  }

  std::mutex mutex_;
  std::filesystem::path graveyard_;
  Fault fault_ = Fault::kNone;
  std::uint64_t calls_ = 0;
  std::uint64_t at_ = 0;
  std::uint64_t graves_ = 0;
  bool hit_ = false;
  bool stopped_ = false;
  std::string buried_;
  std::map<FileOperation, std::uint64_t> counts_;
  std::map<std::uint64_t, std::uint64_t> synced_;  // by inode; files made before are whole
  std::vector<Change> changes_;                    // to names, not yet synced, in order
};

}  // namespace reckoner::testing
