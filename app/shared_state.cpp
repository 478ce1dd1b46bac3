#include "app/shared_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

#include "app/kafka_checkpoints.hpp"
#include "app/kafka_shard.hpp"
#include "state/shared_copies.hpp"

namespace reckoner {

namespace {

constexpr std::string_view kShardPrefix = "shard-";

}  // namespace

std::string shared_directory(const JobFile& file) {
  if (!file.has("checkpoint.shared_dir")) return "";
  return join_path(file.text("checkpoint.shared_dir"), file.text("job"));
}

std::string shared_checkpoints(const JobFile& file, std::uint32_t shard) {
  const std::string directory = shared_directory(file);
  return directory.empty() ? "" : join_path(directory, fmt::format("{}{}", kShardPrefix, shard));
}

Result<std::vector<std::uint32_t>> shared_shards(Files& files, const JobFile& file) {
  std::vector<std::uint32_t> shards;
  const std::string directory = shared_directory(file);
  if (directory.empty()) return shards;
  const auto names = files.list(directory);
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    std::uint32_t shard = 0;
    if (!name.starts_with(kShardPrefix)) continue;
    const auto [end, error] = std::from_chars(name.data() + kShardPrefix.size(), name.data() + name.size(), shard);
    if (error == std::errc{} && end == name.data() + name.size()) shards.push_back(shard);
  }
  std::sort(shards.begin(), shards.end());
  return shards;
}

Result<std::int64_t> needed_log_offset(Files& files, const JobFile& file, std::uint32_t shard) {
  const auto kept = kept_log_offset(files, shard_directory(file, shard));
  if (!kept) return std::unexpected(kept.error());
  const std::string shared = shared_checkpoints(file, shard);
  if (*kept || shared.empty()) return kept->value_or(0);
  std::vector<std::string> warnings;  // told when it is restored
  const auto copies = list_shared_copies(shared, warnings);
  if (!copies) return std::unexpected(copies.error());
  const auto earlier = [](const SharedCopy& left, const SharedCopy& right) { return left.log_offset < right.log_offset; };
  const auto first = std::min_element(copies->begin(), copies->end(), earlier);
  return first == copies->end() ? 0 : first->log_offset;
}

}  // namespace reckoner
