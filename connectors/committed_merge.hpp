// The committed rows of one output over all its shards, in order of event time; rows of one time in order of shards, then of their files.
// Sorted exactly, however far a row is out of order in its file: first where each row lies and its time, then the rows.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/committed_sidecar.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"

namespace reckoner {

inline constexpr std::uint64_t kMergeRowsMax = 100'000'000;  // of one call; each takes 24 bytes of memory

// Not thread-safe; `files` outlives it.
class CommittedMerge {
 public:
  CommittedMerge(Files& files, std::string outputs_directory, std::string name)
      : files_(files), directory_(std::move(outputs_directory)), name_(std::move(name)) {}

  // The view lives during the call. An error ends the reading and is its result.
  using RowVisitor = std::function<Result<void>(std::string_view row)>;

  // Visits what `state` has committed of the output beyond the call before, sorted by itself: a later call may bring earlier times. A row
  // without a time goes with the row before it in its file. kCorruption when a row is not JSON, kConfiguration when there are too many.
  [[nodiscard]] Result<void> read(const CommittedState& state, const RowVisitor& visitor);

 private:
  struct RowPlace {
    std::int64_t time_ms;
    std::uint64_t offset;
    std::uint32_t bytes;
    std::uint32_t file;  // position in files of this call
  };

  [[nodiscard]] Result<void> place_rows(const CommittedOutput& output, std::uint32_t file, std::vector<RowPlace>& places) const;

  Files& files_;
  std::string directory_;
  std::string name_;
  std::map<std::uint32_t, std::uint64_t> read_;  // bytes by shard
};

}  // namespace reckoner
