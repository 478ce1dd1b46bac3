// `committed.json` beside the outputs: how much of each output file is committed, for readers that know nothing of the log. It is derived
// from the log, replaced atomically, and may lag behind it but never leads. docs/formats.md describes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/decision_record.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"

namespace reckoner {

inline constexpr std::string_view kSidecarName = "committed.json";

struct CommittedOutput {
  std::string name;
  std::uint32_t shard = 0;
  std::uint64_t bytes = 0;
  std::uint64_t rows = 0;
  std::string time_column;  // of a row: milliseconds of event time; empty = its rows have none
  friend bool operator==(const CommittedOutput&, const CommittedOutput&) = default;
};

struct CommittedState {
  std::uint64_t job_hash = 0;
  EpochId id;                            // of the last committed epoch; {0, 0} when there is none
  std::vector<CommittedOutput> outputs;  // by shard, then in the job's order of outputs
  friend bool operator==(const CommittedState&, const CommittedState&) = default;
};

[[nodiscard]] std::string encode_sidecar(const CommittedState& state);
// kCorruption when the text is not what encode_sidecar() wrote; `path` is for the message.
[[nodiscard]] Result<CommittedState> decode_sidecar(std::string_view text, const std::string& path);

[[nodiscard]] Result<void> write_sidecar(Files& files, const std::string& outputs_directory, const CommittedState& state);
// nullopt when there is no sidecar.
[[nodiscard]] Result<std::optional<CommittedState>> read_sidecar(Files& files, const std::string& outputs_directory);

}  // namespace reckoner
