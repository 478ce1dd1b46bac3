// The output files of a job, `<directory>/<name>-<shard>.jsonl`: appended through buffers, synced up to a length when an epoch commits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.hpp"
#include "engine/files.hpp"

namespace reckoner {

inline constexpr std::size_t kOutputBufferBytes = std::size_t{256} << 10U;

// Whether `name` can be part of a file name and of the sidecar as it is: ASCII letters, digits, '_', '-', '.', at most 64.
[[nodiscard]] bool is_output_name(std::string_view name);
[[nodiscard]] std::string output_file_name(std::string_view name, std::uint32_t shard);

// open() first, alone. Then calls for different (shard, output) may come from different threads, and sync() of one in one thread while
// append() to it goes on in another. After an error the files are in an unknown state: open them anew, cut.
class OutputFiles {
 public:
  // `names` in the order of output numbers. Files must outlive this object.
  OutputFiles(Files& files, std::string directory, std::vector<std::string> names, std::uint32_t shards);

  // Cuts each file to its length in `lengths` ([shard * outputs + output]), makes those that are missing, opens all. kCorruption when a file
  // is shorter. Returns how many bytes were cut.
  [[nodiscard]] Result<std::uint64_t> open(std::span<const std::uint64_t> lengths);

  [[nodiscard]] Result<void> append(std::uint32_t shard, std::uint16_t output, std::span<const char> rows);
  // Makes at least the first `bytes` of the file durable; they must have been appended.
  [[nodiscard]] Result<void> sync(std::uint32_t shard, std::uint16_t output, std::uint64_t bytes);

  [[nodiscard]] std::uint16_t outputs() const { return static_cast<std::uint16_t>(names_.size()); }
  [[nodiscard]] std::uint32_t shards() const { return shards_; }
  [[nodiscard]] const std::string& name(std::uint16_t output) const { return names_[output]; }
  [[nodiscard]] std::string path(std::uint32_t shard, std::uint16_t output) const;
  [[nodiscard]] std::size_t index(std::uint32_t shard, std::uint16_t output) const { return std::size_t{shard} * names_.size() + output; }

 private:
  struct Stream {
    std::mutex mutex;
    std::unique_ptr<AppendFile> file;
    std::vector<char> buffer;  // appended after the file's end, not yet given to it
  };

  [[nodiscard]] Result<std::uint64_t> cut(const std::string& path, std::uint64_t bytes);

  Files& files_;
  std::string directory_;
  std::vector<std::string> names_;
  std::uint32_t shards_;
  std::vector<Stream> streams_;
};

}  // namespace reckoner
