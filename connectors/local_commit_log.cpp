#include "connectors/local_commit_log.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "connectors/committed_sidecar.hpp"
#include "connectors/log_segment.hpp"
#include "connectors/log_walk.hpp"
#include "connectors/output_check.hpp"
#include "connectors/output_files.hpp"
#include "engine/check.hpp"
#include "engine/clock.hpp"
#include "engine/decision_record.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"

namespace reckoner {

namespace {

constexpr std::int64_t kNanosecondsPerMillisecond = 1'000'000;

std::string to_text(EpochId id) { return fmt::format("{}.{}", id.owner, id.epoch); }

// Bytes of every output at the end of `record`, by OutputFiles::index(); an output that it does not list has none.
Result<std::vector<std::uint64_t>> committed_bytes(const OutputFiles& outputs, const std::optional<DecisionRecord>& record,
                                                   const std::string& directory) {
  std::vector<std::uint64_t> bytes(std::size_t{outputs.shards()} * outputs.outputs());
  if (!record) return bytes;
  for (const ShardSection& section : record->sections) {
    for (const OutputProgress& output : section.outputs) {
      if (section.shard >= outputs.shards() || output.output >= outputs.outputs()) {
        return fail(
            ErrorKind::kConfiguration,
            fmt::format("{}: the log has shard {} output {}, but the job has {} shards and {} outputs; their numbers are fixed when a job is made",
                        directory, section.shard, output.output, outputs.shards(), outputs.outputs()));
      }
      bytes[outputs.index(section.shard, output.output)] = output.bytes;
    }
  }
  return bytes;
}

}  // namespace

LocalCommitLog::LocalCommitLog(Files& files, Clock& clock, LocalCommitLogSettings settings)
    : files_(files),
      clock_(clock),
      settings_(std::move(settings)),
      outputs_(files, settings_.outputs_directory, settings_.outputs, settings_.shards),
      committed_(std::size_t{settings_.shards} * settings_.outputs.size()) {
  RECKONER_CHECK(settings_.segment_bytes >= kSegmentHeaderBytes && settings_.publish_every_ms >= 0);
}

Result<std::optional<DecisionRecord>> LocalCommitLog::recover() {
  RECKONER_CHECK(!recovered_, "recover() comes once");
  const std::scoped_lock lock(log_mutex_);
  if (Result<void> made = files_.make_directories(settings_.directory); !made) return std::unexpected(made.error());
  if (Result<void> adopted = adopt_log(); !adopted) return std::unexpected(adopted.error());
  const Result<std::uint64_t> cut = outputs_.open(committed_);
  if (!cut) return std::unexpected(cut.error());
  recovery_.output_bytes_cut = *cut;
  published_ns_ = clock_.monotonic_ns();
  if (Result<void> written = write_sidecar(files_, settings_.outputs_directory, committed_state()); !written) return std::unexpected(written.error());
  published_ = last_ ? last_->id : EpochId{};
  recovered_ = true;
  return last_;
}

// Finds the end of the log, cuts what follows it, and opens it for appending.
Result<void> LocalCommitLog::adopt_log() {
  std::optional<std::pair<std::string, std::string>> before_last;  // path and payload
  std::optional<std::pair<std::string, std::string>> last;
  Result<LogEnd> end = walk_frames(files_, settings_.directory, {}, [&](const LogFrame& frame, const SegmentFile& segment) -> Result<void> {
    before_last = std::move(last);
    last = {segment.path, std::string(frame.payload.begin(), frame.payload.end())};
    return {};
  });
  if (!end) return std::unexpected(end.error());
  segments_ = std::move(end->files.segments);
  last_frame_ = end->last_frame;
  const auto decode = [](const auto& stored) -> Result<std::optional<DecisionRecord>> {
    if (!stored) return std::optional<DecisionRecord>();
    Result<DecisionRecord> record = decode_frame({.offset = 0, .payload = stored->second, .checksum = 0}, stored->first);
    if (!record) return std::unexpected(record.error());
    return std::optional<DecisionRecord>(std::move(*record));
  };
  Result<std::optional<DecisionRecord>> last_record = decode(last);
  if (!last_record) return std::unexpected(last_record.error());
  Result<std::optional<DecisionRecord>> record_before = decode(before_last);
  if (!record_before) return std::unexpected(record_before.error());
  last_ = std::move(*last_record);
  if (Result<void> own = check_nothing_of_others(); !own) return own;
  Result<std::vector<std::uint64_t>> bytes = committed_bytes(outputs_, last_, settings_.directory);
  if (!bytes) return std::unexpected(bytes.error());
  committed_ = std::move(*bytes);
  if (Result<void> checked = check_last_epoch(*record_before); !checked) return checked;

  if (!end->files.unfinished.empty()) {
    if (Result<void> removed = files_.remove(end->files.unfinished); !removed) return removed;
  }
  if (segments_.empty()) return begin_segment(1);
  SegmentFile& active = segments_.back();
  if (active.bytes > end->good_bytes) {
    recovery_.log_bytes_cut = active.bytes - end->good_bytes;
    if (Result<void> cut = files_.truncate(active.path, end->good_bytes); !cut) return cut;
    active.bytes = end->good_bytes;
  }
  Result<std::unique_ptr<AppendFile>> file = files_.open_append(active.path);
  if (!file) return std::unexpected(file.error());
  segment_ = std::move(*file);
  return {};
}

// Nothing was written or cut yet: what belongs to somebody else stays as it is.
Result<void> LocalCommitLog::check_nothing_of_others() const {
  for (const SegmentFile& segment : segments_) {
    if (segment.header.job_hash == settings_.job_hash) continue;
    return fail(ErrorKind::kConfiguration, fmt::format("{}: the log of another job; use another state directory", segment.path));
  }
  if (!segments_.empty() && !last_ && segments_.back().header.previous != EpochId{}) {
    return fail(ErrorKind::kCorruption, fmt::format("{}: the records before it are missing; restore the log from a copy", segments_.back().path));
  }
  const Result<std::optional<CommittedState>> sidecar = read_sidecar(files_, settings_.outputs_directory);
  // A damaged sidecar says nothing; it is written anew.
  if (!sidecar && sidecar.error().kind != ErrorKind::kCorruption) return std::unexpected(sidecar.error());
  const std::optional<CommittedState> found = sidecar.value_or(std::nullopt);
  const EpochId published = found ? found->id : EpochId{};
  if (found && published != EpochId{} && found->job_hash != settings_.job_hash) {
    return fail(ErrorKind::kConfiguration, fmt::format("{}: holds outputs of another job; use another directory", settings_.outputs_directory));
  }
  const EpochId last = last_ ? last_->id : EpochId{};
  if (published > last && !segments_.empty()) {
    return fail(ErrorKind::kCorruption, fmt::format("{}: the log ends with epoch {}, but {} says that {} was committed; restore the log from a copy",
                                                    settings_.directory, to_text(last), kSidecarName, to_text(published)));
  }
  if (!segments_.empty()) return {};
  // Before its first segment a job writes no output, so rows found now belong to somebody else.
  for (std::uint32_t shard = 0; shard < outputs_.shards(); ++shard) {
    for (std::uint16_t output = 0; output < outputs_.outputs(); ++output) {
      const std::string path = outputs_.path(shard, output);
      if (!files_.exists(path)) continue;
      const Result<FileInfo> info = files_.info(path);
      if (!info) return std::unexpected(info.error());
      if (info->bytes == 0) continue;
      return fail(
          ErrorKind::kConfiguration,
          fmt::format("{}: holds rows, but there is no log of this job in {}; move the outputs away, or restore the log", path, settings_.directory));
    }
  }
  return {};
}

Result<void> LocalCommitLog::check_last_epoch(const std::optional<DecisionRecord>& before_last) const {
  const bool lengths_known = last_ && (before_last || last_->previous == EpochId{});
  if (!lengths_known) return {};
  const Result<std::vector<std::uint64_t>> begins = committed_bytes(outputs_, before_last, settings_.directory);
  if (!begins) return std::unexpected(begins.error());
  for (const ShardSection& section : last_->sections) {
    for (const OutputProgress& output : section.outputs) {
      const std::uint64_t begin = (*begins)[outputs_.index(section.shard, output.output)];
      const std::string path = outputs_.path(section.shard, output.output);
      if (output.bytes == begin) continue;
      if (!files_.exists(path))
        return fail(ErrorKind::kCorruption, fmt::format("{}: missing, but {} bytes of it are committed; restore it from a copy", path, output.bytes));
      if (Result<void> good = check_output_range(files_, path, begin, output.bytes, output.epoch_hash); !good) return good;
    }
  }
  return {};
}

Result<void> LocalCommitLog::read(EpochId after, const Visitor& visitor) {
  RECKONER_CHECK(recovered_, "read() before recover()");
  return walk_records(files_, settings_.directory, after, visitor);
}

Result<bool> LocalCommitLog::holds(const DecisionRecord& record) { return log_holds(files_, settings_.directory, record); }

Result<void> LocalCommitLog::append_output(std::uint32_t shard, std::uint16_t output, std::span<const char> rows) {
  RECKONER_CHECK(recovered_, "append_output() before recover()");
  if (Result<void> good = still_good(); !good) return good;
  return give_up(outputs_.append(shard, output, rows));
}

Result<void> LocalCommitLog::commit(const DecisionRecord& record) {
  RECKONER_CHECK(recovered_, "commit() before recover()");
  if (Result<void> good = still_good(); !good) return good;
  check_follows(record);
  if (Result<void> synced = give_up(sync_outputs(record)); !synced) return synced;
  const std::scoped_lock lock(log_mutex_);
  if (Result<void> appended = give_up(append_record(record)); !appended) return appended;
  if (clock_.monotonic_ns() - published_ns_ < settings_.publish_every_ms * kNanosecondsPerMillisecond) return {};
  return give_up(publish_locked());
}

void LocalCommitLog::check_follows(const DecisionRecord& record) const {
  const EpochId last = last_ ? last_->id : EpochId{};
  RECKONER_CHECK(record.previous == last, "record {} names {} as the one before it, which is {}", to_text(record.id), to_text(record.previous),
                 to_text(last));
  RECKONER_CHECK(record.id > last && record.id.epoch > last.epoch, "record {} after {}", to_text(record.id), to_text(last));
}

Result<void> LocalCommitLog::sync_outputs(const DecisionRecord& record) {
  const Result<std::vector<std::uint64_t>> bytes = committed_bytes(outputs_, record, settings_.directory);
  RECKONER_CHECK(bytes.has_value(), "{}", bytes.error().text);
  for (std::uint32_t shard = 0; shard < outputs_.shards(); ++shard) {
    for (std::uint16_t output = 0; output < outputs_.outputs(); ++output) {
      const std::size_t index = outputs_.index(shard, output);
      RECKONER_CHECK((*bytes)[index] >= committed_[index], "{} would shrink from {} to {}", outputs_.path(shard, output), committed_[index],
                     (*bytes)[index]);
      if ((*bytes)[index] == committed_[index]) continue;
      if (Result<void> synced = outputs_.sync(shard, output, (*bytes)[index]); !synced) return synced;
    }
  }
  return {};
}

Result<void> LocalCommitLog::append_record(const DecisionRecord& record) {
  // Never behind an empty segment, whose name the new one would have.
  const std::uint64_t active_bytes = segments_.back().bytes;
  if (active_bytes > kSegmentHeaderBytes && active_bytes >= settings_.segment_bytes) {
    if (Result<void> begun = begin_segment(record.id.epoch); !begun) return begun;
  }
  std::uint64_t frame_checksum = 0;
  const std::string frame = encode_frame(encode(record), last_frame_, frame_checksum);
  if (Result<void> appended = segment_->append(frame); !appended) return appended;
  if (Result<void> synced = segment_->sync(); !synced) return synced;
  segments_.back().bytes += frame.size();
  last_frame_ = frame_checksum;
  last_ = record;
  committed_ = *committed_bytes(outputs_, record, settings_.directory);
  return {};
}

// The file and its name are durable before a frame goes in.
Result<void> LocalCommitLog::begin_segment(std::uint64_t first_epoch) {
  SegmentFile segment;
  segment.path = join_path(settings_.directory, segment_name(first_epoch));
  segment.header = {.job_hash = settings_.job_hash, .previous = last_ ? last_->id : EpochId{}, .previous_frame = last_frame_};
  segment.bytes = kSegmentHeaderBytes;
  Result<std::unique_ptr<AppendFile>> file = files_.open_append(segment.path);
  if (!file) return std::unexpected(file.error());
  if (Result<void> appended = (*file)->append(encode_segment_header(segment.header)); !appended) return appended;
  if (Result<void> synced = (*file)->sync(); !synced) return synced;
  if (Result<void> synced = files_.sync_directory(settings_.directory); !synced) return synced;
  segment_ = std::move(*file);
  segments_.push_back(std::move(segment));
  return {};
}

Result<void> LocalCommitLog::forget_before(EpochId oldest_needed) {
  RECKONER_CHECK(recovered_, "forget_before() before recover()");
  if (Result<void> good = still_good(); !good) return good;
  const std::scoped_lock lock(log_mutex_);
  std::uint64_t kept = 0;
  for (const SegmentFile& segment : segments_) kept += segment.bytes;
  std::size_t gone = 0;
  while (gone + 1 < segments_.size()) {
    const SegmentFile& next = segments_[gone + 1];
    // The newest record stays in any case: recovery begins with it.
    const bool next_has_records = gone + 2 < segments_.size() || next.bytes > kSegmentHeaderBytes;
    if (!next_has_records || next.header.previous >= oldest_needed || kept - segments_[gone].bytes < settings_.retention_bytes) break;
    // Oldest first: whatever a crash leaves is a log without a gap.
    if (Result<void> removed = files_.remove(segments_[gone].path); !removed) return removed;
    kept -= segments_[gone].bytes;
    ++gone;
  }
  segments_.erase(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(gone));
  return gone == 0 ? Result<void>{} : files_.sync_directory(settings_.directory);
}

Result<void> LocalCommitLog::publish() {
  RECKONER_CHECK(recovered_, "publish() before recover()");
  if (Result<void> good = still_good(); !good) return good;
  const std::scoped_lock lock(log_mutex_);
  return give_up(publish_locked());
}

Result<void> LocalCommitLog::publish_locked() {
  if (!last_ || last_->id == published_) return {};
  if (Result<void> written = write_sidecar(files_, settings_.outputs_directory, committed_state()); !written) return written;
  published_ = last_->id;
  published_ns_ = clock_.monotonic_ns();
  return {};
}

CommittedState LocalCommitLog::committed_state() const {
  CommittedState state{.job_hash = settings_.job_hash, .id = last_ ? last_->id : EpochId{}, .outputs = {}};
  for (std::uint32_t shard = 0; shard < outputs_.shards(); ++shard) {
    for (std::uint16_t output = 0; output < outputs_.outputs(); ++output) {
      CommittedOutput& added = state.outputs.emplace_back();
      added.name = outputs_.name(output);
      added.shard = shard;
      added.bytes = committed_[outputs_.index(shard, output)];
      if (output < settings_.time_columns.size()) added.time_column = settings_.time_columns[output];
    }
  }
  if (!last_) return state;
  for (const ShardSection& section : last_->sections) {
    for (const OutputProgress& output : section.outputs) state.outputs[outputs_.index(section.shard, output.output)].rows = output.rows;
  }
  return state;
}

Result<void> LocalCommitLog::give_up(Result<void> result) {
  if (result) return result;
  const std::scoped_lock lock(failure_mutex_);
  if (!failure_) failure_ = result.error();
  failed_.store(true);
  return result;
}

Result<void> LocalCommitLog::still_good() const {
  if (!failed_.load()) return {};
  const std::scoped_lock lock(failure_mutex_);
  RECKONER_CHECK(failure_.has_value(), "failed without an error");
  return std::unexpected(*failure_);
}

}  // namespace reckoner
