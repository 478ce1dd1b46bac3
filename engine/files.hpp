// Port: every byte this project writes to a disk, and every byte it reads back. The real one is PosixFiles; tests bring one that keeps
// everything in memory, fails or stops at call n, and forgets what was not synced.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.hpp"

namespace reckoner {

struct FileInfo {
  std::uint64_t bytes = 0;
  std::int64_t modified_ms = 0;  // wall clock, only for telling whether a watched file still changes
};

// Appends to one file. Not thread-safe, but sync() and let_go_of_cache() may run while append() does: sync() then covers at least what was
// appended before it was called. A failed append or sync leaves the file's tail unspecified: give up the epoch, recover, never retry
// (a failed fsync may have dropped the dirty pages).
class AppendFile {
 public:
  virtual ~AppendFile() = default;
  [[nodiscard]] virtual Result<void> append(std::span<const char> bytes) = 0;
  [[nodiscard]] virtual Result<void> sync() = 0;  // data and length durable
  // A hint, after sync(): nobody is likely to read the first `bytes` soon. The memory that caches them may then take what comes next:
  // that is far cheaper than memory that the system has not had yet. Cannot fail.
  virtual void let_go_of_cache(std::uint64_t bytes) = 0;
  [[nodiscard]] virtual std::uint64_t size() const = 0;
};

// Reads one file from anywhere. Thread-safe.
class ReadFile {
 public:
  virtual ~ReadFile() = default;
  [[nodiscard]] virtual Result<std::size_t> read(std::uint64_t offset, std::span<char> into) const = 0;  // fewer bytes only at the end
  [[nodiscard]] virtual Result<std::uint64_t> size() const = 0;
};

class FileLock {  // held until destroyed
 public:
  virtual ~FileLock() = default;
};

class Files {
 public:
  virtual ~Files() = default;
  [[nodiscard]] virtual Result<std::unique_ptr<AppendFile>> open_append(const std::string& path) = 0;  // made when missing, at its end otherwise
  [[nodiscard]] virtual Result<std::unique_ptr<ReadFile>> open_read(const std::string& path) = 0;
  [[nodiscard]] virtual Result<void> truncate(const std::string& path, std::uint64_t bytes) = 0;  // and sync
  [[nodiscard]] virtual Result<void> rename(const std::string& from, const std::string& to) = 0;  // atomic, replaces
  [[nodiscard]] virtual Result<void> remove(const std::string& path) = 0;                         // missing is no error
  [[nodiscard]] virtual Result<void> make_directories(const std::string& path) = 0;
  [[nodiscard]] virtual Result<void> sync_directory(const std::string& path) = 0;
  [[nodiscard]] virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;  // names, sorted; empty when missing
  [[nodiscard]] virtual Result<FileInfo> info(const std::string& path) = 0;
  [[nodiscard]] virtual bool exists(const std::string& path) = 0;
  [[nodiscard]] virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;  // fails at once when somebody else holds it
};

// Writes a whole small file so that it is there complete or not at all: temporary name, sync, rename, sync of the directory.
[[nodiscard]] Result<void> write_atomically(Files& files, const std::string& path, std::string_view bytes);
[[nodiscard]] Result<std::string> read_whole(Files& files, const std::string& path, std::uint64_t bytes_max);
[[nodiscard]] std::string join_path(std::string_view directory, std::string_view name);

}  // namespace reckoner
