#include "app/kept_rule_sets.hpp"

#include <fmt/format.h>

#include <mutex>
#include <string_view>

#include "app/job_wiring.hpp"
#include "app/shared_state.hpp"
#include "rules/load.hpp"

namespace reckoner {

namespace {

constexpr std::string_view kEnding = ".yaml";

std::string directory_of(const std::string& state_directory) { return join_path(state_directory, "rule-sets"); }
std::string path_of(const std::string& state_directory, std::uint64_t hash) {
  return join_path(directory_of(state_directory), fmt::format("{:016x}{}", hash, kEnding));
}

// Shards come back, and share, on threads of their own; two of them must not make the same file at once.
std::mutex keeping;
std::mutex sharing;

}  // namespace

Result<void> keep_rule_set(Files& files, const std::string& state_directory, std::uint64_t hash, const std::string& resolved) {
  const std::scoped_lock lock(keeping);
  const std::string path = path_of(state_directory, hash);
  if (files.exists(path)) return {};
  if (const auto made = files.make_directories(directory_of(state_directory)); !made) return made;
  return write_atomically(files, path, resolved);
}

Result<std::unique_ptr<Plan>> load_kept_rule_set(Files& files, const std::string& state_directory, std::uint64_t hash, std::string* resolved) {
  const std::string path = path_of(state_directory, hash);
  if (!files.exists(path)) {
    return fail(ErrorKind::kCorruption, fmt::format("{}: missing, but the commit log has epochs that were decided by it; restore it from a copy, or "
                                                    "run the rule set of that version once, which keeps it again",
                                                    path));
  }
  Result<std::string> text = read_whole(files, path, kResolvedBytesMax);
  if (!text) return std::unexpected(text.error());
  LoadResult loaded = load_resolved(*text, path);
  if (!loaded.plan || loaded.plan->hash != hash) {
    return fail(ErrorKind::kCorruption, fmt::format("{}: not the rule set that was kept under this name; restore it from a copy", path));
  }
  if (resolved != nullptr) *resolved = std::move(*text);
  return std::make_unique<Plan>(std::move(*loaded.plan));
}

Result<std::unique_ptr<Plan>> find_rule_set(Files& files, const JobFile& file, std::uint64_t hash) {
  auto kept = load_kept_rule_set(files, file.text("state.dir"), hash);
  if (kept) return kept;
  std::string resolved;
  const std::string shared = shared_directory(file);
  auto todays =
      !shared.empty() && files.exists(path_of(shared, hash)) ? load_kept_rule_set(files, shared, hash, &resolved) : load_plan(file, &resolved);
  if (!todays || (*todays)->hash != hash) return kept;
  if (const auto written = keep_rule_set(files, file.text("state.dir"), hash, resolved); !written) return std::unexpected(written.error());
  return todays;
}

// Other processes may make the same file at the same time: each under a name of its own, until it is whole.
Result<void> share_rule_sets(Files& files, const JobFile& file) {
  const std::string shared = shared_directory(file);
  if (shared.empty()) return {};
  const std::scoped_lock lock(sharing);
  const std::string own = directory_of(file.text("state.dir"));
  const std::string to = directory_of(shared);
  const auto names = files.list(own);
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    const std::string path = join_path(to, name);
    if (!name.ends_with(kEnding) || files.exists(path)) continue;
    const auto text = read_whole(files, join_path(own, name), kResolvedBytesMax);
    if (!text) return std::unexpected(text.error());
    if (const auto made = files.make_directories(to); !made) return made;
    const std::string unfinished = fmt::format("{}.{}", path, file.text("slot"));
    if (const auto written = write_atomically(files, unfinished, *text); !written) return written;
    if (const auto named = files.rename(unfinished, path); !named) return named;
    if (const auto synced = files.sync_directory(to); !synced) return synced;
  }
  return {};
}

}  // namespace reckoner
