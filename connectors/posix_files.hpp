// The files of this machine behind the port of engine/files.hpp. Thread-safe as the port says; the object itself has no state.
// Errors name the path, what was tried, the system's reason and the next step; a full disk and a lack of descriptors are kLater.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/error.hpp"
#include "engine/files.hpp"

namespace reckoner {

class PosixFiles final : public Files {
 public:
  [[nodiscard]] Result<std::unique_ptr<AppendFile>> open_append(const std::string& path) override;
  [[nodiscard]] Result<std::unique_ptr<ReadFile>> open_read(const std::string& path) override;
  [[nodiscard]] Result<void> truncate(const std::string& path, std::uint64_t bytes) override;
  [[nodiscard]] Result<void> rename(const std::string& from, const std::string& to) override;
  [[nodiscard]] Result<void> remove(const std::string& path) override;            // a file or an empty directory
  [[nodiscard]] Result<void> make_directories(const std::string& path) override;  // each new entry is synced
  [[nodiscard]] Result<void> sync_directory(const std::string& path) override;
  [[nodiscard]] Result<std::vector<std::string>> list(const std::string& directory) override;  // directories too
  [[nodiscard]] Result<FileInfo> info(const std::string& path) override;                       // a directory has 0 bytes
  [[nodiscard]] bool exists(const std::string& path) override;
  // The file keeps the holder's process id, for the message that a second process gets. It stays when the lock goes.
  [[nodiscard]] Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;
};

}  // namespace reckoner
