// What lies in a copy: the text file COPY in each copy's directory (state/STATE_FORMAT.md). It lists every other file with its size and
// checksum, so that a missing, shortened, exchanged or damaged file is found before RocksDB reads it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/decision_record.hpp"
#include "engine/error.hpp"
#include "state/state_files.hpp"

namespace reckoner {

inline constexpr std::string_view kCopyFileName = "COPY";
inline constexpr std::uint64_t kCopyFormatVersion = 1;

struct CopyFile {
  std::string name;
  FileSum sum;
};

struct CopyDescription {
  std::uint64_t number = 0;
  EpochId id;
  std::uint64_t parts = 0;  // live ones
  std::vector<CopyFile> files;

  [[nodiscard]] std::uint64_t bytes() const;
};

[[nodiscard]] std::string encode(const CopyDescription& description);
// kCorruption when it is not whole; kConfiguration, with what to do, when a newer version of this program wrote it.
[[nodiscard]] Result<CopyDescription> decode_copy_description(std::string_view text);

// Of the copy in `directory`; errors name the path.
[[nodiscard]] Result<CopyDescription> read_copy_description(const StateFiles& files, const std::string& directory);
// Reads the file; kCorruption when it is missing, or not what it was. Retry::kLater when `stop`, if there is one, ended it.
[[nodiscard]] Result<void> verify_file(const StateFiles& files, const std::string& path, const FileSum& sum, const StopAsked& stop = {});
// Reads every byte of the copy; kCorruption names the first file that is not what it was.
[[nodiscard]] Result<void> verify_copy_files(const StateFiles& files, const std::string& directory, const CopyDescription& description,
                                             const StopAsked& stop = {});

}  // namespace reckoner
