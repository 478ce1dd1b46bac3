// Files as inputs: each file is one partition of its input, numbered in the order in which files are taken (sorted by path within one
// discover()). Plain, gzip and Zstandard by the file's suffix; positions are in uncompressed bytes; going back in a compressed file reads
// it again from its beginning.
//
// A path is taken once. In a watched input the same content under another path is not taken a second time but reported as a duplicate: the
// same prefix hash and length, and equal bytes as far as the first file is still there to compare.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "connectors/file_partition.hpp"
#include "connectors/record_framing.hpp"
#include "connectors/watched_files.hpp"
#include "engine/clock.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"
#include "engine/record_block.hpp"
#include "engine/source.hpp"

namespace reckoner {

inline constexpr std::size_t kIdentityBytesMax = std::size_t{64} << 10U;
inline constexpr std::size_t kOpenFilesMax = 256;         // plain files kept open between reads
inline constexpr std::size_t kPartitionsMax = 1U << 20U;  // files of one input

struct FileInputSettings {
  std::string name;                   // of the input, for messages
  std::vector<std::string> patterns;  // paths and shell patterns (connectors/file_patterns.hpp)
  Framing framing;
  bool csv_header = false;  // kCsv: the first record of each file is its header row
  bool follow = false;      // plain files that are still appended to: whole lines only, and they never end
  bool watch = false;       // files may come later, and are taken when they are complete
  WatchSettings watching;
};

struct FileSourceSettings {
  std::vector<FileInputSettings> inputs;  // position = InputId
  bool until_end = false;                 // take what is there now as all there is: nothing is waited for, no clock is asked
};

struct DuplicateFile {
  InputId input = 0;
  std::string path;
  std::string same_as;  // path of the file that was taken
};

// Thread-safe as the port says; discover() one call at a time.
class FileSource final : public Source {
 public:
  // `files` and `clock` outlive this object.
  FileSource(Files& files, Clock& clock, FileSourceSettings settings);

  // Known partitions are opened, not returned. kConfiguration: a path that is not there or a pattern that matches nothing in an input that
  // is neither followed nor watched, or a compressed file to follow. kData: a known file that is gone or has another beginning.
  [[nodiscard]] Result<std::vector<PartitionInfo>> discover(const std::vector<PartitionInfo>& known) override;
  [[nodiscard]] Result<bool> has_ended(PartitionId partition) override;
  [[nodiscard]] Result<bool> read(PartitionId partition, Position from, std::size_t bytes, RecordBlock& block) override;

  // See FilePartition::header().
  [[nodiscard]] Result<std::string> csv_header(PartitionId partition);

  // Those found since the last call.
  [[nodiscard]] std::vector<DuplicateFile> take_duplicates();
  [[nodiscard]] std::uint64_t duplicates() const { return duplicate_count_; }  // in all

 private:
  struct Identity {
    std::uint64_t prefix_hash = 0;
    std::uint64_t prefix_bytes = 0;
    std::uint64_t bytes = 0;
    friend auto operator<=>(const Identity&, const Identity&) = default;
  };
  struct Input {
    std::vector<std::unique_ptr<FilePartition>> partitions;
    std::set<std::string> taken;                 // paths, of duplicates too
    std::map<Identity, std::string> identities;  // first path of each
    WatchedFiles watched;
  };

  [[nodiscard]] Result<void> adopt_known(const PartitionInfo& known);
  [[nodiscard]] Result<void> discover_input(InputId input, std::vector<PartitionInfo>& fresh);
  [[nodiscard]] Result<std::vector<std::string>> candidates(InputId input);
  [[nodiscard]] Result<std::optional<PartitionInfo>> take(InputId input, const std::string& path);
  [[nodiscard]] Result<Identity> identify(const std::string& path, std::uint64_t prefix_bytes_max);
  [[nodiscard]] Result<bool> same_bytes(const std::string& left, const std::string& right);
  void add_partition(InputId input, const std::string& path, const Identity& identity);
  [[nodiscard]] bool follows(InputId input) const { return settings_.inputs[input].follow && !settings_.until_end; }
  [[nodiscard]] FilePartition& partition_at(PartitionId id);

  Files& files_;
  Clock& clock_;
  FileSourceSettings settings_;
  std::mutex mutex_;  // of the list of partitions in inputs_; the rest belongs to discover()
  std::vector<Input> inputs_;
  std::vector<DuplicateFile> duplicates_;
  std::uint64_t duplicate_count_ = 0;
  std::atomic<std::size_t> open_files_ = 0;
};

}  // namespace reckoner
