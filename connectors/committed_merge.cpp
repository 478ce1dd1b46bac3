#include "connectors/committed_merge.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <span>

#include "connectors/committed_reader.hpp"
#include "connectors/output_files.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kPieceBytes = std::size_t{256} << 10U;

// Finds one integer column in rows.
class TimeColumn {
 public:
  explicit TimeColumn(const std::string& name) : name_(name) {}

  // `otherwise` when the row has no such integer; nullopt when it is not a JSON object.
  [[nodiscard]] std::optional<std::int64_t> of(std::string_view row, std::int64_t otherwise) {
    if (name_.empty()) return otherwise;
    buffer_.assign(row);
    buffer_.append(simdjson::SIMDJSON_PADDING, '\0');
    simdjson::ondemand::document document;
    simdjson::ondemand::object object;
    if (parser_.iterate(buffer_.data(), row.size(), buffer_.size()).get(document) != simdjson::SUCCESS) return std::nullopt;
    if (document.get_object().get(object) != simdjson::SUCCESS) return std::nullopt;
    std::int64_t time = 0;
    return object[name_].get_int64().get(time) == simdjson::SUCCESS ? time : otherwise;
  }

 private:
  std::string name_;
  std::string buffer_;
  simdjson::ondemand::parser parser_;
};

// One output file, read mostly forwards.
class RowFile {
 public:
  RowFile(std::unique_ptr<ReadFile> file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}

  // Lives until the next call.
  [[nodiscard]] Result<std::string_view> row(std::uint64_t offset, std::size_t bytes) {
    // A look back is one row's: what lies ahead is not thrown away for it.
    if (offset < begin_) return read(offset, bytes, bytes, back_);
    if (offset + bytes > begin_ + piece_.size()) {
      begin_ = offset;
      return read(offset, bytes, std::max(kPieceBytes, bytes), piece_);
    }
    return std::string_view(piece_).substr(static_cast<std::size_t>(offset - begin_), bytes);
  }

 private:
  // The first `bytes` of up to `most` that are read.
  [[nodiscard]] Result<std::string_view> read(std::uint64_t offset, std::size_t bytes, std::size_t most, std::string& into) const {
    into.resize(most);
    const Result<std::size_t> count = file_->read(offset, std::span(into));
    if (!count) return std::unexpected(count.error());
    into.resize(*count);
    if (*count < bytes)
      return fail(ErrorKind::kCorruption, fmt::format("{}: shorter than what is committed; check it with `reckoner verify`", path_));
    return std::string_view(into).substr(0, bytes);
  }

  std::unique_ptr<ReadFile> file_;
  std::string path_;
  std::uint64_t begin_ = 0;  // of piece_ in the file
  std::string piece_;
  std::string back_;
};

}  // namespace

Result<void> CommittedMerge::place_rows(const CommittedOutput& output, std::uint32_t file, std::vector<RowPlace>& places) const {
  const auto already = read_.find(output.shard);
  CommittedRows rows(files_, directory_, output, already == read_.end() ? 0 : already->second);
  TimeColumn column(output.time_column);
  const std::string path = join_path(directory_, output_file_name(output.name, output.shard));
  std::int64_t time_ms = std::numeric_limits<std::int64_t>::min();
  for (;;) {
    const std::uint64_t offset = rows.offset();
    const Result<std::optional<std::string_view>> next = rows.next();
    if (!next) return std::unexpected(next.error());
    const std::optional<std::string_view>& row = *next;
    if (!row) return {};
    const std::optional<std::int64_t> found = column.of(*row, time_ms);
    if (!found) return fail(ErrorKind::kCorruption, fmt::format("{}: byte {}: not a row; check it with `reckoner verify`", path, offset));
    if (places.size() == kMergeRowsMax)
      return fail(ErrorKind::kConfiguration, fmt::format("{}: more than {} rows to put in order; read the files of its shards", path, kMergeRowsMax));
    time_ms = *found;
    places.push_back({time_ms, offset, static_cast<std::uint32_t>(row->size()), file});
  }
}

Result<void> CommittedMerge::read(const CommittedState& state, const RowVisitor& visitor) {
  std::vector<RowPlace> places;
  std::vector<RowFile> opened;
  for (const CommittedOutput& output : state.outputs) {
    if (output.name != name_ || output.bytes == read_[output.shard]) continue;
    if (Result<void> placed = place_rows(output, static_cast<std::uint32_t>(opened.size()), places); !placed) return placed;
    const std::string path = join_path(directory_, output_file_name(output.name, output.shard));
    Result<std::unique_ptr<ReadFile>> file = files_.open_read(path);
    if (!file) return std::unexpected(file.error());
    opened.emplace_back(std::move(*file), path);
    read_[output.shard] = output.bytes;
  }
  std::stable_sort(places.begin(), places.end(), [](const RowPlace& left, const RowPlace& right) { return left.time_ms < right.time_ms; });
  for (const RowPlace& place : places) {
    const Result<std::string_view> row = opened[place.file].row(place.offset, place.bytes);
    if (!row) return std::unexpected(row.error());
    if (Result<void> visited = visitor(*row); !visited) return visited;
  }
  return {};
}

}  // namespace reckoner
