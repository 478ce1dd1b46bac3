#include "app/kafka_checkpoints.hpp"

#include <fmt/format.h>

#include <charconv>

namespace reckoner {

namespace {

constexpr std::uint64_t kOffsetBytesMax = 64;

std::string path_of(const std::string& directory) { return join_path(directory, "log-offset"); }

}  // namespace

Result<std::optional<std::int64_t>> kept_log_offset(Files& files, const std::string& directory) {
  if (!files.exists(path_of(directory))) return std::nullopt;
  const Result<std::string> text = read_whole(files, path_of(directory), kOffsetBytesMax);
  if (!text) return std::unexpected(text.error());
  std::int64_t offset = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), offset);
  // What cannot be read is not needed: the beginning of the log is always early enough.
  return error == std::errc{} && offset >= 0 ? offset : 0;
}

Result<void> forget_log_offset(Files& files, const std::string& directory) { return write_atomically(files, path_of(directory), "0\n"); }

Result<void> KafkaCheckpoints::write(const CheckpointHeader& header, std::span<const CheckpointParts* const> parts) {
  if (!log_.wait_committed(header.record.id)) return fail(ErrorKind::kExternal, "a checkpoint was given up with its shard", Retry::kLater);
  if (Result<void> written = store_->write(header, parts); !written) return written;
  const Result<std::int64_t> offset = note_log_offset();
  if (!offset) return std::unexpected(offset.error());
  if (sharing_) sharing_->offer(*offset);
  return {};
}

Result<std::int64_t> KafkaCheckpoints::note_log_offset() {
  const std::int64_t offset = log_.offset_of(store_->oldest_kept());
  if (Result<void> noted = write_atomically(files_, path_of(directory_), fmt::format("{}\n", offset)); !noted) return std::unexpected(noted.error());
  return offset;
}

Result<std::optional<CheckpointHeader>> KafkaCheckpoints::restore(const IsCommitted& is_committed, const PartVisitor& visitor,
                                                                  std::vector<std::string>& warnings) {
  const auto visit = [&](std::string_view key, std::string_view value) -> Result<void> {
    if (log_.stopped().load()) return fail(ErrorKind::kExternal, "the shard was given up while its checkpoint was read", Retry::kLater);
    return visitor(key, value);
  };
  Result<std::optional<CheckpointHeader>> restored = store_->restore(is_committed, visit, warnings);
  // A copy that was fetched needs no more of the log than it does where it lay.
  const Result<std::optional<std::int64_t>> noted = kept_log_offset(files_, directory_);
  if (!restored || !*restored || (noted && *noted)) return restored;
  if (const Result<std::int64_t> offset = note_log_offset(); !offset) return std::unexpected(offset.error());
  return restored;
}

}  // namespace reckoner
