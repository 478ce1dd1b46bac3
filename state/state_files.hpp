// The few things that the checkpoint store does to files by itself, over the same file system as RocksDB's own, so that tests see all of
// them. Thread-safe. Errors are kExternal with the path, kCorruption for what should be there and is not.
#pragma once

#include <rocksdb/file_system.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.hpp"

namespace reckoner {

struct FileSum {
  std::uint64_t bytes = 0;
  std::string xxh3;  // sixteen hexadecimal digits
};

// kCorruption when what was found at `path` is not what was written.
[[nodiscard]] Result<void> check_sum(const std::string& path, const FileSum& found, const FileSum& written);

using StopAsked = std::function<bool()>;

class StateFiles {
 public:
  explicit StateFiles(std::shared_ptr<rocksdb::FileSystem> file_system) : file_system_(std::move(file_system)) {}

  [[nodiscard]] const std::shared_ptr<rocksdb::FileSystem>& file_system() const { return file_system_; }

  [[nodiscard]] Result<std::string> absolute(const std::string& path) const;
  [[nodiscard]] Result<void> make_directories(const std::string& path) const;  // absolute; durable, parents too
  [[nodiscard]] Result<void> make_directory(const std::string& path) const;    // not synced
  [[nodiscard]] Result<void> sync_directory(const std::string& path) const;
  [[nodiscard]] Result<std::vector<std::string>> list(const std::string& directory) const;  // names, sorted
  [[nodiscard]] bool exists(const std::string& path) const;
  [[nodiscard]] Result<void> remove_tree(const std::string& path) const;  // missing is no error
  [[nodiscard]] Result<void> rename(const std::string& from, const std::string& to) const;
  [[nodiscard]] Result<void> link(const std::string& from, const std::string& to) const;
  [[nodiscard]] Result<void> copy(const std::string& from, const std::string& to) const;  // not synced
  // Synced. kCorruption when what was read is not what `sum` says; Retry::kLater when `stop`, asked now and then, ended it.
  [[nodiscard]] Result<void> copy_checked(const std::string& from, const std::string& to, const FileSum& sum, const StopAsked& stop) const;
  [[nodiscard]] Result<void> remove_file(const std::string& path) const;
  [[nodiscard]] Result<void> write_synced(const std::string& path, std::string_view bytes) const;
  [[nodiscard]] Result<std::string> read_whole(const std::string& path) const;  // at most kReadBytesMax
  [[nodiscard]] Result<std::uint64_t> size(const std::string& path) const;
  [[nodiscard]] std::int64_t modified_ms(const std::string& path) const;  // whole seconds; 0 when it cannot be read
  // Retry::kLater when `stop`, if there is one, ended it.
  [[nodiscard]] Result<FileSum> sum(const std::string& path, const StopAsked& stop = {}) const;

  static constexpr std::uint64_t kReadBytesMax = 64ULL << 20U;

 private:
  [[nodiscard]] Result<void> write(const std::string& path, std::string_view bytes, bool synced) const;

  std::shared_ptr<rocksdb::FileSystem> file_system_;
};

}  // namespace reckoner
