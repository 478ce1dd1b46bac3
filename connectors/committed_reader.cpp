#include "connectors/committed_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/committed_sidecar.hpp"
#include "connectors/log_walk.hpp"
#include "connectors/output_files.hpp"
#include "engine/decision_record.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kPieceBytes = std::size_t{256} << 10U;

}  // namespace

Result<CommittedState> committed_from_sidecar(Files& files, const std::string& outputs_directory) {
  Result<std::optional<CommittedState>> sidecar = read_sidecar(files, outputs_directory);
  if (!sidecar) return std::unexpected(sidecar.error());
  std::optional<CommittedState>& state = *sidecar;
  if (!state) {
    return fail(ErrorKind::kConfiguration, fmt::format("{}: no {} there; is it the outputs directory of a job?", outputs_directory, kSidecarName));
  }
  return std::move(*state);
}

Result<CommittedState> committed_from_log(Files& files, const std::string& log_directory, const std::vector<std::string>& names) {
  const Result<std::optional<DecisionRecord>> last = last_record(files, log_directory);
  if (!last) return std::unexpected(last.error());
  const std::optional<DecisionRecord>& record = *last;
  CommittedState state;
  if (!record) return state;
  state.id = record->id;
  for (const ShardSection& section : record->sections) {
    for (const OutputProgress& output : section.outputs) {
      if (output.output >= names.size()) {
        return fail(ErrorKind::kConfiguration,
                    fmt::format("{}: output number {}, but only {} are named", log_directory, output.output, names.size()));
      }
      state.outputs.push_back({.name = names[output.output], .shard = section.shard, .bytes = output.bytes, .rows = output.rows, .time_column = {}});
    }
  }
  return state;
}

CommittedRows::CommittedRows(Files& files, const std::string& outputs_directory, const CommittedOutput& output, std::uint64_t from)
    : files_(files), path_(join_path(outputs_directory, output_file_name(output.name, output.shard))), bytes_(output.bytes), at_(from) {}

Result<std::optional<std::string_view>> CommittedRows::next() {
  while (true) {
    const std::size_t end = buffer_.find('\n', row_at_);
    if (end != std::string::npos) {
      const std::string_view row = std::string_view(buffer_).substr(row_at_, end - row_at_);
      row_at_ = end + 1;
      return std::optional(row);
    }
    if (at_ == bytes_ && row_at_ == buffer_.size()) return std::optional<std::string_view>();
    if (Result<void> filled = fill(); !filled) return std::unexpected(filled.error());
  }
}

Result<void> CommittedRows::fill() {
  if (at_ == bytes_)
    return fail(ErrorKind::kCorruption, fmt::format("{}: the last committed row has no end; check it with `reckoner verify`", path_));
  if (file_ == nullptr) {
    Result<std::unique_ptr<ReadFile>> file = files_.open_read(path_);
    if (!file) return std::unexpected(file.error());
    file_ = std::move(*file);
  }
  buffer_.erase(0, row_at_);
  row_at_ = 0;
  const std::size_t left = buffer_.size();
  const std::size_t wanted = std::min<std::uint64_t>(kPieceBytes, bytes_ - at_);
  buffer_.resize(left + wanted);
  const Result<std::size_t> count = file_->read(at_, std::span(buffer_).subspan(left));
  if (!count) return std::unexpected(count.error());
  if (*count < wanted) {
    return fail(ErrorKind::kCorruption,
                fmt::format("{}: {} bytes, but {} are committed; check it with `reckoner verify`", path_, at_ + *count, bytes_));
  }
  at_ += wanted;
  return {};
}

std::vector<CommittedRows> committed_rows(Files& files, const std::string& outputs_directory, const CommittedState& state, std::string_view name) {
  std::vector<CommittedRows> rows;
  for (const CommittedOutput& output : state.outputs) {
    if (output.name == name) rows.emplace_back(files, outputs_directory, output);
  }
  return rows;
}

}  // namespace reckoner
