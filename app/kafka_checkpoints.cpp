#include "app/kafka_checkpoints.hpp"

#include <fmt/format.h>

#include <charconv>

namespace reckoner {

namespace {

constexpr std::uint64_t kOffsetBytesMax = 64;

std::string path_of(const std::string& directory) { return join_path(directory, "log-offset"); }

}  // namespace

Result<std::int64_t> kept_log_offset(Files& files, const std::string& directory) {
  if (!files.exists(path_of(directory))) return 0;
  const Result<std::string> text = read_whole(files, path_of(directory), kOffsetBytesMax);
  if (!text) return std::unexpected(text.error());
  std::int64_t offset = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), offset);
  // What cannot be read is not needed: the beginning of the log is always early enough.
  return error == std::errc{} && offset >= 0 ? offset : 0;
}

Result<void> forget_log_offset(Files& files, const std::string& directory) { return files.remove(path_of(directory)); }

Result<void> KafkaCheckpoints::write(const CheckpointHeader& header, std::span<const CheckpointParts* const> parts) {
  if (!log_.wait_committed(header.record.id)) return fail(ErrorKind::kExternal, "a checkpoint was given up with its shard", Retry::kLater);
  if (Result<void> written = store_->write(header, parts); !written) return written;
  return write_atomically(files_, path_of(directory_), fmt::format("{}\n", log_.offset_of(store_->oldest_kept())));
}

Result<std::optional<CheckpointHeader>> KafkaCheckpoints::restore(const IsCommitted& is_committed, const PartVisitor& visitor,
                                                                  std::vector<std::string>& warnings) {
  const auto visit = [&](std::string_view key, std::string_view value) -> Result<void> {
    if (log_.stopped().load()) return fail(ErrorKind::kExternal, "the shard was given up while its checkpoint was read", Retry::kLater);
    return visitor(key, value);
  };
  return store_->restore(is_committed, visit, warnings);
}

}  // namespace reckoner
