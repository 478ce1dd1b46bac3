// Reads what is committed of a job's outputs, also while the job runs, and never a byte more.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/committed_sidecar.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"

namespace reckoner {

// From the sidecar: needs the outputs directory alone, may lag behind. kConfiguration when there is none.
[[nodiscard]] Result<CommittedState> committed_from_sidecar(Files& files, const std::string& outputs_directory);

// From the log: up to date. `names` in the order of output numbers. Outputs are those that the last record lists.
[[nodiscard]] Result<CommittedState> committed_from_log(Files& files, const std::string& log_directory, const std::vector<std::string>& names);

// The committed rows of one output file, one after the other. Not thread-safe; `files` outlives it.
class CommittedRows {
 public:
  // From byte `from` on, where a row begins.
  CommittedRows(Files& files, const std::string& outputs_directory, const CommittedOutput& output, std::uint64_t from = 0);

  // The next row without its line end, or nullopt after the last. The view lives until the next call. kCorruption when the file is shorter
  // than what is committed, or a committed row does not end.
  [[nodiscard]] Result<std::optional<std::string_view>> next();
  // Where the row that next() would give begins in the file.
  [[nodiscard]] std::uint64_t offset() const { return at_ - (buffer_.size() - row_at_); }

 private:
  [[nodiscard]] Result<void> fill();

  Files& files_;
  std::string path_;
  std::uint64_t bytes_;   // committed
  std::uint64_t at_ = 0;  // of the file: the end of buffer_
  std::unique_ptr<ReadFile> file_;
  std::string buffer_;
  std::size_t row_at_ = 0;  // in buffer_
};

// The rows of output `name` over all its shards, in order of shards; empty when there is no such output.
[[nodiscard]] std::vector<CommittedRows> committed_rows(Files& files, const std::string& outputs_directory, const CommittedState& state,
                                                        std::string_view name);

}  // namespace reckoner
